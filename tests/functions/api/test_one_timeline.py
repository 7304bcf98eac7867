"""A complaint read from its beginning to its end: ticket, messages, visit, call and yes on one timeline."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from caring import clock, links
from caring.channels.types import Inbound
from caring.customers import store as customers
from caring.replies import inbound
from caring.tickets import asking, locker, machine, steps, timers
from caring.work import items
from tests.caring.conftest import CUSTOMER, Talk, talk
from tests.functions.api.conftest import Api

__all__ = ["talk"]

NUMBER = "+6281200000001"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass
class Desk:
    """The API's staff, the customer who is written to, and what the state machine was told."""

    api: Api
    talk: Talk
    now: datetime
    told: list[tuple[str, str]] = field(default_factory=list)

    def post(self, role: str, target: str, body: Any = None) -> dict[str, Any]:
        self.now += timedelta(minutes=1)
        answer = self.api.as_(role).post(target, body)
        assert answer.status in (200, 201), answer.body
        done: dict[str, Any] = answer.body
        return done

    def complete(self, role: str, work_id: str, **said: Any) -> dict[str, Any]:
        self.post(role, f"/work-items/{work_id}/claim")
        return self.post(role, f"/work-items/{work_id}/complete", said)

    def ticket(self, ticket_id: str) -> dict[str, Any]:
        shown: dict[str, Any] = self.api.as_("agent").get(f"/tickets/{ticket_id}").body
        return shown

    def timeline(self) -> list[dict[str, Any]]:
        shown: list[dict[str, Any]] = self.api.as_("agent").get(f"/customers/{CUSTOMER}/timeline").body["items"]
        return shown

    def step(self, ticket_id: str, step: str) -> None:
        self.now += timedelta(minutes=1)
        steps.take(ticket_id, step)

    def give(self, ticket_id: str, token: str, unit: str | None = None) -> None:
        self.now += timedelta(minutes=1)
        locker.give(ticket_id, token, unit)


@pytest.fixture
def desk(api: Api, talk: Talk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A deployment of which the state machine's steps are taken by hand."""
    desk = Desk(api, talk, clock.parse("2026-11-24T03:00:00Z"))
    monkeypatch.setattr(clock, "now", lambda: desk.now)
    monkeypatch.setattr(machine, "tell", lambda token, outcome: desk.told.append((token, outcome)))
    monkeypatch.setattr(timers, "arm", lambda *_: None)
    monkeypatch.setattr(timers, "disarm", lambda *_: None)
    talk.add(phone=NUMBER, whatsapp=NUMBER, segment="HVC")
    return desk


def solved(desk: Desk) -> str:
    """A complaint that the unit solved with the field's help and a visit, about which the customer is asked."""
    complaint = {"source": "call_centre_147", "phone": "0812-0000-0001", "text": "internet mati, los merah"}
    ticket_id: str = desk.post("agent", "/complaints", complaint)["ticket_id"]
    desk.give(ticket_id, "t-unit")
    asked = {"outcome": "needs_unit", "units": ["field"], "request": "cek kabel"}
    desk.complete("officer", f"ticket_work-{ticket_id}-1", **asked)
    desk.step(ticket_id, "collaborate")
    desk.give(ticket_id, "t-field", "field")
    visit = items.about(customers.get(CUSTOMER), "visit", f"visit-{ticket_id}", unit="field", reason="asked by crm")
    items.enter([visit | {"ticket_id": ticket_id}])
    desk.complete("unit_member", f"visit-{ticket_id}", outcome="done", note="kabel disambung")
    desk.complete("unit_member", f"collaborate-{ticket_id}-1-field", outcome="done")
    desk.step(ticket_id, "analyse")
    desk.now += timedelta(minutes=1)
    asking.ask(ticket_id, "question", "t-ask")
    return ticket_id


def closed(desk: Desk, ticket_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The ticket after its end, and the event that its closed_by_message names."""
    assert desk.told[-1] == ("t-ask", "yes")
    desk.step(ticket_id, "close")
    ticket = desk.ticket(ticket_id)
    assert ticket["state"] == "closed"
    (event,) = [event for event in desk.timeline() if event.get("event_id") == ticket["closed_by_message"]]
    return ticket, event


def test_the_yes_in_a_reply_is_the_message_that_closed_the_ticket(desk: Desk) -> None:
    ticket_id = solved(desk)
    (sent,) = desk.talk.deliver()
    desk.now += timedelta(minutes=5)
    reply = Inbound(
        channel="whatsapp",
        sender=NUMBER,
        user_id=None,
        text="ya, sudah normal",
        kind="text",
        provider_message_id="wamid-yes",
        quotes=f"id-{sent.reference}",
        at=desk.now,
    )
    for _ in range(3):
        desk.now += timedelta(minutes=1)
        inbound.take(reply)
    ticket, event = closed(desk, ticket_id)
    assert (event["type"], event["text"], event["provider_message_id"]) == ("message_in", reply.text, "wamid-yes")
    assert ticket["closed_by"] == "whatsapp"
    told = [(entry["type"], entry.get("event") or entry.get("outcome") or "") for entry in reversed(desk.timeline())]
    assert [entry for entry in told if entry[0] != "message_not_sent"] == [
        ("ticket", "opened"),
        ("ticket", "given_to_unit"),
        ("ticket", "units_asked"),
        ("ticket", "given_to_unit"),
        ("visit", "done"),
        ("ticket", "unit_done"),
        ("ticket", "units_done"),
        ("ticket", "asked"),
        ("message_out", ""),
        ("message_in", ""),
        ("ticket", "answered"),
        ("ticket", "closed"),
        ("episode", ""),
    ]
    assert [entry["event"] for entry in ticket["history"]] == [event for kind, event in told if kind == "ticket"]
    about = [entry for entry in desk.timeline() if entry["type"] in ("ticket", "visit")]
    assert {entry["ticket_id"] for entry in about} == {ticket_id}


def test_the_yes_on_a_page_is_the_answer_that_closed_the_ticket(desk: Desk) -> None:
    ticket_id = solved(desk)
    desk.talk.deliver()
    said: dict[str, Any] = {
        "customer_id": CUSTOMER,
        "purpose": "service",
        "channel": "email",
        "cause": f"closure-{ticket_id}-1-1",
    }
    desk.now += timedelta(minutes=5)
    for _ in range(2):
        page = desk.api.post(f"/l/{links.make_token('closure', **said)}", raw="answer=yes", headers=FORM, claims=None)
        assert page.status == 200
    _, event = closed(desk, ticket_id)
    assert (event["type"], event["answer"], event["channel"]) == ("answer", "yes", "email")


def test_the_yes_in_a_call_is_the_call_that_closed_the_ticket(desk: Desk) -> None:
    ticket_id = solved(desk)
    desk.now += timedelta(hours=1)
    asking.ask(ticket_id, "call", "t-ask")
    screen = desk.api.as_("officer").get(f"/work-items/call-{ticket_id}-1").body["screen"]
    assert f"keluhan nomor {ticket_id}" in screen["text"]
    desk.complete("officer", f"call-{ticket_id}-1", outcome="answered", answer="yes", note="sudah normal")
    ticket, event = closed(desk, ticket_id)
    assert (event["type"], event["outcome"], event["by"]) == ("call", "answered", "officer.test")
    assert (event["ticket_id"], ticket["closed_by"]) == (ticket_id, "call")
