"""Tickets as the tickets table holds them, each change conditional and written into the ticket's own history.

A ticket is {ticket_id, customer_id, witel, segment, source, category, technical, matter, text, unit, state, round,
reopened, complaints, opened_at, deadline, breached, clock, question, items, history, …}. `history` is kept by entry, so
that a change made twice stands there once; the timeline gets each entry under the same name and time.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

from caring import aws, clock, environment, tables, timeline
from caring.errors import not_found
from caring.ids import ID
from caring.typed import plain_item, typed

Ticket = dict[str, Any]

STATES = ("open", "in_locker", "in_collaboration", "confirming", "closed", "closed_without_answer")
ENDED = ("closed", "closed_without_answer")
GOING_ON = tuple(state for state in STATES if state not in ENDED)
OWNERS = ("crm", "sccd")  # the units that a ticket can belong to
ERASED = "erased"  # why a ticket was closed that is no success: its customer's data were erased
SHARDS = 8  # of the index of tickets that have not ended: none of them is hot


def unit_state(unit: str, state: str, witel: str) -> str:
    """The key of the index by unit: a unit's tickets of one state in one witel."""
    return f"{unit}#{state}#{witel.casefold()}"


def key(ticket_id: str) -> dict[str, Any]:
    """The key of a ticket."""
    return {"ticket_id": {"S": ticket_id}}


def get(ticket_id: str) -> Ticket:
    """The ticket, read consistently. CaringError 404 if there is none."""
    if not ID.match(ticket_id):
        raise not_found("ticket", ticket_id)
    answer = aws.client("dynamodb").get_item(
        TableName=environment.table("tickets"), Key=key(ticket_id), ConsistentRead=True
    )
    if "Item" not in answer:
        raise not_found("ticket", ticket_id)
    return plain_item(answer["Item"])


def read(ticket_ids: Sequence[str]) -> list[Ticket]:
    """Those of the tickets that exist, in the order asked."""
    found = {
        i["ticket_id"]["S"]: plain_item(i) for i in tables.read(environment.table("tickets"), map(key, ticket_ids))
    }
    return [found[ticket_id] for ticket_id in ticket_ids if ticket_id in found]


def entry_at(ticket: Ticket, entry: str) -> str | None:
    """When an entry of the history was made; None if it was not."""
    found = ticket["history"].get(entry)
    return str(found["at"]) if found else None


def change(
    ticket: Ticket,
    *,
    states: Sequence[str] = GOING_ON,
    entry: tuple[str, str] | None = None,
    sets: Mapping[str, Any] | None = None,
    drops: Sequence[str] = (),
    equal: Mapping[str, Any] | None = None,
    absent: Sequence[str] = (),
    **details: Any,
) -> Ticket | None:
    """Change a ticket that is in one of `states`, and return it as it then is; None if it is another by now.

    `sets`, `drops`, `equal` and `absent` name attributes, dots leading inside ("question.token"). `entry` is (name,
    event) of a history entry with `details`, which stands on the customer's timeline too, both or neither; a change
    whose entry is there already is not made again.
    """
    if entry and entry[0] in ticket["history"]:
        return None
    made = writes(ticket, states=states, entry=entry, sets=sets, drops=drops, equal=equal, absent=absent, **details)
    if entry:
        return None if tables.transact(made) else get(ticket["ticket_id"])
    request = made[0]["Update"]
    attributes = tables.update(request.pop("TableName"), request.pop("Key"), **request, ReturnValues="ALL_NEW")
    return None if attributes is None else plain_item(attributes)


def writes(
    ticket: Ticket,
    *,
    states: Sequence[str],
    entry: tuple[str, str] | None = None,
    sets: Mapping[str, Any] | None = None,
    drops: Sequence[str] = (),
    equal: Mapping[str, Any] | None = None,
    absent: Sequence[str] = (),
    **details: Any,
) -> list[dict[str, Any]]:
    """The same change as the writes of a transaction: the ticket's first, then its entry's on the timeline."""
    values: dict[str, Any] = {"updated_at": clock.iso(clock.now()), **(sets or {})}
    if "state" in values or "unit" in values:
        unit, state = str(values.get("unit", ticket["unit"])), str(values.get("state", ticket["state"]))
        values["unit_state"] = unit_state(unit, state, ticket["witel"])
        if state in ENDED:
            drops = [*drops, "going_on"]
        else:
            values["going_on"] = shard(ticket["ticket_id"])
    shown = []
    if entry:
        said = {name: value for name, value in details.items() if value is not None}
        made = {"at": values["updated_at"], "event": entry[1], **said}
        values[f"history.{entry[0]}"] = made
        shown = [{"Put": {"TableName": environment.table("timeline"), "Item": _shown(ticket, entry[0], made)}}]
    request = _Request()
    settings = [f"{request.path(name)} = {request.value(value)}" for name, value in values.items()]
    removed = [request.path(name) for name in drops]
    conditions = [f"{request.path('state')} IN ({', '.join(request.value(state) for state in states)})"]
    conditions += [f"{request.path(name)} = {request.value(value)}" for name, value in (equal or {}).items()]
    gone = [*absent, *([f"history.{entry[0]}"] if entry else [])]
    conditions += [f"attribute_not_exists({request.path(name)})" for name in gone]
    changed = {
        "TableName": environment.table("tickets"),
        "Key": key(ticket["ticket_id"]),
        "UpdateExpression": f"SET {', '.join(settings)}" + (f" REMOVE {', '.join(removed)}" if removed else ""),
        "ConditionExpression": " AND ".join(conditions),
        "ExpressionAttributeNames": request.names,
        "ExpressionAttributeValues": request.values,
    }
    return [{"Update": changed}, *shown]


class _Request:
    """Names and values of one request, collected while its expressions are written."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def path(self, name: str) -> str:
        parts = []
        for part in name.split("."):
            known = next((short for short, long in self.names.items() if long == part), f"#n{len(self.names)}")
            self.names[known] = part
            parts.append(known)
        return ".".join(parts)

    def value(self, value: Any) -> str:
        name = f":v{len(self.values)}"
        self.values[name] = typed(value)
        return name


def note(ticket: Ticket, name: str, event: str, **details: Any) -> None:
    """Write an entry into the history of a ticket in whatever state, once."""
    if not change(ticket, states=STATES, entry=(name, event), **details) and name in ticket["history"]:
        # It may have come there with the ticket itself, which stands on no timeline.
        item = _shown(ticket, name, ticket["history"][name])
        aws.client("dynamodb").put_item(TableName=environment.table("timeline"), Item=item)


def _shown(ticket: Ticket, name: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of the history as the customer's timeline holds it; always the same item."""
    details = {"ticket_id": ticket["ticket_id"], **{key: value for key, value in entry.items() if key != "at"}}
    event_id = f"{ticket['ticket_id']}-{name}"
    return timeline.event_item(ticket["customer_id"], "ticket", clock.parse(entry["at"]), details, event_id)


def shard(ticket_id: str) -> str:
    """Where a ticket stands in the index of those that have not ended, which leaves it when it ends."""
    return f"{crc32(ticket_id.encode()) % SHARDS}"
