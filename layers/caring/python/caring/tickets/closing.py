"""The customer's own word on whether his ticket may be closed: what counts, and what it does.

A word belongs to the round of the question that it answers. While that question is open it is told to the state
machine; a "no" that comes after the ticket was closed opens it again, and a "yes" after a silence closes it for good.
"""

import re
from datetime import datetime, timedelta
from typing import Literal

from caring import clock, configuration
from caring.observability import logger
from caring.tickets import ending, machine, sent, store
from caring.tickets.store import Ticket

_CAUSE = re.compile(r"closure-(?P<ticket>[A-Za-z0-9]+)-(?P<round>[0-9]+)-(?P<number>[0-9]+)\Z")
WORDS = ("yes", "no")


def answer(
    ticket_id: str,
    answer: Literal["yes", "no"],
    *,
    customer_id: str,
    cause: str,
    event_id: str,
    channel: str,
    at: datetime,
    text: str | None = None,
) -> None:
    """Take the customer's answer to a closure question; `event_id` names the message, link or call that carries it.

    Again, or too late for its round, it changes nothing. CaringError 404 for an unknown ticket.
    """
    ticket = store.get(ticket_id)
    found = _CAUSE.match(cause)
    if ticket["customer_id"] != customer_id or found is None or found["ticket"] != ticket_id:
        logger().warning("an answer that belongs to no question of this ticket", extra={"ticket_id": ticket_id})
        return
    if int(found["round"]) != ticket["round"]:  # the question of an earlier round, which was answered long ago
        ending.begin_again(ticket, int(found["round"]), event_id)
        return
    word = {"outcome": answer, "event_id": event_id, "channel": channel, "at": clock.iso(at)}
    if text is not None:
        word["text"] = text[: configuration.get().tickets.text_characters]  # it lies whole on the timeline
    if ticket["state"] == "confirming":
        _tell(ticket, word)
    elif ticket["state"] in store.ENDED:
        after_the_end(ticket, word)


def stands(ticket_id: str, cause: str) -> bool:
    """Whether the yes to a closure question is what closes its ticket, and a no would still open it again."""
    found, tickets = _CAUSE.match(cause), store.read([ticket_id])
    if found is None or not tickets or int(found["round"]) != tickets[0]["round"]:
        return False
    ticket = tickets[0]
    if ticket["state"] == "confirming":
        return bool(ticket["question"].get("answer", {}).get("outcome") == "yes")
    return may_open_again(ticket)


def may_open_again(ticket: Ticket) -> bool:
    """Whether a ticket has ended so lately that a no opens it again."""
    if ticket["state"] not in store.ENDED or ticket.get("closed_reason") == store.ERASED:
        return False
    days = timedelta(days=configuration.get().tickets.reopen_days)
    return clock.now() <= clock.parse(ticket["closed_at"]) + days


def _tell(ticket: Ticket, word: dict[str, str]) -> None:
    """Keep the word with the question, if no other of his is there, and tell the state machine.

    A no that comes after a yes, but before that has closed the ticket, is kept beside it: it opens the ticket again.
    """
    ticket, _ = sent.noted(ticket)  # he may be faster than whoever looks whether it has left
    said = (ticket.get("question") or {}).get("answer")
    if said and (said["outcome"], word["outcome"]) == ("yes", "no") and said["event_id"] != word["event_id"]:
        same = {"round": ticket["round"]}
        kept = store.change(ticket, states=("confirming",), sets={"question.afterwards": word}, equal=same)
        ticket = kept or store.get(ticket["ticket_id"])
        if ticket["state"] in store.ENDED:
            after_the_end(ticket, word)
            return
    if not said or said["outcome"] not in WORDS:
        entry = (f"answered-{ticket['round']}", "answered")
        told = store.change(
            ticket,
            states=("confirming",),
            entry=entry,
            sets={"question.answer": word},
            equal={"round": ticket["round"]},
            answer=word["outcome"],
            channel=word["channel"],
            by_event=word["event_id"],
        )
        ticket = told or store.get(ticket["ticket_id"])
    pass_on(ticket)


def pass_on(ticket: Ticket) -> bool:
    """Tell the state machine the answer that stands with the question; True if there was something to tell."""
    question = ticket.get("question") or {}
    if ticket["state"] != "confirming" or "answer" not in question or "token" not in question:
        return False
    machine.tell(question["token"], question["answer"]["outcome"])
    # Whoever else changed the question meanwhile has a token of his own there.
    store.change(ticket, states=("confirming",), drops=("question.token",), equal={"question.token": question["token"]})
    return True


def after_the_end(ticket: Ticket, word: dict[str, str]) -> None:
    """A late word: the yes that was missing, or a no soon enough to open the ticket again."""
    if ticket.get("closed_reason") == store.ERASED:
        return
    if word["outcome"] == "yes":
        if ticket["state"] == "closed_without_answer":
            store.change(
                ticket,
                states=("closed_without_answer",),
                entry=(f"late-{word['event_id']}", "closed"),
                sets={"state": "closed", "closed_by": word["channel"], "closed_by_message": word["event_id"]},
                channel=word["channel"],
                by_event=word["event_id"],
            )
        return
    if ticket.get("closed_by_message") == word["event_id"] or not may_open_again(ticket):
        store.note(ticket, f"late-{word['event_id']}", "answered_too_late", answer="no", by_event=word["event_id"])
        return
    ending.open_again(ticket, word)
