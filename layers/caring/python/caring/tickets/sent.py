"""What has become of the messages that ask a customer, as the ledger knows it, written into the ticket's history.

He has been asked once a message has left, and his silence counts from that moment; a message that fails, whenever that
is seen, is told too.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from caring import clock, configuration, timeline
from caring.conversation import holding
from caring.messages import ledger
from caring.messages import status as st
from caring.tickets import store
from caring.tickets.store import Ticket
from caring.typed import plain_item

Message = dict[str, Any]

LEFT = (st.SENDING, st.UNKNOWN, st.ACCEPTED, st.DELIVERED, st.READ, st.FAILED)
NOT_REACHED = (st.REJECTED, st.FAILED, st.SKIPPED)
_READS = (
    *("status", "reason", "channel", "why", "at", "accepted_at", "rejected_at", "unknown_at"),
    *("delivered_at", "read_at", "failed_at"),
)


def cause(ticket_id: str, round_: int, number: int) -> str:
    """The cause of a closure question: of which ticket, in which round, and the how manieth message of that round."""
    return f"closure-{ticket_id}-{round_}-{number}"


def silence(step: str) -> timedelta:
    """How long a customer may say nothing to a step."""
    hours = configuration.get().closure
    return timedelta(
        hours={
            "question": hours.reminder_hours[0],
            "reminder_1": hours.reminder_hours[1],
            "reminder_2": hours.call_hours,
            "call": hours.give_up_hours,
        }[step]
    )


def noted(ticket: Ticket) -> tuple[Ticket, Mapping[int, Message]]:
    """The ticket, and the messages of its round by number, once its history tells what has become of them."""
    question = ticket.get("question")
    if ticket["state"] != "confirming" or not question:
        return ticket, {}
    found = _messages(ticket)
    standing = found.get(question["number"])
    if standing and standing["status"] in LEFT and "silent_at" not in question:
        ticket = _has_left(ticket, standing)
    news = False
    for number, message in found.items():
        entry = f"failed-{question['round']}-{number}"
        if did_not_reach(message) and entry not in ticket["history"]:
            more = {"channel": message["channel"], "reason": message.get("reason")}
            store.note(ticket, entry, "message_failed", **more)
            news = True
    return store.get(ticket["ticket_id"]) if news else ticket, found


def did_not_reach(message: Message) -> bool:
    """Whether a message has proven not to reach the customer; one that was taken back never tried to."""
    return message["status"] in NOT_REACHED and not was_withdrawn(message)


def was_withdrawn(message: Message) -> bool:
    """Whether a message was taken back before it left."""
    return bool(message["status"] == st.SKIPPED and message.get("reason") == holding.WITHDRAWN)


def reached_somehow(ticket: Ticket) -> bool:
    """Whether any message of the ticket's round has left, and not failed, by its history."""
    round_, history = ticket["round"], ticket["history"]
    numbers = range(1, ticket["question"]["number"] + 1)
    put = [n for n in numbers if history.get(f"asked-{round_}-{n}", {}).get("event") in ("asked", "reminded")]
    return any(f"failed-{round_}-{number}" not in history for number in put)


def _messages(ticket: Ticket) -> dict[int, Message]:
    """The messages of the round that the sender has taken up, by number."""
    round_, last = ticket["round"], ticket["question"]["number"]
    causes = {cause(ticket["ticket_id"], round_, number): number for number in range(1, last + 1)}
    found = ledger.read([(ticket["customer_id"], one) for one in causes], _READS)
    return {causes[key[1]]: plain_item(item) for key, item in sorted(found.items(), key=lambda one: causes[one[0][1]])}


def _has_left(ticket: Ticket, message: Message) -> Ticket:
    """The ticket, once its history says that the question was put, and when; his silence counts from then."""
    question, at = ticket["question"], timeline.left_at(message)
    name = f"asked-{ticket['round']}-{question['number']}"
    event = "asked" if question["step"] == "question" else "reminded"
    channel, tried = message["channel"], question["tried"]
    told = {"at": at, "channel": channel, "why": message.get("why"), "cause": question["cause"]}
    changed = store.change(
        ticket,
        states=("confirming",),
        entry=None if name in ticket["history"] else (name, event),
        sets={
            "question.channel": channel,
            "question.tried": tried if channel in tried else [*tried, channel],
            "question.sent_at": at,
            "question.silent_at": clock.iso(clock.parse(at) + silence(question["step"])),
        },
        equal={"question.cause": question["cause"]},
        **told,
    )
    return changed or store.get(ticket["ticket_id"])
