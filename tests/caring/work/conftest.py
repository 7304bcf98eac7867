"""The desk of the tickets' tests, whose schedules are only noted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from caring.customers import store as customers
from caring.tickets import timers
from caring.work import items
from tests.caring.tickets.conftest import CUSTOMER, Desk, desk

__all__ = ["desk"]

Enter = Callable[..., str]


@pytest.fixture(autouse=True)
def no_schedules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is set at a time."""
    monkeypatch.setattr(timers, "arm", lambda *_: None)
    monkeypatch.setattr(timers, "disarm", lambda *_: None)


@pytest.fixture
def enter(desk: Desk) -> Enter:
    """Enters an item about the customer, of the kind that begins its id; its id."""

    def made(work_id: str, *, unit: str = "crm", **more: Any) -> str:
        about = items.about(
            customers.get(CUSTOMER), work_id.partition("-")[0], work_id, unit=unit, reason="x", due="reply"
        )
        items.enter([about | more])
        return work_id

    return made
