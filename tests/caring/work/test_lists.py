"""Lists whose pages come from several partitions of an index, with filters: whole, in order, nothing twice."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caring.tickets import listing, store
from caring.typed import typed_item
from caring.work import items
from tests.caring.tickets.conftest import Desk

ROWS = st.lists(
    st.tuples(
        st.sampled_from(["crm", "field"]),
        st.sampled_from(["call", "visit"]),
        st.sampled_from(["HVC", "REGULAR"]),
        st.integers(0, 2),  # value, so that many stand at the same place but for their ids
        st.sampled_from([12, 36]),  # hours until it is due
        st.sampled_from(["open", "claimed", "lapsed"]),
    ),
    max_size=14,
)
Page = tuple[list[dict[str, Any]], str | None]


def all_pages(page: Callable[[str | None], Page]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = None
    while True:
        shown, after = page(after)
        found += shown
        if after is None:
            return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ROWS,
    st.integers(1, 5),
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from([None, "call"]),
            "high": st.sampled_from([None, True, False]),
            "due_before": st.sampled_from([None, "2026-11-25T09:00:00.000Z"]),
        }
    ),
)
def test_a_locker_read_page_by_page_is_the_whole_locker_in_its_order(
    desk: Desk, rows: list[tuple[Any, ...]], limit: int, narrowed: dict[str, Any]
) -> None:
    kind, high, due_before = narrowed["kind"], narrowed["high"], narrowed["due_before"]
    witel, made = uuid.uuid4().hex, []
    for number, (unit, of, segment, value, hours, state) in enumerate(rows):
        item = {
            "work_id": f"{of}-{witel}{number}",
            "kind": of,
            "unit": unit,
            "state": "open" if state == "open" else "claimed",
            "witel": witel,
            "segment": segment,
            "value": value,
            "reason": "x",
            "created_at": "2026-11-24T02:00:00.000Z",
            "due_at": f"2026-11-2{4 + hours // 24}T{2 + hours % 24:02}:00:00.000Z",
        }
        if state != "open":
            held = "2026-11-24T02:30:00.000Z" if state == "lapsed" else "2026-11-24T09:00:00.000Z"
            item |= {"claimed_by": "a", "claimed_at": item["created_at"], "lease_until": held}
        made.append(item)
    items.enter(made)
    expected = sorted(
        (
            item
            for item in made
            if items.state_of(item) == "open"
            and (kind is None or item["kind"] == kind)
            and (high is None or (item["segment"] == "HVC") == high)
            and (due_before is None or item["due_at"] < due_before)
        ),
        key=items.order_key,
    )
    found = all_pages(lambda after: items.listed(("crm", "field"), "open", witel, limit=limit, after=after, **narrowed))
    assert [item["work_id"] for item in found] == [item["work_id"] for item in expected]


TICKETS = st.lists(
    st.tuples(
        st.sampled_from(store.OWNERS),
        st.sampled_from(["in_locker", "in_collaboration", "closed"]),
        st.integers(0, 2),  # deadlines that many share
        st.sets(st.sampled_from(["field", "network", "sccd"]), max_size=2),
    ),
    max_size=12,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TICKETS, st.integers(1, 4), st.sampled_from([None, "crm", "sccd", "field"]))
def test_a_witels_tickets_read_page_by_page_are_all_that_concern_a_unit(
    desk: Desk, rows: list[tuple[Any, ...]], limit: int, unit: str | None
) -> None:
    witel, table = uuid.uuid4().hex, desk.cloud.environment["TICKETS_TABLE"]
    tickets = [
        {
            "ticket_id": f"{witel}{number}",
            "unit": owner,
            "units": sorted(asked),
            "state": state,
            "witel": witel,
            "unit_state": store.unit_state(owner, state, witel),
            "deadline": f"2026-11-24T0{deadline}:00:00.000Z",
        }
        for number, (owner, state, deadline, asked) in enumerate(rows)
    ]
    for ticket in tickets:
        desk.cloud.client("dynamodb").put_item(TableName=table, Item=typed_item(ticket))
    wanted = ("in_locker", "in_collaboration")
    expected = sorted(
        (str(t["deadline"]), str(t["ticket_id"]))
        for t in tickets
        if t["state"] in wanted
        and (unit in (None, t["unit"]) or (t["state"] == "in_collaboration" and unit in t["units"]))
    )
    found = all_pages(lambda after: listing.listed(unit, wanted, witel, limit, after))
    assert [(t["deadline"], t["ticket_id"]) for t in found] == expected
