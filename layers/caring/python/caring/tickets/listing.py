"""Tickets found: a customer's, a unit's by deadline, all that have not ended; and a ticket as staff see it."""

from collections.abc import Iterator, Sequence
from typing import Any

from caring import aws, environment
from caring.tickets.store import ENDED, SHARDS, Ticket, read, unit_state

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
    "opened_at",
    "deadline",
    "warned",
    "breached",
    "closed_at",
    "closed_by",
    "closed_by_message",
)


def of_customer(customer_id: str, limit: int, before: str | None = None) -> list[Ticket]:
    """A customer's tickets, newest first, opened before `before` (an opened_at)."""
    condition, values = "customer_id = :customer", {":customer": {"S": customer_id}}
    if before:
        condition += " AND opened_at < :before"
        values[":before"] = {"S": before}
    answer = aws.client("dynamodb").query(
        TableName=environment.table("tickets"),
        IndexName="by_customer",
        KeyConditionExpression=condition,
        ExpressionAttributeValues=values,
        ScanIndexForward=False,
        Limit=limit,
    )
    return read([item["ticket_id"]["S"] for item in answer["Items"]])


def listed(
    units: Sequence[str], states: Sequence[str], witel: str, limit: int, after: str | None = None
) -> tuple[list[Ticket], str | None]:
    """Tickets of units and states in one witel, the nearest deadline first, and the `after` of the next page."""
    found = sorted(
        place
        for unit in units
        for state in states
        for place in _places(unit_state(unit, state, witel), limit + 1, after)
    )
    shown = found[:limit]
    following = "#".join(shown[-1]) if len(found) > limit else None
    return read([ticket_id for _, ticket_id in shown]), following


def going_on() -> Iterator[Ticket]:
    """Every ticket that has not ended, those opened first in each shard."""
    for place in range(SHARDS):
        pages = (
            aws.client("dynamodb")
            .get_paginator("query")
            .paginate(
                TableName=environment.table("tickets"),
                IndexName="going_on",
                KeyConditionExpression="going_on = :shard",
                ExpressionAttributeValues={":shard": {"S": str(place)}},
            )
        )
        for page in pages:
            yield from read([item["ticket_id"]["S"] for item in page["Items"]])


def _places(lies_in: str, limit: int, after: str | None) -> list[tuple[str, str]]:
    """(deadline, ticket_id) of at most `limit` tickets after `after`, which is the two joined."""
    since, _, last = (after or "").rpartition("#")
    condition, values = "unit_state = :place", {":place": {"S": lies_in}}
    if since:
        condition += " AND deadline >= :since"
        values[":since"] = {"S": since}
    pages = (
        aws.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=environment.table("tickets"),
            IndexName="by_unit",
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
        )
    )
    found: list[tuple[str, str]] = []
    for page in pages:
        places = [(item["deadline"]["S"], item["ticket_id"]["S"]) for item in page["Items"]]
        found += [place for place in places if not since or place > (since, last)]
        if len(found) > limit:
            break
    return sorted(found)[:limit]


def view(ticket: Ticket) -> dict[str, Any]:
    """The ticket as staff see it; `history` oldest first, `paused` while its clock waits for the customer."""
    shown = {name: ticket.get(name) for name in _SHOWN}
    shown["paused"] = ticket["clock"].get("since") is None and ticket["state"] not in ENDED
    shown["work_ids"] = sorted(ticket["items"])
    shown["history"] = sorted(ticket["history"].values(), key=lambda entry: str(entry["at"]))
    return shown
