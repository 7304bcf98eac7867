"""A complaint comes in: it opens a ticket, or joins the open one of the same matter. The same event does it once.

Ticket, the memory of the event and the customer's open tickets are written in one transaction, on the condition that
the customer has the open tickets that were looked at: of two complaints in the same second one sees the other's ticket.
"""

import hashlib
from typing import Any

from botocore.exceptions import ClientError

from caring import aws, clock, configuration, environment
from caring.customers import model
from caring.customers import store as customers
from caring.errors import conflict
from caring.ids import new_id
from caring.nps import words
from caring.tickets import closing, complaints, ending, machine, matters, routing, sent, sla, store
from caring.tickets.store import Ticket
from caring.typed import plain, plain_item, typed_item
from caring.work import handling

_TRIES = 6
_REMEMBERED_DAYS = 90  # how long the same event is known again


def open_ticket(
    customer_id: str,
    *,
    source: str,
    text: str,
    category: str | None = None,
    technical: bool | None = None,
    event_id: str,
    channel: str | None = None,
    taken_by: str | None = None,
) -> str:
    """The ticket_id of a complaint: a new ticket, or the open one that it joins.

    `source` is of routing.SOURCES, `category` of routing.CATEGORIES (None: read from the text), `taken_by` the member
    of staff. A reply joins whatever ticket is open, or opens the ended one again of which it says that it is not
    mended; others join the open one of their matter. CaringError: 404 unknown customer, 409 an erased one, or an
    event_id that came with other words before.
    """
    sorted_ = routing.sort(text, category, technical)
    said = hashlib.sha256(f"{source}:{category}:{text}".encode()).hexdigest()
    text = text[: configuration.get().tickets.text_characters]
    for _ in range(_TRIES):
        if memory := _memory(event_id):
            return _again(memory, said, customer_id, event_id, channel)
        customer = customers.get(customer_id)
        if model.flag(customer, "erased"):
            raise conflict("erased", "the customer's data were erased: there is nobody to open a ticket for")
        going_on = _open_tickets(customer)
        taken = {"source": source, "channel": channel, "by": taken_by, "by_event": event_id}
        if source != "reply":  # a reply was counted when it was understood
            _count(customer_id, text, sorted_.category, taken)
        joined = matters.open_one(going_on, sorted_, source)
        closed = None if joined or source != "reply" else matters.ended_one(customer_id, text, sorted_)
        concerned = joined or closed
        if concerned and matters.is_his_no(concerned, sorted_, event_id):
            ending.begin_again(concerned, int(concerned["round"]) - 1, event_id)
            return str(concerned["ticket_id"])
        if closed:
            _refused(closed["ticket_id"], int(closed["round"]), event_id, channel, text=text)
            continue  # it is open now, by this word, or by another of the same moment which this one joins
        try:
            if joined:
                _join(joined, sorted_, {"text": text} | taken, said)
                return _joined(joined["ticket_id"], joined["round"], event_id, channel)
            ticket = _new(customer, sorted_, text, taken)
            _write(customer, ticket, event_id, said)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("TransactionCanceledException", "TransactionConflictException"):
                raise
            continue  # the same event, or another complaint, came between reading and writing
        store.note(ticket, "opened", "opened")
        _raise_churn(ticket)
        machine.start(ticket)
        return str(ticket["ticket_id"])
    raise conflict("changed_meanwhile", "the customer's tickets keep changing: send the complaint again")


def _count(customer_id: str, text: str, category: str, taken: dict[str, Any]) -> None:
    words.record(
        customer_id,
        text=text,
        category=category,
        source=taken["source"],
        channel=taken["channel"],
        at=clock.now(),
        event_id=taken["by_event"],
    )


def _memory(event_id: str) -> dict[str, Any] | None:
    answer = aws.client("dynamodb").get_item(
        TableName=environment.table("idempotency"), Key={"id": {"S": f"complaint#{event_id}"}}, ConsistentRead=True
    )
    return plain_item(answer["Item"]) if "Item" in answer else None


def _again(memory: dict[str, Any], said: str, customer_id: str, event_id: str, channel: str | None) -> str:
    """What was begun for this event before is finished, if a crash left it unfinished."""
    if memory["said"] != said or memory["customer_id"] != customer_id:
        raise conflict("key_used_before", "this Idempotency-Key was used for another complaint: take a new one")
    ticket_id = str(memory["ticket_id"])
    if memory["joined"]:
        return _joined(ticket_id, int(memory["round"]), event_id, channel)
    ticket = store.get(ticket_id)
    store.note(ticket, "opened", "opened")
    _raise_churn(ticket)
    if ticket["state"] == "open":
        machine.start(ticket)
    return ticket_id


def _open_tickets(customer: model.Item) -> list[Ticket]:
    ids = plain(customer["open_ticket_ids"]) if "open_ticket_ids" in customer else []
    found = store.read(ids)
    return sorted((t for t in found if t["state"] not in store.ENDED), key=lambda t: str(t["opened_at"]), reverse=True)


def _new(customer: model.Item, said: routing.Sorted, text: str, taken: dict[str, Any]) -> Ticket:
    now = clock.now()
    witel, segment = model.text(customer, "witel") or "", model.text(customer, "segment") or "REGULAR"
    runs = sla.start(segment, said.category, witel, now)
    ticket_id = new_id()
    return {
        "ticket_id": ticket_id,
        "customer_id": customer["customer_id"]["S"],
        "witel": witel,
        "segment": segment,
        "source": taken["source"],
        "category": said.category,
        "technical": said.technical,
        "matter": said.matter,
        "text": text,
        "unit": said.unit,
        "units": [],
        "state": "open",
        "unit_state": store.unit_state(said.unit, "open", witel),
        "going_on": store.shard(ticket_id),
        "round": 1,
        "starts": 0,
        "reopened": 0,
        "complaints": 1,
        "churn_risk": said.churn,
        "value": model.number(customer, "monthly_charge") or 0,
        "opened_at": clock.iso(now),
        "updated_at": clock.iso(now),
        "clock": runs.kept(),
        "deadline": clock.iso(runs.deadline() or now),
        "warned": False,
        "breached": False,
        "items": {},
        "history": {
            "opened": {"at": clock.iso(now), "event": "opened", "category": said.category, "unit": said.unit}
            | {"reason": said.reason}
            | taken
        },
    }


def _write(customer: model.Item, ticket: Ticket, event_id: str, said: str) -> None:
    ticket["history"]["opened"] = {n: v for n, v in ticket["history"]["opened"].items() if v is not None}
    version = customer.get("tickets_version")
    values: dict[str, Any] = {
        ":one": {"N": "1"},
        ":id": {"SS": [ticket["ticket_id"]]},
        ":at": {"S": ticket["opened_at"]},
    }
    unchanged = "attribute_not_exists(tickets_version)"
    if version:
        unchanged, values[":version"] = "tickets_version = :version", version
    aws.client("dynamodb").transact_write_items(
        TransactItems=[
            _remember(event_id, said, ticket["customer_id"], ticket["ticket_id"], None),
            {"Put": {"TableName": environment.table("tickets"), "Item": typed_item(ticket)}},
            {
                "Update": {
                    "TableName": environment.table("customers"),
                    "Key": {"customer_id": customer["customer_id"]},
                    "UpdateExpression": "SET last_ticket_at = :at "
                    "ADD open_tickets :one, tickets_version :one, open_ticket_ids :id",
                    "ConditionExpression": "attribute_exists(customer_id) AND attribute_not_exists(erased) "
                    f"AND {unchanged}",
                    "ExpressionAttributeValues": values,
                }
            },
        ]
    )


def _remember(event_id: str, said: str, customer_id: str, ticket_id: str, joined_in: int | None) -> dict[str, Any]:
    expires = int(clock.to_wall(clock.now()).timestamp()) + _REMEMBERED_DAYS * 86_400
    memory = {
        "id": f"complaint#{event_id}",
        "said": said,
        "customer_id": customer_id,
        "ticket_id": ticket_id,
        "joined": joined_in is not None,
        "round": joined_in,
        "expiration": expires,
    }
    return {
        "Put": {
            "TableName": environment.table("idempotency"),
            "Item": typed_item(memory),
            "ConditionExpression": "attribute_not_exists(id)",
        }
    }


def _join(ticket: Ticket, said: routing.Sorted, taken: dict[str, Any], digest: str) -> None:
    """Write the complaint into the open ticket and onto the timeline, together with the memory of its event."""
    event_id, churn = taken["by_event"], bool(ticket["churn_risk"] or said.churn)
    made = complaints.joining(ticket, event_id, churn_risk=churn, category=said.category, **taken)
    memory = _remember(event_id, digest, ticket["customer_id"], ticket["ticket_id"], int(ticket["round"]))
    aws.client("dynamodb").transact_write_items(TransactItems=[memory, *made])


def _joined(ticket_id: str, joined_in: int, event_id: str, channel: str | None) -> str:
    """A complaint while the customer is asked whether all is well means that it is not: the ticket opens again."""
    ticket = store.get(ticket_id)
    _raise_churn(ticket)
    return _refused(ticket_id, joined_in, event_id, channel)


def _refused(ticket_id: str, round_: int, event_id: str, channel: str | None, *, text: str | None = None) -> str:
    """The customer's no to whether the ticket's round is the last: it opens again, if that is not so yet. Its id."""
    closing.answer(
        ticket_id,
        "no",
        customer_id=store.get(ticket_id)["customer_id"],
        cause=sent.cause(ticket_id, round_, 0),
        event_id=event_id,
        channel=channel or "complaint",
        at=clock.now(),
        text=text,
    )
    return ticket_id


def _raise_churn(ticket: Ticket) -> None:
    """Say on the timeline, and on the work that lies in lockers, that a customer may be about to leave: once."""
    if not ticket["churn_risk"] or store.entry_at(ticket, "churn"):
        return
    handling.mark(list(ticket["items"]), churn_risk=True)
    store.note(ticket, "churn", "churn_signal", category=ticket["category"])
