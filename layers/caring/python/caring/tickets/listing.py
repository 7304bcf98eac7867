"""Tickets found: a customer's, a unit's by deadline, all that have not ended; and a ticket as staff see it."""

from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any

from caring import environment, places, tables
from caring.places import Place
from caring.tickets.store import ENDED, OWNERS, SHARDS, Ticket, read, unit_state

_READS = 100  # tickets read at once
_SHOWN = (
    "ticket_id",
    "customer_id",
    "witel",
    "segment",
    "source",
    "category",
    "technical",
    "matter",
    "text",
    "unit",
    "units",
    "state",
    "round",
    "reopened",
    "complaints",
    "churn_risk",
    "incident_id",
    "opened_at",
    "deadline",
    "warned",
    "breached",
    "closed_at",
    "closed_by",
    "closed_by_message",
    "closed_reason",
)


def of_customer(
    customer_id: str, states: Collection[str], unit: str | None, limit: int, before: str | None = None
) -> tuple[list[Ticket], str | None]:
    """A customer's tickets, newest first, from the one after the place `before`; and the next `before`.

    `unit` chooses those that it has, or is asked about. A customer has few tickets: all their keys are read.
    """
    keys = tables.query(
        environment.table("tickets"),
        IndexName="by_customer",
        KeyConditionExpression="customer_id = :customer",
        ExpressionAttributeValues={":customer": {"S": customer_id}},
    )
    all_of_his = sorted((Place(i["opened_at"]["S"], i["ticket_id"]["S"]) for i in keys), reverse=True)
    after = Place.of(before) if before else None
    left = {place.id: place for place in all_of_his if after is None or place < after}
    found = [t for t in read(list(left)) if t["state"] in states and (unit is None or _concerns(t, unit))]
    following = str(left[found[limit - 1]["ticket_id"]]) if len(found) > limit else None
    return found[:limit], following


def listed(
    unit: str | None, states: Collection[str], witel: str, limit: int, after: str | None = None
) -> tuple[list[Ticket], str | None]:
    """Tickets of one witel in some states, the nearest deadline first, after the place `after`; and the next `after`.

    `unit` chooses those that it has, or is asked about by the unit that has them.
    """
    partitions = [
        unit_state(owner, state, witel)
        for owner in OWNERS
        for state in states
        if unit in (None, owner) or state == "in_collaboration"
    ]
    return places.page(
        places.Index(environment.table("tickets"), "by_unit", "unit_state", "deadline", "ticket_id"),
        partitions,
        read,
        limit=limit,
        after=after,
        wanted=lambda ticket: ticket["state"] in states and (unit is None or _concerns(ticket, unit)),
    )


def _concerns(ticket: Ticket, unit: str) -> bool:
    return ticket["unit"] == unit or (ticket["state"] == "in_collaboration" and unit in ticket["units"])


def going_on() -> Iterator[Ticket]:
    """Every ticket that has not ended, those opened first in each shard."""
    for place in range(SHARDS):
        keys = tables.query(
            environment.table("tickets"),
            IndexName="going_on",
            KeyConditionExpression="going_on = :shard",
            ExpressionAttributeValues={":shard": {"S": str(place)}},
        )
        while some := list(islice(keys, _READS)):
            yield from read([item["ticket_id"]["S"] for item in some])


def view(ticket: Ticket) -> dict[str, Any]:
    """The ticket as staff see it; `history` oldest first, `paused` while its clock waits for the customer."""
    shown = {name: ticket.get(name) for name in _SHOWN}
    shown["paused"] = ticket["clock"].get("since") is None and ticket["state"] not in ENDED
    shown["work_ids"] = sorted(ticket["items"])
    shown["history"] = sorted(ticket["history"].values(), key=lambda entry: str(entry["at"]))
    return shown
