"""The complaints that joined a ticket: the latest of them on it, each of them on its customer's timeline.

A ticket is one item of the table, which has a largest size; how often a customer complains has none.
"""

from itertools import islice
from typing import Any

from caring import clock, configuration, environment, tables
from caring.tickets import store
from caring.tickets.store import Ticket
from caring.typed import plain_item

_EVENT = "complained_again"
_NO_DETAILS = ("customer_id", "at_id", "type", "expires_at", "ticket_id")
_PAST_ALL = "~"  # sorts after every id


def entry(event_id: str) -> str:
    """The name of a complaint's entry in the history."""
    return f"joined-{event_id}"


def joining(ticket: Ticket, event_id: str, *, churn_risk: bool, **said: Any) -> list[dict[str, Any]]:
    """The writes that put a complaint on a ticket that stands as it was read, and on the timeline.

    The oldest that are too many on the ticket leave it: the timeline has had them since they came.
    """
    most = int(configuration.get().tickets.complaints_on_ticket)
    oldest_first = sorted(_on(ticket), key=lambda name: str(ticket["history"][name]["at"]))
    made = store.writes(
        ticket,
        states=(ticket["state"],),
        entry=(entry(event_id), _EVENT),
        sets={"churn_risk": churn_risk},
        drops=[f"history.{name}" for name in oldest_first[: max(0, len(oldest_first) + 1 - most)]],
        equal={"round": ticket["round"]},
        **said,
    )
    update = made[0]["Update"]
    update["UpdateExpression"] += " ADD complaints :one"
    update["ExpressionAttributeValues"][":one"] = {"N": "1"}
    return made


def _on(ticket: Ticket) -> list[str]:
    return [name for name, one in ticket["history"].items() if one["event"] == _EVENT]


def with_all(ticket: Ticket) -> Ticket:
    """A ticket whose history has, beside what it holds itself, the complaints that stand on the timeline alone.

    The latest of them, as many as an answer may show.
    """
    if len(_on(ticket)) + 1 >= ticket["complaints"]:
        return ticket
    found = tables.query(
        environment.table("timeline"),
        KeyConditionExpression="customer_id = :customer AND at_id BETWEEN :from AND :to",
        FilterExpression="ticket_id = :ticket AND #event = :event",
        ExpressionAttributeNames={"#event": "event"},
        ExpressionAttributeValues={
            ":customer": {"S": ticket["customer_id"]},
            ":from": {"S": ticket["opened_at"]},
            ":to": {"S": clock.iso(clock.now()) + _PAST_ALL},
            ":ticket": {"S": ticket["ticket_id"]},
            ":event": {"S": _EVENT},
        },
        ScanIndexForward=False,
        ConsistentRead=True,
    )
    history = dict(ticket["history"])
    for item in map(plain_item, islice(found, configuration.get().tickets.complaints_shown)):
        at, _, event_id = str(item["at_id"]).partition("#")
        told = {name: value for name, value in item.items() if name not in _NO_DETAILS}
        history.setdefault(event_id.removeprefix(f"{ticket['ticket_id']}-"), {"at": at, **told})
    return ticket | {"history": history}
