"""A customer's items in the tables: gathered for him to see, and rid of everything that tells who he was."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from caring import aws, environment, parked, tables
from caring.rights.identity import Identity
from caring.tickets import erasing
from caring.typed import plain, plain_item, typed_item
from caring.work import handling

Plain = dict[str, Any]


class Held(NamedTuple):
    """A table that holds items of customers: its key, the index by customer (None: he is the partition), its name.

    `free` names attributes that hold free words in this table alone.
    """

    key: tuple[str, ...]
    by_customer: str | None
    table: str
    free: frozenset[str] = frozenset()


_WHY = frozenset({"reason"})  # it quotes what the customer or a member of staff said
HELD = {
    held.table: held
    for held in (
        Held(("customer_id", "at_id"), None, "timeline"),
        Held(("customer_id", "cause"), None, "messages"),
        Held(("ticket_id",), "by_customer", "tickets", _WHY),
        Held(("work_id",), "by_customer", "work_items", _WHY),
        Held(("day_part", "entry"), "by_customer", "nps"),
        Held(("incident_id", "part"), "by_customer", "incidents"),
    )
}
_CONTACTS = "contacts"  # the list of his latest contacts, beside his messages
_PARKED_PAGE = 200


def held(name: str, customer_id: str) -> Iterator[Plain]:
    """A customer's items in one of the tables, whole."""
    key, index, *_ = HELD[name]
    request: dict[str, Any] = {"ConsistentRead": True} if index is None else {"IndexName": index}
    pages = (
        aws.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=environment.table(name),
            KeyConditionExpression="customer_id = :customer",
            ExpressionAttributeValues={":customer": {"S": customer_id}},
            **request,
        )
    )
    for page in pages:
        found = page["Items"]
        if index is not None:  # an index holds keys only
            found = tables.read(environment.table(name), [{part: item[part] for part in key} for item in found])
        yield from map(plain_item, found)


def mail_of(who: Identity) -> list[str]:
    """Where ("bucket/key") the mails lie that he wrote: those on his timeline, and parked ones that name him."""
    found = [event["raw"] for event in held("timeline", who.customer_id) if event.get("raw")]
    for entry in _parked_of(who):
        found += _raw_in(entry["body"])
    return found


def _raw_in(body: str) -> list[str]:
    try:
        kept = orjson.loads(body)
    except orjson.JSONDecodeError:
        return []
    return [kept["raw"]] if isinstance(kept, dict) and isinstance(kept.get("raw"), str) else []


def erase_events(who: Identity) -> None:
    """Delete his timeline."""
    for event in held("timeline", who.customer_id):
        if event["type"] != "erasure":
            _delete("timeline", event)


def end_tickets(customer: Mapping[str, Any]) -> None:
    """End his tickets and their executions; those that an index may not show yet stand with him."""
    newest = plain(customer["open_ticket_ids"]) if "open_ticket_ids" in customer else []
    shown = [ticket["ticket_id"] for ticket in held("tickets", customer["customer_id"]["S"])]
    for ticket_id in dict.fromkeys([*newest, *shown]):
        erasing.end(ticket_id)


def erase_words(who: Identity) -> None:
    """Blank what is personal in his messages, tickets, scores and work items; nobody works on an item any more."""
    for name in ("messages", "tickets", "nps"):
        for item in held(name, who.customer_id):
            if item.get("cause") == _CONTACTS:
                _delete(name, item)
            else:
                _blank(name, item, who)
    for item in [*held("work_items", who.customer_id), *_unmatched(who)]:
        handling.withdraw([item["work_id"]], outcome="erased")
        _blank("work_items", item, who)


def _unmatched(who: Identity) -> Iterator[Plain]:
    """Items about messages of strangers that name him: nobody knew that they were his."""
    pages = (
        aws.client("dynamodb")
        .get_paginator("scan")
        .paginate(
            TableName=environment.table("work_items"),
            FilterExpression="begins_with(work_id, :unmatched)",
            ExpressionAttributeValues={":unmatched": {"S": "unmatched-"}},
        )
    )
    for page in pages:
        for item in map(plain_item, page["Items"]):
            if who.is_named_in(orjson.dumps(item).decode()):
                yield item


def erase_parked(who: Identity) -> None:
    """Delete what was parked and names him."""
    for entry in _parked_of(who):
        parked.remove(entry["kind"], entry["at_id"])


def _parked_of(who: Identity) -> Iterator[Plain]:
    for kind in parked.KINDS:
        after = None
        while page := parked.read(kind, _PARKED_PAGE, after, newest_first=False):
            for entry in page:
                said = " ".join(str(entry.get(name, "")) for name in ("body", "detail", "reference"))
                if who.is_named_in(said):
                    yield entry | {"kind": kind}
            after = page[-1]["at_id"]


def _blank(name: str, item: Plain, who: Identity) -> None:
    if changed := who.without(item, HELD[name].free):
        _set(name, item, changed)


def _key(name: str, item: Plain) -> dict[str, Any]:
    return {part: {"S": item[part]} for part in HELD[name].key}


def _delete(name: str, item: Plain) -> None:
    aws.client("dynamodb").delete_item(TableName=environment.table(name), Key=_key(name, item))


def _set(name: str, item: Plain, values: Plain) -> None:
    tables.set_values(environment.table(name), _key(name, item), typed_item(values))
