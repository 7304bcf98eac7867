"""A village with neighbours, its complaints in real tables, and the queues that follow from an incident."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from caring.incidents import following, store
from caring.nps import episodes
from caring.scripts.seed import seed_scripts
from caring.tickets import intake, locker, steps, timers
from caring.tickets import store as tickets
from tests.caring.conftest import Talk
from tests.caring.tickets.conftest import Desk, desk

__all__ = ["desk"]

LEAST, HOUSES = 3, 8
DAGO = {"district": "Coblong", "village": "Dago", "area_key": "bandung|coblong|dago"}
AREA = DAGO["area_key"]


@dataclass
class Village:
    """Neighbours by number; what they report, what the queue still has to do, what they are told."""

    desk: Desk
    talk: Talk

    def settle(self, *numbers: int, **fields: Any) -> None:
        """Have neighbours live here."""
        for number in numbers:
            self.desk.add(who(number), **{**DAGO, **fields})

    def report(self, number: int, *, category: str = "fault", give: bool = True) -> str:
        """A neighbour complains; his ticket begins and lies in its unit's locker."""
        event_id = f"e-{number}-{self.desk.now}"
        ticket_id = intake.open_ticket(
            who(number), source="walk_in", text="internet mati", category=category, event_id=event_id
        )
        self.stand(ticket_id)
        if give:
            locker.give(ticket_id, f"token-{ticket_id}")
        return ticket_id

    def stand(self, ticket_id: str) -> None:
        """Its execution begins: twice, as a step may be taken again."""
        steps.take(ticket_id, "stand")
        steps.take(ticket_id, "stand")

    def incidents(self, state: str | None = None) -> list[dict[str, Any]]:
        found = [store.get(i["incident_id"]) for i in self.desk.cloud.items("INCIDENTS_TABLE") if i["part"] == "meta"]
        return [one for one in found if state in (None, one["state"])]

    def incident(self) -> dict[str, Any]:
        (incident,) = self.incidents()
        return incident

    def waiting(self) -> list[dict[str, Any]]:
        """What the incidents' queue holds, taken off."""
        cloud = self.desk.cloud
        return [orjson.loads(body) for body in cloud.drain(cloud.environment["INCIDENTS_QUEUE_URL"])]

    def follow(self, times: int = 2) -> None:
        """Do what the queue holds until nothing is left, each page as often as `times`."""
        while left := self.waiting():
            for body in left:
                for _ in range(times):
                    following.take(body)
            times = 1  # twice of each page would double the pages each time

    def held(self) -> set[str]:
        return {c["customer_id"] for c in self.desk.cloud.items("CUSTOMERS_TABLE") if "incident_hold" in c}

    def told(self) -> list[tuple[str, str]]:
        """Who was sent what just now: (customer_id, told or mended)."""
        return sorted(
            (customer_id, cause.rpartition("-")[2])
            for cause, _, customer_id in (sent.reference.rpartition("_") for sent in self.talk.deliver())
        )


def who(number: int) -> str:
    """A neighbour's id."""
    return f"1315000001{number:02d}"


@pytest.fixture
def village(talk: Talk, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Village:
    """Eight neighbours of Dago at ten in the morning, in pages of two; three who report a fault are an incident."""
    settings = {"incidents": {"least_customers": LEAST, "page": 2, "known_seconds": 0}}
    monkeypatch.setenv("CARING_OVERRIDES", orjson.dumps(settings).decode())
    monkeypatch.setattr(timers, "arm", lambda *_: None)
    monkeypatch.setattr(timers, "disarm", lambda *_: None)
    monkeypatch.setattr(episodes, "ended", lambda *_, **__: None)
    seed_scripts()
    made = Village(desk, talk)
    made.settle(*range(HOUSES))
    return made


def ticket(ticket_id: str) -> dict[str, Any]:
    """A ticket as it stands."""
    return tickets.get(ticket_id)
