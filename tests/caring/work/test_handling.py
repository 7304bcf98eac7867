"""Work items in the hands of people: never in two."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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


STEPS = st.tuples(st.sampled_from(["claim", "claim", "release", "finish", "wait", "wait"]), st.sampled_from("abc"))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(STEPS, st.sampled_from([20, 40, 59, 60])), min_size=3, max_size=10))
def test_whatever_people_do_an_item_is_in_one_hand_or_none(
    desk: Desk, done_by_people: list[tuple[tuple[str, str], int]]
) -> None:
    """Against a model that knows who holds it until when; the lease is an hour."""
    work_id = f"visit-{uuid.uuid4().hex}"
    items.enter([ITEM | {"work_id": work_id}])
    holder, until, done = None, desk.now, False
    for (action, who), minutes in done_by_people:
        held = holder if until > desk.now else None
        free = not done and held in (None, who)
        if action == "wait":
            desk.later(minutes=minutes)
        elif action == "claim":
            assert (outcome_of(handling.claim, work_id, who) == "ok") == free
            holder, until = (who, desk.now + timedelta(minutes=60)) if free else (holder, until)
        elif action == "release":
            assert (outcome_of(handling.release, work_id, who) == "ok") == free
            holder = None if free else holder
        else:
            ended = outcome_of(handling.finish, items.get(work_id), {"outcome": "done"}, who)
            assert (ended == "ok") == free
            done = done or free
        held = holder if until > desk.now else None
        shown = items.view(items.get(work_id))
        assert shown["state"] == ("done" if done else "claimed" if held else "open")
        assert done or shown.get("claimed_by") == held


def outcome_of(action: Any, *arguments: Any) -> str:
    """ok, or why not."""
    try:
        return "ok" if action(*arguments) else "done"
    except CaringError as error:
        return error.code


def test_marking_finishing_and_claiming_at_once_leave_one_end(desk: Desk) -> None:
    for number in range(5):
        work_id = f"visit-r{number}"
        items.enter([ITEM | {"work_id": work_id}])

        def finish(who: str, work_id: str = work_id) -> bool:
            handling.mark([work_id], warned=True)
            return outcome_of(handling.finish, items.get(work_id), {"outcome": f"by {who}"}, who) == "ok"

        with ThreadPoolExecutor(6) as pool:
            assert sum(pool.map(finish, "abcdef")) == 1
        item = items.get(work_id)
        assert item["outcome"] == f"by {item['done_by']}"
