"""A ticket ends, or opens again after its end: together with what the customer's item says of his open tickets."""

from typing import Any

from caring import clock, environment, tables
from caring.tickets import machine, sla, store
from caring.tickets.store import Ticket

_COUNTS = {
    "ended": "ADD open_tickets :less DELETE open_ticket_ids :id",
    "again": "ADD open_tickets :one, tickets_version :one, open_ticket_ids :id",
}


def end(
    ticket: Ticket, state: str, *, by: str | None = None, message: str | None = None, reason: str | None = None
) -> Ticket:
    """End a ticket as closed or closed_without_answer, once; the ticket as it then is.

    `by` and `message` are the customer's yes; `reason` says why it is closed without one.
    """
    now = clock.now()
    stopped = sla.Clock.of(ticket["clock"]).paused(now)
    said = {"closed_by": by, "closed_by_message": message, "closed_reason": reason}
    changes = store.writes(
        ticket,
        states=store.GOING_ON,
        entry=(f"ended-{ticket['round']}", reason or state),
        sets={"state": state, "closed_at": clock.iso(now), "clock": stopped.kept()}
        | {name: value for name, value in said.items() if value},
        equal={"round": ticket["round"]},
        by=by,
        by_event=message,
    )
    return _together(ticket, changes, "ended")


def open_again(ticket: Ticket, word: dict[str, str]) -> None:
    """Open an ended ticket again for a customer who says that it is not mended; its execution is a new one."""
    now = clock.now()
    runs = sla.Clock.of(ticket["clock"]).running(now)
    changes = store.writes(
        ticket,
        states=store.ENDED,
        entry=(f"reopened-{ticket['round']}", "reopened"),
        sets={
            "state": "in_locker",
            "round": ticket["round"] + 1,
            "reopened": ticket["reopened"] + 1,
            "starts": int(ticket.get("starts") or 0) + 1,
            "clock": runs.kept(),
            "deadline": clock.iso(runs.deadline() or now),
        },
        drops=("question", "closed_at", "closed_by", "closed_by_message"),
        equal={"round": ticket["round"]},
        by_event=word["event_id"],
        channel=word["channel"],
        text=word.get("text"),
        after_the_end=True,
    )
    again = _together(ticket, changes, "again")
    if again["state"] not in store.ENDED:
        machine.start(again)


def begin_again(ticket: Ticket, round_: int, event_id: str) -> None:
    """The word that opened a ticket again after that round comes once more: its execution may not have begun."""
    entry = ticket["history"].get(f"reopened-{round_}", {})
    if entry.get("after_the_end") and entry.get("by_event") == event_id and ticket["state"] not in store.ENDED:
        machine.start(ticket)


def _together(ticket: Ticket, changes: list[dict[str, Any]], what: str) -> Ticket:
    """Change ticket and customer, both or neither; the ticket as it then is, by whomever it was changed."""
    values: dict[str, Any] = {":id": {"SS": [ticket["ticket_id"]]}}
    values |= {":less": {"N": "-1"}} if what == "ended" else {":one": {"N": "1"}}
    customer = {
        "TableName": environment.table("customers"),
        "Key": {"customer_id": {"S": ticket["customer_id"]}},
        "UpdateExpression": _COUNTS[what],
        "ConditionExpression": "attribute_exists(customer_id)",
        "ExpressionAttributeValues": values,
    }
    refused = tables.transact([*changes, {"Update": customer}])
    if refused and not any(refused[:-1]):  # the customer is in the table no more, and his ticket ends all the same
        tables.transact(changes)
    return store.get(ticket["ticket_id"])
