"""A ticket ends, or opens again after its end: together with what the customer's item says of his open tickets."""

from typing import Any

from botocore.exceptions import ClientError

from caring import aws, clock, environment, tables
from caring.tickets import machine, sla, store
from caring.tickets.store import Ticket

_COUNTS = {
    "ended": "ADD open_tickets :less DELETE open_ticket_ids :id",
    "again": "ADD open_tickets :one, tickets_version :one, open_ticket_ids :id",
}


def end(ticket: Ticket, state: str, *, by: str | None = None, message: str | None = None) -> Ticket:
    """End a ticket as closed or closed_without_answer, once; the ticket as it then is."""
    now = clock.now()
    stopped = sla.Clock.of(ticket["clock"]).paused(now)
    request = store.update(
        ticket,
        states=store.GOING_ON,
        entry=(f"ended-{ticket['round']}", state),
        sets={"state": state, "closed_at": clock.iso(now), "clock": stopped.kept()}
        | {name: value for name, value in (("closed_by", by), ("closed_by_message", message)) if value},
        equal={"round": ticket["round"]},
        by=by,
        by_event=message,
    )
    return _together(ticket, request, "ended", f"ended-{ticket['round']}")


def open_again(ticket: Ticket, word: dict[str, str]) -> None:
    """Open an ended ticket again for a customer who says that it is not mended; its execution is a new one."""
    now = clock.now()
    runs = sla.Clock.of(ticket["clock"]).running(now)
    entry = f"reopened-{ticket['round']}"
    request = store.update(
        ticket,
        states=store.ENDED,
        entry=(entry, "reopened"),
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
        after_the_end=True,
    )
    again = _together(ticket, request, "again", entry)
    if again["state"] not in store.ENDED:
        machine.start(again)


def _together(ticket: Ticket, request: dict[str, Any], what: str, entry: str) -> Ticket:
    """Change ticket and customer, both or neither; if it was done before, only tell the history's entry again."""
    values: dict[str, Any] = {":id": {"SS": [ticket["ticket_id"]]}}
    values |= {":less": {"N": "-1"}} if what == "ended" else {":one": {"N": "1"}}
    customer = {
        "TableName": environment.table("customers"),
        "Key": {"customer_id": {"S": ticket["customer_id"]}},
        "UpdateExpression": _COUNTS[what],
        "ConditionExpression": "attribute_exists(customer_id)",
        "ExpressionAttributeValues": values,
    }
    try:
        aws.client("dynamodb").transact_write_items(TransactItems=[{"Update": request}, {"Update": customer}])
    except ClientError as error:
        if error.response["Error"]["Code"] != "TransactionCanceledException":
            raise
        reasons = error.response.get("CancellationReasons", [])
        if any(reason.get("Code") not in (None, "None", "ConditionalCheckFailed") for reason in reasons):
            raise  # in conflict with another transaction: the caller is called again
        if reasons and reasons[-1].get("Code") == "ConditionalCheckFailed" and reasons[0].get("Code") in (None, "None"):
            _alone(request)  # the customer is in the table no more, and his ticket ends all the same
    changed = store.get(ticket["ticket_id"])
    if entry in changed["history"]:
        store.tell(changed, entry)
    return changed


def _alone(request: dict[str, Any]) -> None:
    tables.update(request.pop("TableName"), request.pop("Key"), **request)
