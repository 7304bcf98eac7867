"""Asking the customer whether his complaint may be closed: the question, two reminders, then a call.

A step's message that is seen to fail makes way for the next channel at once. The token of the step lies with the
ticket before anything is sent, so an answer can never come before the place to which it belongs.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from caring import clock, configuration
from caring.conversation import Said, say
from caring.customers.model import text
from caring.messages import ledger
from caring.messages import status as st
from caring.tickets import clocks, closing, locker, machine, store, timers
from caring.tickets.store import Ticket
from caring.work import items

STEPS = ("question", "reminder_1", "reminder_2", "call")
SCRIPTS = {"question": "closure-question", "reminder_1": "closure-reminder", "reminder_2": "closure-reminder"}
CALL_SCRIPT = "closure-call"
SILENCE, LOOK = "silence", "look"  # begin the timers of a question
_NOT_REACHED = (st.REJECTED, st.FAILED, st.SKIPPED)
_EQUIVOCAL = 3


def ask(ticket_id: str, step: str, token: str) -> None:
    """Take one step with the customer of a solved ticket, and keep the token that his answer or silence is told to."""
    ticket = store.get(ticket_id)
    if ticket["state"] in store.ENDED:
        machine.tell(token, "ended")
        return
    question = _question(ticket, step)
    said = (ticket.get("question") or {}).get("answer")
    asked = store.change(
        ticket,
        sets={"question": question | {"token": token}, "state": "confirming", **clocks.paused(ticket, clock.now())},
        equal={"round": ticket["round"]} | ({"question.answer": said} if said else {}),
        absent=() if said else ("question.answer",),  # a word that comes at this very moment is not written over
    )
    if asked is None:
        raise RuntimeError("the ticket changed while it was asked about: the step is taken again")
    if "answer" in question:
        closing.pass_on(asked)
        return
    timers.arm(ticket_id, f"{SILENCE}-{ticket['round']}-{question['number']}", clock.parse(question["silent_at"]))
    if step == "call":
        _call(asked)
    else:
        _write(asked)


def _question(ticket: Ticket, step: str) -> dict[str, Any]:
    """The question as it stands after this step: the same if the step is taken again, else the next message of it."""
    before = ticket.get("question")
    if not before or before["round"] != ticket["round"]:
        return _next(ticket, step, number=1, failed=(), tried=())
    answered = before.get("answer", {}).get("outcome")
    if answered in closing.WORDS or (before["step"] == step and answered != "unreached"):
        return {name: value for name, value in before.items() if name != "token"}
    failed, tried = list(before["failed"]), list(before["tried"])
    if answered == "unreached":
        failed.append(before["channel"])
    return _next(ticket, step, number=before["number"] + 1, failed=failed, tried=tried)


def _next(ticket: Ticket, step: str, *, number: int, failed: Sequence[str], tried: Sequence[str]) -> dict[str, Any]:
    hours, now = configuration.get().closure, clock.now()
    silence = {
        "question": hours.reminder_hours[0],
        "reminder_1": hours.reminder_hours[1],
        "reminder_2": hours.call_hours,
        "call": hours.give_up_hours,
    }[step]
    return {
        "round": ticket["round"],
        "step": step,
        "number": number,
        "cause": closing.cause(ticket["ticket_id"], ticket["round"], number),
        "asked_at": clock.iso(now),
        "silent_at": clock.iso(now + timedelta(hours=silence)),
        "failed": list(failed),
        "tried": list(tried),
    }


def _write(ticket: Ticket) -> None:
    """Send the step's message over the next channel: one not used yet, else any that has not failed."""
    question = ticket["question"]
    if "channel" in question:  # it was sent when this step was taken before
        _look_later(ticket)
        return
    said = _sent(ticket) or _say(ticket, {*question["failed"], *question["tried"]})
    if said.channel is None and question["tried"]:
        said = _say(ticket, set(question["failed"]))
    entry = f"asked-{ticket['round']}-{question['number']}"
    if said.channel is None:
        store.note(ticket, entry, "not_reachable", step=question["step"], reason=said.why)
        _end_step(ticket, "unreachable")
        return
    sets = {"question.channel": said.channel, "question.tried": [*question["tried"], said.channel]}
    event = "asked" if question["step"] == "question" else "reminded"
    store.change(
        ticket,
        states=("confirming",),
        entry=(entry, event),
        sets=sets,
        equal={"question.cause": question["cause"]},
        channel=said.channel,
        why=said.why,
        cause=question["cause"],
    )
    _look_later(ticket)


def _sent(ticket: Ticket) -> Said | None:
    """The step's message if it went out, which may not have been noted, whatever has become of it since."""
    sent = _in_the_ledger(ticket)
    return Said(text(sent, "channel"), text(sent, "why") or "") if sent else None


def _look_later(ticket: Ticket) -> None:
    """See after the configured minutes whether the message has proven not to arrive."""
    look_at = clock.now() + timedelta(minutes=configuration.get().closure.look_minutes)
    timers.arm(ticket["ticket_id"], f"{LOOK}-{ticket['round']}-{ticket['question']['number']}", look_at)


def _say(ticket: Ticket, not_channels: set[str]) -> Said:
    question = ticket["question"]
    return say(
        ticket["customer_id"],
        cause=question["cause"],
        script_id=SCRIPTS[question["step"]],
        purpose="service",
        values={"ticket_id": ticket["ticket_id"]},
        equivocal=_EQUIVOCAL,
        not_channels=sorted(not_channels),
        question="closure",
        subject=ticket["ticket_id"],
    )


def was_put(ticket: Ticket) -> bool:
    """Whether the question that is open has gone out: as a message, or as the item of a call."""
    question = ticket["question"]
    return "channel" in question or (question["step"] == "call" and bool(items.read([_call_id(ticket)])))


def _call_id(ticket: Ticket) -> str:
    return f"call-{ticket['ticket_id']}-{ticket['round']}"


def _call(ticket: Ticket) -> None:
    """Have the customer called: an item of the ticket's own unit; the state machine waits for his word, not for it."""
    question, work_id = ticket["question"], _call_id(ticket)
    due = clock.now() + timedelta(hours=configuration.get().work.due_hours["call"])
    reason = "no answer to the closure question"
    made = locker.item(ticket, "call", work_id, unit=ticket["unit"], reason=reason, due_at=clock.iso(due))
    store.change(  # before the item is there, so that it can be withdrawn whatever happens
        ticket,
        states=("confirming",),
        entry=(f"asked-{ticket['round']}-{question['number']}", "call_wanted"),
        sets={f"items.{work_id}": "call"},
        work_id=work_id,
    )
    items.enter([made | {"question": "closure", "cause": question["cause"], "script": CALL_SCRIPT}])


def silent(ticket: Ticket, round_: int, number: int) -> None:
    """The time of a question is over: if it is still the open one and nobody answered, its step ends in silence."""
    question = ticket.get("question") or {}
    if (question.get("round"), question.get("number")) != (round_, number):
        return
    if clock.iso(clock.now()) >= question["silent_at"]:
        _end_step(ticket, "silent")


def look(ticket: Ticket, round_: int, number: int) -> None:
    """A message that has proven not to reach the customer ends its step, so that the next channel is tried."""
    question = ticket.get("question") or {}
    if (question.get("round"), question.get("number")) != (round_, number) or "channel" not in question:
        return
    sent = _in_the_ledger(ticket)
    if sent and sent["status"]["S"] in _NOT_REACHED:
        store.note(ticket, f"failed-{round_}-{number}", "message_failed", channel=question["channel"])
        _end_step(ticket, "unreached")


def _in_the_ledger(ticket: Ticket) -> dict[str, Any] | None:
    """The message of the question that is open, once the sender has taken it up."""
    place = ticket["customer_id"], ticket["question"]["cause"]
    return ledger.read([place], ("status", "channel", "why")).get(place)


def _end_step(ticket: Ticket, outcome: str) -> None:
    ended = store.change(
        ticket,
        states=("confirming",),
        sets={"question.answer": {"outcome": outcome, "at": clock.iso(clock.now())}},
        equal={"question.cause": ticket["question"]["cause"]},
        absent=("question.answer",),
    )
    closing.pass_on(ended or store.get(ticket["ticket_id"]))
