"""A unit with one customer, its tickets in real tables, and a state machine of which only the calls are kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from caring import aws as clients
from caring import clock, configuration
from caring.tickets import machine, store
from caring.typed import typed_item
from tests.caring.runs import world as runs
from tests.caring.runs.conftest import TUESDAY_TEN, person
from tests.caring.tickets.world import World, living
from tests.emulator import Cloud

CUSTOMER = "131500000001"


@dataclass
class Desk:
    """The stores, the time, and what the state machine was told."""

    cloud: Cloud
    now: datetime
    started: list[str] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)

    def add(self, customer_id: str = CUSTOMER, **fields: Any) -> None:
        item = typed_item(person(customer_id, **fields))
        table = self.cloud.environment["CUSTOMERS_TABLE"]
        self.cloud.client("dynamodb").put_item(TableName=table, Item=item)

    def customer(self, customer_id: str = CUSTOMER) -> dict[str, Any]:
        items = {item["customer_id"]: item for item in self.cloud.items("CUSTOMERS_TABLE")}
        return items[customer_id]

    def tickets(self) -> list[dict[str, Any]]:
        return [store.get(item["ticket_id"]) for item in self.cloud.items("TICKETS_TABLE")]

    def ticket(self) -> dict[str, Any]:
        (ticket,) = self.tickets()
        return ticket

    def events(self) -> list[str]:
        return [entry["event"] for entry in sorted(self.ticket()["history"].values(), key=lambda e: str(e["at"]))]

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def desk(aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Tuesday, ten in the morning in Bandung."""
    clients.reset()
    configuration._load.cache_clear()
    desk = Desk(aws, clock.parse(TUESDAY_TEN))
    monkeypatch.setattr(clock, "now", lambda: desk.now)
    monkeypatch.setattr(machine, "start", lambda ticket: desk.started.append(machine.execution(ticket)))

    def tell(token: str, outcome: str) -> bool:
        desk.told.append((token, outcome))
        return True

    monkeypatch.setattr(machine, "tell", tell)
    desk.add()
    yield desk
    clients.reset()


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Complaints with the state machine, in a world in which nobody dies."""
    yield living(monkeypatch, World())
    runs.forget()
