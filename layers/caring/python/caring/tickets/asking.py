"""Asking the customer whether his complaint may be closed: the question, two reminders, then a call.

A message that is seen to fail makes way for the next channel. The token of the step lies with the ticket before
anything is sent, so an answer can never come before the place to which it belongs; what comes of it, `waiting` sees.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from caring import clock, configuration
from caring.conversation import Said, say
from caring.customers.model import text
from caring.messages import ledger
from caring.tickets import clocks, closing, locker, machine, sent, store, waiting
from caring.tickets.store import Ticket
from caring.work import handling, items

STEPS = ("question", "reminder_1", "reminder_2", "call")
SCRIPTS = {"question": "closure-question", "reminder_1": "closure-reminder", "reminder_2": "closure-reminder"}
CALL_SCRIPT = "closure-call"
_EQUIVOCAL = 3


def ask(ticket_id: str, step: str, token: str) -> None:
    """Take one step with the customer of a solved ticket, and keep the token that his answer or silence is told to."""
    ticket, messages = sent.noted(store.get(ticket_id))
    if ticket["state"] in store.ENDED:
        machine.tell(token, "ended")
        return
    failed = [message["channel"] for message in messages.values() if sent.did_not_reach(message)]
    question = _question(ticket, step, failed)
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
    if step == "call":
        waiting.silent_at(asked, clock.parse(question["silent_at"]))
        _call(asked)
    else:
        waiting.look_at(asked, clock.now() + timedelta(minutes=configuration.get().closure.leave_minutes))
        _write(asked)


def _question(ticket: Ticket, step: str, failed: Sequence[str]) -> dict[str, Any]:
    """The question as it stands after this step: the same if the step is taken again, else the next message of it."""
    before = ticket.get("question")
    if not before or before["round"] != ticket["round"]:
        return _next(ticket, step, number=1, failed=(), tried=())
    answered = before.get("answer", {}).get("outcome")
    if answered in closing.WORDS or (before["step"] == step and answered != "unreached"):
        return {name: value for name, value in before.items() if name != "token"}
    known = dict.fromkeys([*before["failed"], *failed])
    return _next(ticket, step, number=before["number"] + 1, failed=list(known), tried=before["tried"])


def _next(ticket: Ticket, step: str, *, number: int, failed: Sequence[str], tried: Sequence[str]) -> dict[str, Any]:
    now = clock.now()
    question = {
        "round": ticket["round"],
        "step": step,
        "number": number,
        "cause": sent.cause(ticket["ticket_id"], ticket["round"], number),
        "put_at": clock.iso(now),
        "failed": list(failed),
        "tried": list(tried),
    }
    # A call is put by its item; a message once it has left, which may be hours later.
    return question | ({"silent_at": clock.iso(now + sent.silence(step))} if step == "call" else {})


def _write(ticket: Ticket) -> None:
    """Send the step's message over the next channel: one not used yet, else any that has not failed."""
    question = ticket["question"]
    if "channel" not in question:
        standing = _standing(ticket)
        said = standing or _say(ticket, {*question["failed"], *question["tried"]})
        if said.channel is None and question["tried"]:
            said = _say(ticket, set(question["failed"]))
        if said.channel is None:
            entry = f"asked-{ticket['round']}-{question['number']}"
            store.note(ticket, entry, "not_reachable", step=question["step"], reason=said.why)
            waiting.end_step(ticket, "unreachable")
            return
        written = store.change(
            ticket,
            states=("confirming",),
            sets={"question.channel": said.channel, "question.tried": [*question["tried"], said.channel]},
            equal={"question.cause": question["cause"]},
            absent=("question.channel", "question.answer"),
        )
        if written and not standing:
            waiting.begin(written)
            return
        ticket = written or store.get(ticket["ticket_id"])
    waiting.look(ticket, question["round"], question["number"])


def _standing(ticket: Ticket) -> Said | None:
    """The step's message if the sender has it, which may not have been noted, whatever has become of it since."""
    place = ticket["customer_id"], ticket["question"]["cause"]
    sent_ = ledger.read([place], ("channel", "why")).get(place)
    return Said(text(sent_, "channel"), text(sent_, "why") or "") if sent_ else None


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
    return "channel" in question or (question["step"] == "call" and bool(items.read([locker.call_id(ticket)])))


def _call(ticket: Ticket) -> None:
    """Have the customer called: an item of the ticket's own unit; the state machine waits for his word, not for it."""
    question, work_id = ticket["question"], locker.call_id(ticket)
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
    stands = store.get(ticket["ticket_id"])
    if (stands["state"], stands["round"]) != ("confirming", ticket["round"]):  # his word came, or his data are erased
        handling.withdraw([work_id], "the complaint has moved on")
