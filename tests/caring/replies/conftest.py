"""Customers who write, and the rooms that their words are handed to, as fakes that know an event by its id."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from caring import clock
from caring.channels.types import Inbound
from caring.messages import ledger
from caring.messages.ledger import Change, Entry
from caring.nps import scores
from caring.scripts import store as scripts
from caring.tickets import closing, intake
from tests.caring.conftest import CUSTOMER, Talk, script
from tests.caring.runs.conftest import TUESDAY_TEN

NUMBER = "+6281200000001"
AT = clock.parse(TUESDAY_TEN)


@dataclass
class Rooms:
    """What was handed on, by room and event: the same event again is the same one."""

    scores: dict[str, dict[str, Any]] = field(default_factory=dict)
    tickets: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)

    def record(self, customer_id: str, *, event_id: str, **said: Any) -> dict[str, Any]:
        """A score."""
        return self.scores.setdefault(event_id, {"customer_id": customer_id, **said})

    def open_ticket(self, customer_id: str, *, event_id: str, **said: Any) -> str:
        """A complaint."""
        self.tickets.setdefault(event_id, {"customer_id": customer_id, **said})
        return f"t-{event_id}"

    def answer(self, ticket_id: str, answer: str, *, event_id: str, **said: Any) -> None:
        """An answer to a closure question."""
        self.answers.setdefault(event_id, {"ticket_id": ticket_id, "answer": answer, **said})


@pytest.fixture
def rooms(monkeypatch: pytest.MonkeyPatch) -> Rooms:
    """The rooms of scores and tickets."""
    made = Rooms()
    monkeypatch.setattr(scores, "record", made.record)
    monkeypatch.setattr(intake, "open_ticket", made.open_ticket)
    monkeypatch.setattr(closing, "answer", made.answer)
    return made


@pytest.fixture
def unit(talk: Talk) -> Talk:
    """A unit whose customer has one number for everything, and whose scripts are approved."""
    talk.add(phone=NUMBER, whatsapp=NUMBER, email="budi@example.com", email_key="budi@example.com")
    for name in ("payment-received", "payment-check"):
        made = script(name)
        for variant in made["variants"]:
            variant["body"] = "Yth. {name}, terima kasih."
            variant["subject"] = "Pembayaran"
        made["variants"][0]["template"] = {"name": name, "language": "id", "params": ["name"]}
        scripts.put_version(made, state="approved")
    return talk


def says(text: str, channel: str = "whatsapp", kind: str = "text", minutes: float = 0, **more: Any) -> Inbound:
    """A message of the customer."""
    seed = hashlib.sha256(f"{channel}{text}{minutes}".encode("utf-8", "replace")).hexdigest()[:12]
    wanted: dict[str, Any] = {
        "channel": channel,
        "sender": "budi@example.com" if channel == "email" else NUMBER,
        "user_id": None,
        "text": text,
        "kind": kind,
        "provider_message_id": f"in-{seed}",
        "quotes": None,
        "at": AT + timedelta(minutes=minutes),
    }
    return Inbound(**(wanted | more))


def asked(
    kind: str, cause: str, at: datetime = AT - timedelta(hours=1), customer_id: str = CUSTOMER, **attributes: str
) -> str:
    """A question that stands in the ledger as accepted; the provider's id of it."""
    entry = Entry(customer_id, cause, "whatsapp", attributes={"question": kind, **attributes})
    with pytest.MonkeyPatch.context() as earlier:
        earlier.setattr(clock, "now", lambda: at)
        ledger.insert([entry], "claim")
        ledger.settle([Change(entry.key, "whatsapp", "accepted", None, f"wamid-{cause}")], "claim")
    return f"wamid-{cause}"


def heard(unit: Talk) -> list[dict[str, Any]]:
    """The customers' messages on all timelines, oldest first."""
    events = [event for event in unit.cloud.items("TIMELINE_TABLE") if event["type"] == "message_in"]
    return sorted(events, key=lambda event: str(event["at_id"]))


def lockers(unit: Talk) -> list[dict[str, Any]]:
    """Every work item."""
    return unit.cloud.items("WORK_ITEMS_TABLE")
