"""Work through the API: found, taken, given back and done by those whose it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from caring import clock
from caring.customers import model
from caring.typed import typed_item
from caring.work import items
from tests.emulator import Cloud
from tests.functions.api.conftest import CUSTOMER, Api

TEN = "2026-11-24T10:00:00+07:00"
Enter = Callable[..., str]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes it another time; it is ten in the morning of a Tuesday in Bandung."""

    def now(moment: str) -> None:
        monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat(moment))

    now(TEN)
    return now


@pytest.fixture
def enter(api: Api, customer: dict[str, Any], at: Callable[[str], None]) -> Enter:
    """Enters an item of a kind about the customer; its id."""
    about: model.Item = typed_item(customer)

    def made(work_id: str, unit: str = "crm", **more: Any) -> str:
        kind = work_id.partition("-")[0]
        due = kind if kind in ("call", "visit", "escalation", "repair_contact") else "reply"
        items.enter([items.about(about, kind, work_id, unit=unit, reason="x", due=due) | more])
        return work_id

    return made


def test_a_caller_sees_the_number_and_the_words_to_say(api: Api, enter: Enter) -> None:
    enter("call-1", script="billing-reminder#1")
    screen = api.as_("officer").get("/work-items/call-1").body["screen"]
    assert (screen["number"], screen["valid"], screen["language"]) == (CUSTOMER["phone"], True, "id")
    assert screen["text"].startswith("Salam hormat, Bapak atau Ibu Siti Aminah.")
    assert "Rp 350.000" in screen["text"]
    enter("visit-2")
    assert api.get("/work-items/visit-2").body["screen"] is None


def test_whoever_speaks_with_the_customer_is_told_what_to_ask_for(api: Api, aws: Cloud, enter: Enter) -> None:
    enter("call-1", script="billing-reminder#1")
    before = api.get("/work-items/call-1").body
    assert ("ask_for_contact" in before, before["screen"]["ask_for"]) == (False, [])
    broken = {channel: {"reason": "bounced_hard", "at": TEN, "soft": 0} for channel in ("email", "sms", "voice")}
    aws.table("CUSTOMERS_TABLE").put_item(Item=CUSTOMER | {"invalid": broken})
    shown = api.as_("officer").post("/work-items/call-1/claim").body
    assert (shown["ask_for_contact"], shown["screen"]["ask_for"]) == (True, ["phone", "email"])


def test_a_script_that_cannot_be_filled_in_says_what_is_missing(api: Api, aws: Cloud, enter: Enter) -> None:
    enter("call-1", script="billing-reminder#1")
    aws.table("CUSTOMERS_TABLE").put_item(Item={k: v for k, v in CUSTOMER.items() if k != "amount_due"})
    screen = api.get("/work-items/call-1").body["screen"]
    assert screen["text"] is None
    assert "amount_due" in screen["missing"]
    enter("call-2", script="there-is-none")
    assert "there-is-none" in api.get("/work-items/call-2").body["screen"]["missing"]


def test_an_item_is_taken_given_back_and_done(api: Api, enter: Enter) -> None:
    enter("visit-1")
    officer, other = api.as_("officer"), api.as_("manager")
    taken = officer.post("/work-items/visit-1/claim")
    assert (taken.status, taken.body["state"], taken.body["claimed_by"]) == (200, "claimed", "officer.test")
    refused = other.post("/work-items/visit-1/claim")
    assert (refused.status, refused.body["code"]) == (409, "claimed")
    assert other.post("/work-items/visit-1/release").status == 409
    assert other.post("/work-items/visit-1/complete", {"outcome": "done"}).status == 409
    assert officer.post("/work-items/visit-1/release").body["state"] == "open"
    for _ in range(3):
        done = other.post("/work-items/visit-1/complete", {"outcome": "done", "note": "modem diganti"})
        assert (done.status, done.body["state"], done.body["outcome"]) == (200, "done", "done")
    refused = officer.post("/work-items/visit-1/complete", {"outcome": "done"})
    assert (refused.status, refused.body["code"]) == (409, "wrong_state")
    events = api.get(f"/customers/{CUSTOMER['customer_id']}/timeline").body["items"]
    assert [(e["type"], e["note"], e["by"]) for e in events] == [("visit", "modem diganti", "manager.test")]


def test_an_expired_lease_returns_the_item(api: Api, enter: Enter, at: Callable[[str], None]) -> None:
    enter("visit-1")
    api.as_("officer").post("/work-items/visit-1/claim")
    at("2026-11-24T11:01:00+07:00")
    assert api.get("/work-items/visit-1").body["state"] == "open"
    assert api.as_("manager").post("/work-items/visit-1/claim").body["claimed_by"] == "manager.test"
    assert api.as_("officer").post("/work-items/visit-1/complete", {"outcome": "done"}).status == 409


def test_a_call_is_tried_again_at_another_hour_and_not_before(
    api: Api, enter: Enter, at: Callable[[str], None]
) -> None:
    enter("call-1")
    officer = api.as_("officer")
    again = officer.post("/work-items/call-1/complete", {"outcome": "no_answer"}).body
    assert (again["state"], again["attempts"], again["not_before"]) == ("open", 1, "2026-11-24T06:00:00.000Z")
    refused = officer.post("/work-items/call-1/claim")
    assert (refused.status, refused.body["code"]) == (409, "too_early")
    assert officer.post("/work-items/call-1/complete", {"outcome": "no_answer"}).body["attempts"] == 1
    at("2026-11-24T13:00:00+07:00")
    assert officer.post("/work-items/call-1/claim").status == 200
    callback = {"outcome": "callback", "at": "2026-11-24T21:00+07:00"}
    assert officer.post("/work-items/call-1/complete", callback).body["not_before"] == "2026-11-24T14:00:00.000Z"
    at("2026-11-24T21:00:00+07:00")
    assert officer.post("/work-items/call-1/claim").status == 200, "he has named the hour himself"


def test_nobody_is_called_at_night(api: Api, enter: Enter, at: Callable[[str], None]) -> None:
    enter("call-1")
    at("2026-11-24T20:30:00+07:00")
    refused = api.as_("officer").post("/work-items/call-1/claim")
    assert (refused.status, refused.body["code"]) == (409, "outside_window")
    assert "2026-11-25T01:00:00" in refused.body["message"]


def test_a_witel_and_a_unit_work_on_their_own_items(api: Api, enter: Enter) -> None:
    enter("collaborate-1", unit="field")
    enter("visit-2")
    enter("escalation-3")
    stranger = api.as_("officer", "CIREBON")
    for action in ("claim", "release", "complete"):
        body = {"outcome": "done"} if action == "complete" else None
        assert stranger.post(f"/work-items/visit-2/{action}", body).status == 404
        assert api.as_("unit_member").post(f"/work-items/visit-2/{action}", body).status == 403
        assert api.as_("officer").post(f"/work-items/escalation-3/{action}", body).status == 403
    assert stranger.get("/work-items/visit-2").status == 404
    assert api.as_("unit_member").post("/work-items/collaborate-1/claim").status == 200
    assert api.as_("manager").post("/work-items/escalation-3/complete", {"outcome": "noted"}).status == 200


@pytest.mark.parametrize(
    ("work_id", "body", "code"),
    [
        ("visit-1", {"outcome": "solved"}, "bad_outcome"),
        ("visit-1", {"outcome": "done", "at": "2026-11-25T10:00+07:00"}, "unknown_field"),
        ("visit-1", {}, "missing_field"),
        ("visit-1", {"outcome": "done", "colour": 1}, "unknown_field"),
        ("call-1", {"outcome": "callback"}, "missing_field"),
        ("call-1", {"outcome": "callback", "at": "tomorrow at ten"}, "bad_value"),
        ("call-1", {"outcome": "callback", "at": "2026-11-23T10:00+07:00"}, "bad_value"),
        ("ticket_work-1", {"outcome": "needs_unit", "units": ["field"]}, "missing_field"),
        ("ticket_work-1", {"outcome": "needs_unit", "units": ["crm"], "request": "x"}, "bad_value"),
        ("ticket_work-1", {"outcome": "needs_unit", "units": [], "request": "x"}, "bad_value"),
        ("ticket_work-1", {"outcome": "needs_unit", "units": ["legal"], "request": "x"}, "bad_value"),
        ("repair_contact-1", {"outcome": "fixed"}, "missing_field"),
        ("repair_contact-1", {"outcome": "fixed", "values": {"phone": "12"}}, "invalid_phone"),
        ("unmatched-1", {"outcome": "matched", "values": {"customer_id": "nobody"}}, "not_found"),
    ],
)
def test_an_outcome_that_does_not_fit_says_what_does(
    api: Api, enter: Enter, work_id: str, body: dict[str, Any], code: str
) -> None:
    enter(work_id, round=1)
    refused = api.post(f"/work-items/{work_id}/complete", body)
    assert refused.status in (400, 404), refused.body
    assert refused.body["code"] == code
    assert api.get(f"/work-items/{work_id}").body["state"] == "open"


def test_a_locker_is_narrowed_by_priority_and_time(api: Api, aws: Cloud, enter: Enter) -> None:
    enter("visit-1")
    enter("call-2")
    enter("call-3", segment="HVC")
    officer = api.as_("officer")

    def found(query: str) -> list[str]:
        return [item["work_id"] for item in officer.get(f"/work-items?{query}").body["items"]]

    assert found("") == ["call-3", "call-2", "visit-1"]
    assert found("priority=high") == ["call-3"]
    assert found("priority=regular&kind=call") == ["call-2"]
    due = datetime.fromisoformat(TEN) + timedelta(hours=48)
    assert found(f"due_before={due.isoformat().replace('+', '%2B')}") == ["call-3", "call-2"]
    assert found("overdue=true") == []
    assert officer.get("/work-items?due_before=2026-11-25").status == 400
    first = officer.get("/work-items?kind=call&limit=1").body
    assert found(f"kind=call&limit=1&next={first['next']}") == ["call-2"]
