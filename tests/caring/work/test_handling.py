"""Work items in the hands of people: never in two."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from caring.errors import CaringError
from caring.work import handling, items
from tests.caring.tickets.conftest import CUSTOMER, Desk

ITEM: dict[str, Any] = {
    "work_id": "visit-1",
    "kind": "visit",
    "unit": "crm",
    "state": "open",
    "witel": "BANDUNG",
    "customer_id": CUSTOMER,
    "segment": "REGULAR",
    "value": 1,
    "reason": "x",
    "created_at": "2026-11-24T02:00:00.000Z",
    "due_at": "2026-11-25T02:00:00.000Z",
}


def ids(state: str) -> list[str]:
    return [item["work_id"] for item in items.listed("crm", state, "BANDUNG", kind=None, limit=10)[0]]


def refused(action: Any, *arguments: Any) -> str:
    with pytest.raises(CaringError) as error:
        action(*arguments)
    assert error.value.status == 409
    return error.value.code


def test_of_eight_who_claim_an_item_at_once_one_holds_it(desk: Desk) -> None:
    items.enter([ITEM])

    def claim(who: str) -> bool:
        try:
            handling.claim("visit-1", who)
        except CaringError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(claim, "abcdefgh")) == 1
    assert (ids("open"), ids("claimed")) == ([], ["visit-1"])


def test_an_expired_lease_returns_the_item_by_itself(desk: Desk) -> None:
    items.enter([ITEM])
    handling.claim("visit-1", "a")
    assert refused(handling.claim, "visit-1", "b") == "claimed"
    desk.later(minutes=61)
    assert (ids("open"), ids("claimed")) == (["visit-1"], [])
    assert handling.claim("visit-1", "b")["claimed_by"] == "b"
    assert refused(handling.finish, items.get("visit-1"), {"outcome": "done"}, "a") == "claimed"


def test_an_item_given_back_is_open_and_one_that_is_done_stays_done(desk: Desk) -> None:
    items.enter([ITEM])
    handling.claim("visit-1", "a")
    assert refused(handling.release, "visit-1", "b") == "claimed"
    handling.release("visit-1", "a")
    assert ids("open") == ["visit-1"]
    assert handling.finish(items.get("visit-1"), {"outcome": "done"}, "b")
    assert handling.finish(items.get("visit-1"), {"outcome": "done"}, "c") is None
    assert refused(handling.claim, "visit-1", "c") == "wrong_state"
