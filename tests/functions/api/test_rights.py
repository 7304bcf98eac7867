"""Access, erasure, requests, contact points and contactability through the API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from caring import aws as clients
from caring.customers import contactability_trend, repair
from caring.rights import erasure
from tests.emulator import Cloud
from tests.functions.api.conftest import CUSTOMER, Api

ID = CUSTOMER["customer_id"]
AT = datetime(2026, 11, 24, 3, tzinfo=UTC)


@pytest.fixture
def invoked(api: Api, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls of the function that erases, which is not deployed here."""
    calls: list[str] = []

    def invoke(FunctionName: str, InvocationType: str, Payload: bytes) -> None:  # noqa: N803 (boto3's names)
        calls.append(f"{FunctionName} {InvocationType} {Payload.decode()}")

    monkeypatch.setattr(clients.client("lambda"), "invoke", invoke)
    return calls


def test_an_erasure_is_begun_at_once_and_ends_as_a_request(
    api: Api, customer: dict[str, Any], invoked: list[str]
) -> None:
    lead = api.as_("manager")
    answers = [lead.delete(f"/customers/{ID}") for _ in range(2)]
    assert [(answer.status, answer.body["state"]) for answer in answers] == [(202, "open")] * 2
    assert invoked == [f'fulfil-requests Event {{"customer_id":"{ID}"}}'] * 2
    assert lead.get(f"/customers/{ID}").body["erased"]
    assert lead.patch(f"/customers/{ID}", {"name": "Budi"}).status == 409
    assert [r["kind"] for r in lead.get("/requests").body["items"]] == ["erasure"]
    erasure.run(ID)
    shown = lead.get(f"/customers/{ID}").body
    assert (shown["name"], shown["phone"], shown["contactability"]["state"]) == (None, None, "erased")
    assert lead.get("/customers?phone=081234567890").body["items"] == []
    (request,) = lead.get(f"/customers/{ID}/requests").body["items"]
    assert (request["state"], request["late"]) == ("done", False)
    assert lead.delete(f"/customers/{ID}").body["state"] == "done"
    assert len(invoked) == 2
    assert lead.get("/requests").body["items"] == []


def test_an_export_is_a_file_and_a_request_that_was_done(api: Api, customer: dict[str, Any]) -> None:
    answer = api.as_("officer").get(f"/customers/{ID}/export")
    assert answer.status == 200
    assert (answer.body["request"]["kind"], answer.body["request"]["state"]) == ("access", "done")
    assert f"exports/customers/{ID}/" in answer.body["url"]


@pytest.mark.parametrize(
    ("kind", "do"),
    [
        ("correction", lambda api: api.patch(f"/customers/{ID}", {"name": "Siti A."})),
        (
            "withdrawal",
            lambda api: api.post(
                "/consents",
                {"customer_id": ID, "channel": "all", "purpose": "offers", "granted": False, "source": "a letter"},
            ),
        ),
        ("access", lambda api: api.get(f"/customers/{ID}/export")),
    ],
)
def test_a_request_is_open_until_it_is_done(api: Api, customer: dict[str, Any], kind: str, do: Any) -> None:
    asked = api.post(f"/customers/{ID}/requests", {"kind": kind, "source": "a letter"})
    assert (asked.status, asked.body["state"]) == (201, "open")
    assert len(api.get("/requests").body["items"]) == 1
    do(api)
    states = {r["request_id"]: r["state"] for r in api.get(f"/customers/{ID}/requests").body["items"]}
    assert states[asked.body["request_id"]] == "done"
    assert api.get("/requests").body["items"] == []


def test_another_witels_customer_is_as_if_he_were_not_there(api: Api, customer: dict[str, Any]) -> None:
    other = api.as_("manager", "CIREBON")
    api.post(f"/customers/{ID}/requests", {"kind": "access", "source": "a letter"})
    assert other.get(f"/customers/{ID}/export").status == 404
    assert other.delete(f"/customers/{ID}").status == 404
    assert other.get(f"/customers/{ID}/requests").status == 404
    assert other.get("/requests").body["items"] == []
    assert api.as_("agent").delete(f"/customers/{ID}").status == 403


def test_a_lost_contact_point_is_shown_and_asked_for(api: Api, customer: dict[str, Any]) -> None:
    repair.hear(ID, "email", "failed", "bounced_hard", AT)
    repair.hear(ID, "whatsapp", "failed", "not_on_whatsapp", AT)
    before = api.get(f"/customers/{ID}").body
    points = {p["channel"]: (p["valid"], p["reason"], p["since"]) for p in before["contact_points"]}
    assert points["email"] == (False, "bounced_hard", "2026-11-24T03:00:00.000Z")
    assert points["sms"] == (True, None, None)
    repair.hear(ID, "sms", "failed", "invalid_number", AT)
    (item,) = api.get("/work-items?kind=repair_contact&witel=BANDUNG").body["items"]
    assert (item["customer_id"], item["ask_for_contact"]) == (ID, True)
    after = api.get(f"/customers/{ID}").body["contactability"]
    assert (after["score"], after["state"]) == (0, "no_valid_contact")
    assert before["contactability"]["score"] > 0


def test_the_trend_of_ones_own_witel_is_shown(api: Api, aws: Cloud, customer: dict[str, Any]) -> None:
    aws.table("CUSTOMERS_TABLE").put_item(
        Item=CUSTOMER | {"customer_id": "131000000018", "witel": "CIREBON", "witel_key": "cirebon"}
    )
    contactability_trend.measure("2026-11-24", 0, 1)
    span = "/contactability?from=2026-11-01&to=2026-11-30"
    assert [line["witel"] for line in api.as_("manager").get(span).body["items"]] == ["bandung"]
    assert [line["witel"] for line in api.get(span).body["items"]] == ["*", "bandung", "cirebon"]
    assert [line["witel"] for line in api.get(f"{span}&witel=Cirebon").body["items"]] == ["cirebon"]
    assert api.as_("manager").get(f"{span}&witel=CIREBON").status == 403
    assert api.get("/contactability?from=2026-11-30&to=2026-11-01").status == 400


def test_an_erasure_is_taken_up_even_if_its_function_cannot_be_called(api: Api, customer: dict[str, Any]) -> None:
    answer = api("DELETE", f"/customers/{ID}")
    assert (answer.status, answer.body["state"]) == (202, "open")
