"""Customers who take something back, on the laptop cloud: the yes that closed a complaint, and all of their data."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.api import Api
from tests.local import steps

YES_AND_NO, ERASED = "139600000000", "139600000001"  # both read what they get, and answer nothing by themselves
WORDS = "modem saya terbakar di dapur"
REQUEST = "tolong ganti kabel belakang lemari"


def row(customer_id: str) -> dict[str, str]:
    consents = {f"consent_{one}": "yes" for one in (*steps.CHANNELS, "voice")}
    named = {"customer_id": customer_id, "name": "Ratna Kembali", "phone": phone(customer_id)}
    return named | {"witel": "BANDUNG", "segment": "HVC"} | consents


def phone(customer_id: str) -> str:
    return f"08127788{customer_id[-4:]}"


@pytest.fixture(scope="module")
def officer(laptop_cloud: Api) -> Api:
    """An officer of Bandung, after the customers were imported."""
    assert steps.import_file(laptop_cloud, [row(YES_AND_NO), row(ERASED)])["accepted"] == 2
    return laptop_cloud.as_("officer", "BANDUNG")


def complain(officer: Api, customer_id: str) -> str:
    said = {"source": "walk_in", "customer_id": customer_id, "text": WORDS, "category": "fault"}
    ticket_id = str(officer.post("/complaints", said)["ticket_id"])
    steps.wait(lambda: ticket(officer, ticket_id)["state"], lambda state: state == "in_locker")
    return ticket_id


def ticket(officer: Api, ticket_id: str) -> dict[str, Any]:
    found: dict[str, Any] = officer.get(f"/tickets/{ticket_id}")
    return found


def complete(officer: Api, work_id: str, **said: Any) -> None:
    steps.wait(lambda: officer.call("GET", f"/work-items/{work_id}").status, lambda status: status == 200)
    officer.post(f"/work-items/{work_id}/complete", said)


def test_a_no_by_whatsapp_after_the_yes_opens_the_same_ticket_again(officer: Api) -> None:
    ticket_id = complain(officer, YES_AND_NO)
    complete(officer, f"ticket_work-{ticket_id}-1", outcome="solved")
    asked = steps.wait(
        lambda: [
            one for one in steps.providers(officer, "/sent")["items"] if f"closure-{ticket_id}-1" in one["reference"]
        ],
        bool,
    )
    assert asked
    steps.say(officer, "whatsapp", phone(YES_AND_NO), "ya")
    closed = steps.wait(lambda: ticket(officer, ticket_id), lambda seen: seen["state"] == "closed")
    assert (closed["state"], closed["reopened"]) == ("closed", 0)
    steps.say(officer, "whatsapp", phone(YES_AND_NO), "tidak, masih gangguan")
    again = steps.wait(
        lambda: ticket(officer, ticket_id), lambda seen: f"ticket_work-{ticket_id}-2" in seen["work_ids"]
    )
    assert (again["state"], again["reopened"], again["complaints"]) == ("in_locker", 1, 1)
    assert len(officer.get("/tickets", customer_id=YES_AND_NO)["items"]) == 1


def test_an_erased_customers_complaint_ends_with_its_work_and_its_words(officer: Api) -> None:
    ticket_id = complain(officer, ERASED)
    said = {"units": ["field", "network"], "request": REQUEST}
    complete(officer, f"ticket_work-{ticket_id}-1", outcome="needs_unit", **said)
    others = [f"collaborate-{ticket_id}-1-{unit}" for unit in ("field", "network")]
    member = officer.as_("unit_member", "BANDUNG")
    complete(member, others[1], outcome="done")
    steps.wait(lambda: officer.call("GET", f"/work-items/{others[0]}").status, lambda status: status == 200)
    officer.as_("manager", "BANDUNG").call("DELETE", f"/customers/{ERASED}")
    steps.wait(
        lambda: officer.get(f"/customers/{ERASED}/requests")["items"],
        lambda asked: all(request["state"] == "done" for request in asked),
    )
    ended = ticket(officer, ticket_id)
    assert (ended["state"], ended["closed_reason"], ended["text"]) == ("closed", "erased", "")
    assert WORDS not in str(ended)
    assert REQUEST not in str(ended)
    for work_id in (f"ticket_work-{ticket_id}-1", *others):
        item = officer.get(f"/work-items/{work_id}")
        assert (item["state"], WORDS in str(item), REQUEST in str(item)) == ("done", False, False)
    assert member.call("POST", f"/work-items/{others[0]}/complete", {"outcome": "done"}).status == 409
    assert [one for one in steps.providers(officer, "/sent")["items"] if ticket_id in one["reference"]] == []
