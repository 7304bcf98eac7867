"""What the complaint state machine does by itself between people's answers. Each step may be taken again."""

from typing import Any

from caring import clock
from caring.conversation import holding
from caring.errors import CaringError
from caring.incidents import reports
from caring.nps import episodes
from caring.observability import logger
from caring.tickets import clocks, closing, ending, locker, machine, store, waiting
from caring.tickets.store import Ticket
from caring.work import handling, items

Answer = dict[str, Any]

_BY_CALL = "call"


def stand(ticket: Ticket) -> Answer:
    """Where a ticket stands, for an execution that begins: {outcome: unit | others | question … call | ended}."""
    if ticket["state"] in store.ENDED:
        return {"outcome": "ended"}
    clocks.arm(ticket)
    reports.hear(ticket)
    if ticket["state"] == "in_collaboration":
        return {"outcome": "others", "units": ticket["units"]}
    if ticket["state"] == "confirming":
        return {"outcome": ticket["question"]["step"]}
    return {"outcome": "unit"}


def collaborate(ticket: Ticket) -> Answer:
    """The ticket's unit needs others: {outcome: others, units}."""
    (asking_item,) = items.read([locker.own_id(ticket)])
    changed = store.change(
        ticket,
        states=("in_locker",),
        sets={"state": "in_collaboration", "units": asking_item["units"]},
        equal={"round": ticket["round"]},
    )
    ticket = changed or store.get(ticket["ticket_id"])
    return {"outcome": "others", "units": ticket["units"]}


def analyse(ticket: Ticket) -> Answer:
    """All asked units have answered: {outcome: ask} if each could do its part, else back to the ticket's unit."""
    if ticket["state"] != "in_collaboration":  # taken before: it went back to its unit
        return {"outcome": "unit"}
    done = items.read([locker.other_id(ticket, unit) for unit in ticket["units"]])
    if all(item["outcome"] == "done" for item in done):
        store.note(ticket, f"analysed-{ticket['round']}", "units_done", units=ticket["units"])
        return {"outcome": "ask"}
    unable = [item["unit"] for item in done if item["outcome"] != "done"]
    store.change(
        ticket,
        states=("in_collaboration",),
        entry=(f"analysed-{ticket['round']}", "units_not_able"),
        sets={"state": "in_locker", "round": ticket["round"] + 1},
        equal={"round": ticket["round"]},
        units=unable,
    )
    return {"outcome": "unit"}


def reopen(ticket: Ticket) -> Answer:
    """The customer says no: his ticket goes back to its unit, its clock goes on. {outcome: unit}."""
    question = ticket.get("question")
    if question is None or question["round"] != ticket["round"]:  # taken before
        return {"outcome": "unit"}
    word = question["answer"]
    again = store.change(
        ticket,
        states=("confirming",),
        entry=(f"reopened-{ticket['round']}", "reopened"),
        sets={"state": "in_locker", "round": ticket["round"] + 1, "reopened": ticket["reopened"] + 1, "units": []}
        | clocks.running(ticket, clock.now()),
        drops=("question",),
        equal={"round": ticket["round"]},
        channel=word["channel"],
        by_event=word["event_id"],
        text=word.get("text"),
    )
    if again:
        _withdraw(ticket, "the customer says that it is not mended")
        clocks.arm(again)
    return {"outcome": "unit"}


def close(ticket: Ticket) -> Answer:
    """The customer says yes: {outcome: closed}."""
    if "question" not in ticket:  # taken before, and a no that came after the yes has opened the ticket again
        machine.start(ticket)
        return {"outcome": "closed"}
    word = ticket["question"]["answer"]
    ended = ending.end(ticket, "closed", by=word["channel"], message=word["event_id"])
    answer = _after(ended)
    if "afterwards" in ended["question"]:
        closing.after_the_end(ended, ended["question"]["afterwards"])
    return answer


def close_unanswered(ticket: Ticket) -> Answer:
    """Nobody answered: {outcome: closed_without_answer}, or the word that came at the last moment, yes or no."""
    word = (ticket.get("question") or {}).get("answer", {})
    if ticket["state"] == "confirming" and word.get("outcome") in closing.WORDS:
        return {"outcome": word["outcome"]}
    return _after(ending.end(ticket, "closed_without_answer"))


def _after(ticket: Ticket) -> Answer:
    """What follows from an end: nothing is left to do or to wait for, and the episode of support is over."""
    _withdraw(ticket, "the complaint is closed")
    clocks.disarm(ticket)
    officer = next((entry.get("by") for entry in _newest_first(ticket) if entry["event"] == "solved"), None)
    try:
        episodes.ended(
            ticket["customer_id"],
            "get_support",
            clock.parse(ticket["closed_at"]),
            subject=ticket["ticket_id"],
            staff=officer,
            event_id=f"ticket-{ticket['ticket_id']}-{ticket['round']}",
        )
    except CaringError as error:
        if error.status not in (404, 409):
            raise
        # An erased customer has no episodes any more, and his ticket ends all the same.
        logger().warning("no episode ends with this ticket", extra={"ticket_id": ticket["ticket_id"]})
    return {"outcome": ticket["state"]}


def _newest_first(ticket: Ticket) -> list[dict[str, Any]]:
    return sorted(ticket["history"].values(), key=lambda entry: str(entry["at"]), reverse=True)


def _withdraw(ticket: Ticket, why: str) -> None:
    """Take back what still asks the customer: the calls, and a message that has not left."""
    handling.withdraw([work_id for work_id, kind in ticket["items"].items() if kind == _BY_CALL], why)
    question = ticket.get("question") or {}
    if "channel" in question and "sent_at" not in question:
        holding.withdraw(ticket["customer_id"], question["cause"], question["channel"], why)


_STEPS = {
    "stand": stand,
    "collaborate": collaborate,
    "analyse": analyse,
    "reopen": reopen,
    "close": close,
    "close_unanswered": close_unanswered,
}


def take(ticket_id: str, step: str) -> Answer:
    """Take a step by its name; its answer is what the state machine chooses by."""
    return _STEPS[step](store.get(ticket_id))


def fire(ticket_id: str, what: str) -> None:
    """A schedule of a ticket fires: see what it was for, and whether it still matters."""
    ticket = store.get(ticket_id)
    kind, *rest = what.split("-")
    if kind in (clocks.WARN, clocks.BREACH):
        clocks.fire(ticket, kind)
    elif kind == waiting.SILENCE:
        waiting.silent(ticket, int(rest[0]), int(rest[1]))
    elif kind == waiting.LOOK:
        waiting.look(ticket, int(rest[0]), int(rest[1]))
    elif kind == locker.LATE:
        locker.late(ticket, int(rest[0]), rest[1])
    else:
        raise ValueError(f"no timer is called {what}")


def restart(ticket: Ticket, restarts: int) -> None:
    """Start a ticket's execution anew, where the ticket stands; the one before must have come to its end.

    `restarts` is how often the sweep has done it by itself, this time counted.
    """
    starts = int(ticket["starts"])
    again = store.change(
        ticket,
        entry=(f"restarted-{starts + 1}", "restarted"),
        sets={"starts": starts + 1, "restarts": restarts},
        equal={"starts": starts},
    )
    machine.start(again or store.get(ticket["ticket_id"]))
