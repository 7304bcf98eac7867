"""Calls: tried again at other hours by rule, never above the contact cap; each try counts once."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caring import clock, configuration
from caring.errors import CaringError
from caring.messages import ledger
from caring.messages.ledger import Change, Entry
from caring.runs import pressure, windows
from caring.tickets import asking, intake, sent, store
from caring.work import calls, claiming, completing, items
from tests.caring.tickets.conftest import CUSTOMER, Desk
from tests.caring.work.conftest import Enter

ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
moments = st.integers(0, 60 * 24 * 400).map(lambda n: datetime(2026, 6, 1, tzinfo=UTC) + timedelta(minutes=n))
before = st.lists(st.integers(0, 60 * 24 * 8), max_size=14)


@settings(max_examples=150, deadline=None)
@given(moments, before, st.sampled_from(ZONES), st.sampled_from(["rejected", "no_answer"]))
def test_the_next_try_is_the_first_of_the_hours_that_breaks_no_rule(
    now: datetime, minutes_ago: list[int], zone: str, outcome: str
) -> None:
    rules, contacts = configuration.get().calls, [now - timedelta(minutes=n) for n in minutes_ago]

    def fits(moment: datetime) -> bool:
        window = [one for one in contacts if moment - timedelta(days=rules.cap_days) < one <= moment]
        apart = moment - now >= timedelta(hours=rules.apart_hours)
        another_day = moment.astimezone(ZoneInfo(zone)).date() > now.astimezone(ZoneInfo(zone)).date()
        return (
            apart
            and len(window) < rules.cap_contacts
            and windows.is_open(windows.hours("service"), zone, moment)
            and (outcome != "rejected" or another_day)
        )

    today: date = now.astimezone(ZoneInfo(zone)).date()
    hours = [
        datetime.combine(today + timedelta(days=days), time.fromisoformat(hour), ZoneInfo(zone))
        for days in range(30)
        for hour in rules.hours
    ]
    assert calls.next_try(outcome, now, contacts, zone) == next(filter(fits, hours), None)


def complete(outcome: str, work_id: str = "call-1", **said: Any) -> dict[str, Any]:
    return completing.complete(work_id, {"outcome": outcome, **said}, "officer")


def contacts() -> list[str]:
    return [contact.cause for contact in pressure.read([CUSTOMER])[CUSTOMER].recent]


def refused(work_id: str = "call-1") -> str | None:
    try:
        claiming.claim(work_id, "officer")
    except CaringError as error:
        return error.code
    return None


def test_who_does_not_answer_is_called_three_times_at_other_hours(desk: Desk, enter: Enter) -> None:
    enter("call-1")
    tried = []
    for _ in range(3):
        tried.append(clock.iso(desk.now))
        item = complete("no_answer")
        if item["state"] == "open":
            desk.now = clock.parse(item["not_before"])
    assert tried == ["2026-11-24T03:00:00.000Z", "2026-11-24T06:00:00.000Z", "2026-11-24T10:00:00.000Z"]
    assert (item["state"], item["outcome"], item["attempts"]) == ("done", "no_answer", 3)
    assert contacts() == ["call-1-1", "call-1-2", "call-1-3"]
    calls_told = [event for event in desk.cloud.items("TIMELINE_TABLE") if event["type"] == "call"]
    assert sorted(event["attempt"] for event in calls_told) == [1, 2, 3]


def test_who_rejects_a_call_is_left_alone_until_the_next_day(desk: Desk, enter: Enter) -> None:
    enter("call-1")
    assert complete("rejected")["not_before"] == "2026-11-25T02:00:00.000Z"
    assert refused() == "too_early"
    with pytest.raises(CaringError) as error:
        complete("answered")
    assert error.value.code == "too_early"


def test_a_wrong_number_ends_the_call_and_is_a_fact_about_the_number(desk: Desk, enter: Enter) -> None:
    enter("call-1")
    assert complete("invalid_number")["state"] == "done"
    assert "voice" in desk.customer()["invalid"]
    assert contacts() == []


def test_at_the_cap_nobody_is_called_but_who_asked_for_it(desk: Desk, enter: Enter) -> None:
    enter("call-1")
    enter("call-2")
    complete("callback", at="2026-11-24T13:00+07:00")
    for number in range(7):
        pressure.record_contact(CUSTOMER, "visit", f"visit-{number}", desk.now)
    assert refused("call-2") == "cap_reached"
    desk.now = clock.parse("2026-11-24T06:00:00Z")
    assert refused("call-1") is None
    desk.now += timedelta(days=7)
    assert refused("call-2") is None


def test_messages_that_did_not_reach_him_leave_room_for_a_call(desk: Desk, enter: Enter) -> None:
    enter("call-1")
    for number in range(8):
        entry = Entry(CUSTOMER, f"closure-t-1-{number}", "sms")
        pressure.record_contact(CUSTOMER, "message", entry.cause, desk.now)
        ledger.insert([entry], "claim")
        ledger.settle([Change(entry.key, "sms", "failed" if number else "accepted", None, f"m-{number}")], "claim")
    assert refused() is None


def test_an_item_in_another_hand_cannot_be_completed(desk: Desk, enter: Enter) -> None:
    enter("call-1")
    claiming.claim("call-1", "another")
    with pytest.raises(CaringError) as error:
        complete("no_answer")
    assert error.value.code == "claimed"
    assert items.get("call-1")["claimed_by"] == "another"


def test_the_closing_call_wants_the_customers_word_and_passes_it_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket_id = intake.open_ticket(CUSTOMER, source="walk_in", text="internet mati", event_id="e1")
    question = {"round": 1, "number": 4, "step": "call", "token": "t", "cause": sent.cause(ticket_id, 1, 4)}
    assert store.change(store.get(ticket_id), sets={"state": "confirming", "question": question})
    asking._call(store.get(ticket_id))
    work_id = f"call-{ticket_id}-1"
    with pytest.raises(CaringError) as error:
        complete("answered", work_id)
    assert error.value.message.startswith("answer: ")
    for _ in range(3):
        complete("answered", work_id, answer="no", note="masih lambat")
    assert desk.told == [("t", "no")]
    answer = desk.ticket()["question"]["answer"]
    assert (answer["event_id"], answer["text"]) == (f"{work_id}-1", "masih lambat")
