"""A no by WhatsApp after the yes that closed a complaint: the same ticket is open again, and there is no second one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from caring import clock
from caring.tickets import asking, closing, intake, machine, sent, steps, store, timers
from caring.tickets.store import Ticket
from tests.caring.conftest import CUSTOMER, Talk
from tests.caring.replies.conftest import AT, asked, heard, lockers
from tests.caring.replies.test_real_rooms import by_whatsapp, take

MINUTES = 60


@pytest.fixture
def ticket_id(unit: Talk, monkeypatch: pytest.MonkeyPatch) -> str:
    """A complaint about whose end the customer is asked."""
    monkeypatch.setattr(machine, "start", lambda *_: None)
    monkeypatch.setattr(machine, "tell", lambda *_: True)
    monkeypatch.setattr(timers, "arm", lambda *_: None)
    monkeypatch.setattr(timers, "disarm", lambda *_: None)
    made = intake.open_ticket(CUSTOMER, source="walk_in", text="internet mati", category="fault", event_id="e1")
    asking.ask(made, "question", "token")
    assert len(unit.deliver()) == 1
    return made


def says(unit: Talk, monkeypatch: pytest.MonkeyPatch, text: str, *, minutes: int) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(minutes=minutes))
    body = by_whatsapp(f"m{minutes}", text, minutes)
    for _ in range(3):
        take(unit, [body])


def ticket(unit: Talk) -> Ticket:
    """The one ticket that there is."""
    (one,) = unit.cloud.items("TICKETS_TABLE")
    return store.get(one["ticket_id"])


def is_open_again(unit: Talk, text: str) -> None:
    found = ticket(unit)
    assert (found["state"], found["reopened"], found["complaints"]) == ("in_locker", 1, 1)
    events = [entry["event"] for entry in found["history"].values()]
    assert (events.count("reopened"), events.count("complained_again")) == (1, 0)
    assert found["history"]["reopened-1"]["text"] == text
    assert heard(unit)[-1]["understood"]["answer"] == "no"
    assert [item for item in lockers(unit) if item["kind"] == "reply"] == []


@pytest.mark.parametrize("text", ["no", "tidak", "masih gangguan", "tidak, masih gangguan"])
@pytest.mark.parametrize("days", [0, 2])
def test_a_no_after_the_yes_opens_the_ticket_again(
    unit: Talk, ticket_id: str, monkeypatch: pytest.MonkeyPatch, text: str, days: int
) -> None:
    says(unit, monkeypatch, "ya", minutes=5)
    assert steps.take(ticket_id, "close") == {"outcome": "closed"}
    says(unit, monkeypatch, text, minutes=10 + days * 24 * MINUTES)
    is_open_again(unit, text)


@pytest.mark.parametrize("text", ["tidak", "tidak, masih gangguan"])
def test_a_no_after_the_surveys_score_opens_the_ticket_again(
    unit: Talk, ticket_id: str, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    says(unit, monkeypatch, "ya", minutes=5)
    steps.take(ticket_id, "close")
    late = 6 * 24 * MINUTES
    asked("survey", "survey-get-support-1", AT + timedelta(minutes=late - 30), subject="")
    says(unit, monkeypatch, "9 bagus", minutes=late)
    says(unit, monkeypatch, text, minutes=late + 5)
    is_open_again(unit, text)


def test_a_low_score_that_says_it_is_still_broken_opens_the_ticket_again(
    unit: Talk, ticket_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(unit, monkeypatch, "ya", minutes=5)
    steps.take(ticket_id, "close")
    asked("survey", "survey-get-support-1", AT + timedelta(minutes=10))
    says(unit, monkeypatch, "3, internet masih mati", minutes=20)
    found = ticket(unit)
    assert (found["state"], found["reopened"], found["complaints"]) == ("in_locker", 1, 1)


def test_a_no_after_fifteen_days_is_for_a_person_or_a_new_ticket(
    unit: Talk, ticket_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(unit, monkeypatch, "ya", minutes=5)
    steps.take(ticket_id, "close")
    says(unit, monkeypatch, "tidak", minutes=15 * 24 * MINUTES)
    assert ticket(unit)["state"] == "closed"
    assert [item["kind"] for item in lockers(unit) if item["kind"] == "reply"] == ["reply"]
    says(unit, monkeypatch, "internet masih mati lagi", minutes=15 * 24 * MINUTES + 5)
    states: list[Any] = sorted(one["state"] for one in unit.cloud.items("TICKETS_TABLE"))
    assert states == ["closed", "open"]


def test_a_no_to_the_question_is_counted_once(unit: Talk, ticket_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    says(unit, monkeypatch, "tidak, masih gangguan", minutes=5)
    steps.take(ticket_id, "reopen")
    says(unit, monkeypatch, "tidak, masih gangguan", minutes=5)
    is_open_again(unit, "tidak, masih gangguan")
    assert not closing.stands(ticket_id, sent.cause(ticket_id, 1, 1))
