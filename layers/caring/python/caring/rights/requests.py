"""Requests of customers about their data: each with the time by which it must be done, kept without personal data.

A request is {customer_id, request_id, kind, source, state, asked_at, due_at, by, done_at, done_by}. One kind is asked
once a day at most, so that asking again is the same request; an erasure is asked once for good. Withdrawals and
corrections that staff record are done the moment they are made: the timeline has them, and the list shows them too.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from caring import aws, clock, configuration, environment, tables, timeline
from caring.typed import plain_item, typed_item

KINDS = ("access", "correction", "withdrawal", "erasure")
Request = dict[str, Any]

_OWN = ("open", "witel_key", "segment", "after", "begun_at")
_SHOWN = ("done_at", "done_by")
_MOST_EVENTS = 1000


def ask(customer_id: str, kind: str, *, source: str, actor: str, witel_key: str | None) -> Request:
    """Record that a customer asked for something, and return the request; the one of today if it stands already."""
    now = clock.now()
    due = now + timedelta(hours=configuration.get().rights.due_hours)
    request_id = _id(kind)
    item = {
        "customer_id": customer_id,
        "request_id": request_id,
        "kind": kind,
        "source": source,
        "state": "open",
        "open": "open",
        "asked_at": clock.iso(now),
        "due_at": clock.iso(due),
        "by": actor,
        "witel_key": witel_key,
    }
    tables.put_new(environment.table("requests"), typed_item(item), "customer_id")
    return get(customer_id, request_id) or {}


def _id(kind: str) -> str:
    zone = configuration.get().zones.default
    return kind if kind == "erasure" else f"{kind}-{clock.local_date(clock.now(), zone).isoformat()}"


def get(customer_id: str, request_id: str) -> Request | None:
    """A request as it is kept; None if there is none."""
    answer = aws.client("dynamodb").get_item(
        TableName=environment.table("requests"), Key=_key(customer_id, request_id), ConsistentRead=True
    )
    return plain_item(answer["Item"]) if "Item" in answer else None


def _key(customer_id: str, request_id: str) -> dict[str, Any]:
    return {"customer_id": {"S": customer_id}, "request_id": {"S": request_id}}


def note(customer_id: str, request_id: str, **values: Any) -> None:
    """Keep how far an open request is."""
    tables.set_values(environment.table("requests"), _key(customer_id, request_id), typed_item(values))


def fulfil(customer_id: str, kind: str, *, actor: str) -> None:
    """Note that what was asked has been done: all open requests of the kind."""
    for request in _kept(customer_id):
        if request["kind"] == kind and request["state"] == "open":
            _end(customer_id, request["request_id"], actor)


def _end(customer_id: str, request_id: str, actor: str) -> None:
    aws.client("dynamodb").update_item(
        TableName=environment.table("requests"),
        Key=_key(customer_id, request_id),
        UpdateExpression="SET #state = :done, done_at = if_not_exists(done_at, :at),"
        " done_by = if_not_exists(done_by, :by) REMOVE #open, #after",
        ExpressionAttributeNames={"#state": "state", "#open": "open", "#after": "after"},
        ExpressionAttributeValues={
            ":done": {"S": "done"},
            ":at": {"S": clock.iso(clock.now())},
            ":by": {"S": actor},
        },
    )


def _kept(customer_id: str) -> Iterator[Request]:
    kept = tables.query(
        environment.table("requests"),
        KeyConditionExpression="customer_id = :customer",
        ExpressionAttributeValues={":customer": {"S": customer_id}},
        ConsistentRead=True,
    )
    return map(plain_item, kept)


def shown(request: Request) -> Request:
    """A request as staff see it, with `late` if it was not done in time."""
    ended = request.get("done_at") or clock.iso(clock.now())
    told = {name: value for name, value in request.items() if name not in _OWN}
    return dict.fromkeys(_SHOWN) | told | {"late": ended > request["due_at"]}


def listed(customer_id: str) -> list[Request]:
    """All that a customer has asked, newest first: what is kept here, and what the timeline tells."""
    found = [*map(shown, _kept(customer_id)), *_told(customer_id)]
    return sorted(found, key=lambda request: (request["asked_at"], request["request_id"]), reverse=True)


def _told(customer_id: str) -> Iterator[Request]:
    """Withdrawals and corrections that were done as they were asked."""
    events, _ = timeline.read(customer_id, _MOST_EVENTS)
    hours = timedelta(hours=configuration.get().rights.due_hours)
    for place, event in enumerate(reversed(events)):
        withdrawn = event["type"] == "consent" and event.get("granted") is False
        if withdrawn or event["type"] == "change":
            kind, at = "withdrawal" if withdrawn else "correction", event["at"]
            yield {
                "customer_id": customer_id,
                "request_id": f"{kind}-event-{place}",
                "kind": kind,
                "source": event.get("source", "staff"),
                "state": "done",
                "asked_at": at,
                "due_at": clock.iso(clock.parse(at) + hours),
                "by": event.get("by", "unknown"),
                "done_at": at,
                "done_by": event.get("by", "unknown"),
                "late": False,
            }


def open_until(due_before: str) -> Iterator[Request]:
    """Open requests that are due before a time (ISO), the most urgent first."""
    keys = tables.query(
        environment.table("requests"),
        IndexName="by_open",
        KeyConditionExpression="#open = :open AND due_at < :before",
        ExpressionAttributeNames={"#open": "open"},
        ExpressionAttributeValues={":open": {"S": "open"}, ":before": {"S": due_before}},
    )
    for key in keys:
        request = get(key["customer_id"]["S"], key["request_id"]["S"])
        if request and request["state"] == "open":
            yield request
