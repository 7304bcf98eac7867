"""An Idempotency-Key: the same request is the same, and a key never leads to what another's request began."""

from __future__ import annotations

from typing import Any

import pytest

from caring.tickets import machine, timers
from tests.emulator import Cloud
from tests.functions.api.conftest import CUSTOMER, Api

ID, OTHER, ELSEWHERE = CUSTOMER["customer_id"], "131000000018", "131000000019"
BODIES: dict[str, dict[str, Any]] = {
    "/work-items": {"kind": "educate", "reason": "asks why his bill went up"},
    "/complaints": {"source": "walk_in", "text": "internet mati", "category": "fault"},
    "/payments": {"amount": 5000, "paid_on": "2026-11-20"},
}
MADE = {"/work-items": "work_id", "/complaints": "ticket_id", "/payments": "payment_id"}


@pytest.fixture(autouse=True)
def customers(aws: Cloud, customer: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Two customers of Bandung and one of Cirebon; no state machine runs."""
    monkeypatch.setattr(machine, "start", lambda *_: None)
    monkeypatch.setattr(timers, "arm", lambda *_: None)
    table = aws.table("CUSTOMERS_TABLE")
    table.put_item(Item=CUSTOMER | {"customer_id": OTHER})
    table.put_item(Item=CUSTOMER | {"customer_id": ELSEWHERE, "witel": "CIREBON", "witel_key": "cirebon"})


def send(api: Api, path: str, customer_id: str, **more: Any) -> Any:
    return api.post(path, BODIES[path] | {"customer_id": customer_id} | more, headers={"Idempotency-Key": "k-1"})


def test_every_route_that_takes_a_key_is_tried_here(api: Api) -> None:
    from chalicelib.routing import ROUTES  # noqa: PLC0415 (reads USER_POOL_ARN when it is imported)

    assert {entry.path for entry in ROUTES.values() if "Idempotency-Key" in entry.headers} == set(BODIES)


@pytest.mark.parametrize("path", BODIES)
def test_the_same_key_and_body_are_one_request(api: Api, path: str) -> None:
    answers = [send(api.as_(role), path, ID) for role in ("officer", "officer", "manager")]
    assert {(a.status, a.body[MADE[path]]) for a in answers} == {(201, answers[0].body[MADE[path]])}


@pytest.mark.parametrize("path", BODIES)
def test_a_key_that_came_with_another_body_is_refused_and_tells_nothing(api: Api, path: str) -> None:
    officer = api.as_("officer")
    first = send(officer, path, ID).body[MADE[path]]
    changed: dict[str, Any] = {"/work-items": {"reason": "another"}, "/complaints": {"text": "lambat"}}
    changed |= {"/payments": {"amount": 9}}
    for refused in (send(officer, path, OTHER), send(officer, path, ID, **changed[path])):
        assert (refused.status, refused.body["code"]) == (409, "key_used_before")
        assert "take a new key" in refused.body["message"]
        assert first not in refused.text
        assert ID not in refused.text
    assert send(officer, path, ID).body[MADE[path]] == first


@pytest.mark.parametrize("path", BODIES)
def test_another_witels_key_is_another_key(api: Api, path: str) -> None:
    first = send(api.as_("officer"), path, ID)
    other = send(api.as_("officer", "CIREBON"), path, ELSEWHERE)
    assert (other.status, other.body[MADE[path]] != first.body[MADE[path]]) == (201, True)
    ops = send(api, path, OTHER)
    assert (ops.status, ops.body[MADE[path]] in (first.body[MADE[path]], other.body[MADE[path]])) == (201, False)


def test_one_key_serves_a_complaint_and_a_lesson(api: Api) -> None:
    officer = api.as_("officer")
    assert [send(officer, path, ID).status for path in BODIES] == [201, 201, 201]


def test_a_request_that_was_refused_leaves_its_key_free(api: Api, aws: Cloud) -> None:
    officer = api.as_("officer")
    aws.table("CUSTOMERS_TABLE").put_item(Item=CUSTOMER | {"erased": True})
    assert send(officer, "/complaints", ID).body["code"] == "erased"
    assert send(officer, "/complaints", OTHER).status == 201
    assert send(officer, "/complaints", ID).body["code"] == "key_used_before"
