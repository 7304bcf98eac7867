"""What happened with a customer, newest first: recorded events, and what the ledger of messages tells.

Events are kept in the timeline table under "<time>#<id>", which is also the order and the place of a page. Messages and
their receipts are not written a second time: they are read from the ledger, where each has its times.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from caring import aws, clock, configuration, environment, tables
from caring.ids import new_id, run_of
from caring.messages import ledger
from caring.typed import plain_item, typed_item

Event = dict[str, Any]

_RECEIPTS = ("delivered", "read", "failed")
_NOT_SENT = ("pending", "skipped", "held_out")
_OF_MESSAGES = ("channel", "reference", "script", "language", "why", "reason")


def event_item(customer_id: str, kind: str, at: datetime, details: Event, event_id: str | None = None) -> Event:
    """An event as a typed item: for a caller that writes it together with something else."""
    days = configuration.get().retention.timeline
    expires = int(clock.to_wall(clock.now()).timestamp()) + days * 86_400
    at_id = f"{clock.iso(at)}#{event_id or new_id()}"
    kept = {"customer_id": customer_id, "at_id": at_id, "type": kind, "expires_at": expires}
    return typed_item({**details, **kept})


def append(
    customer_id: str, kind: str, *, at: datetime | None = None, event_id: str | None = None, **details: Any
) -> str:
    """Record an event and return its at_id.

    `kind` is its type (message_in, consent, payment, change, call, visit, …), `details` plain values. With `at` and
    `event_id` given, writing it again is harmless.
    """
    item = event_item(customer_id, kind, at or clock.now(), details, event_id)
    aws.client("dynamodb").put_item(TableName=environment.table("timeline"), Item=item)
    return str(item["at_id"]["S"])


def append_once(customer_id: str, kind: str, *, at: datetime, event_id: str, details: Callable[[], Event]) -> Event:
    """The event of this time and id as it stands; made by `details` if it was not there.

    What was recorded first stays, so that a message which comes again is read as it was the first time.
    """
    table, at_id = environment.table("timeline"), f"{clock.iso(at)}#{event_id}"
    key = {"customer_id": {"S": customer_id}, "at_id": {"S": at_id}}
    standing = aws.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    if standing is None:
        item = event_item(customer_id, kind, at, details(), event_id)
        if tables.write([tables.insert(table, item)])[0] is None:
            return plain_item(item)
        standing = aws.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]
    return plain_item(standing)


def read(customer_id: str, limit: int, before: str | None = None) -> tuple[list[Event], str | None]:
    """At most `limit` events older than `before` (an at_id), newest first, and the `before` of the next page.

    Each is {at, type, channel, …}; channel is None where an event has none. A recorded one has its event_id, by which
    others name it (a ticket the message that closed it).
    """
    recorded = _recorded(customer_id, limit + 1, before)
    told = [event for event in _told_by_messages(customer_id) if before is None or event["at_id"] < before]
    events = sorted([*recorded, *told], key=lambda event: str(event["at_id"]), reverse=True)
    shown = events[:limit]
    following = shown[-1]["at_id"] if len(events) > limit else None
    for event in shown:
        del event["at_id"]
    return shown, following


def _recorded(customer_id: str, limit: int, before: str | None) -> list[Event]:
    condition, values = "customer_id = :customer", {":customer": {"S": customer_id}}
    if before:
        condition += " AND at_id < :before"
        values[":before"] = {"S": before}
    pages = (
        aws.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=environment.table("timeline"),
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ScanIndexForward=False,
            ConsistentRead=True,
            PaginationConfig={"MaxItems": limit, "PageSize": limit},
        )
    )
    return [_shown(item) for page in pages for item in page["Items"]]


def _shown(item: dict[str, Any]) -> Event:
    event = plain_item(item)
    del event["customer_id"]
    event.pop("expires_at", None)
    at, _, event_id = event["at_id"].partition("#")
    return {"at": at, "channel": None, **event, "event_id": event_id}


def _told_by_messages(customer_id: str) -> Iterator[Event]:
    """A customer has few messages (the cap sees to it), so all are read: the ledger is not kept in time order."""
    for item in ledger.of_customer(customer_id):
        if "status" in item:  # the list of his contacts lies among his messages
            yield from _events_of(plain_item(item))


def _events_of(message: Event) -> Iterator[Event]:
    """One event for the message, and one per receipt that it has had."""
    status, cause = message["status"], message["cause"]
    about = {name: message.get(name) for name in _OF_MESSAGES} | {"cause": cause}
    if run := run_of(cause):
        about |= {"run_id": run[0], "wave": run[1]}
    at = left_at(message)
    kind = "message_not_sent" if status in _NOT_SENT else "message_out"
    yield {"at": at, "type": kind, "status": status, **about, "at_id": f"{at}#{cause}#0"}
    for place, receipt in enumerate(_RECEIPTS, start=1):
        if moment := message.get(f"{receipt}_at"):
            reason = message.get("reason") if receipt == "failed" else None
            event = {**about, "reason": reason, "status": receipt}
            yield {"at": moment, "type": "receipt", **event, "at_id": f"{moment}#{cause}#{place}"}
    if noted := message.get("remark_at"):
        event = {**about, "reason": message["remark"], "status": "other"}
        yield {"at": noted, "type": "receipt", **event, "at_id": f"{noted}#{cause}#{len(_RECEIPTS) + 1}"}


def left_at(message: Event) -> str:
    """When it left for its provider, as well as that is known: a receipt may be all there is."""
    names = ("accepted_at", "rejected_at", "unknown_at", *(f"{receipt}_at" for receipt in _RECEIPTS))
    return min((str(message[name]) for name in names if message.get(name)), default=str(message["at"]))
