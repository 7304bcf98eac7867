"""Waiting for a customer who was asked: until his message has left, until it fails, until he has been silent.

All of it looks at the ticket and the ledger first, so it may be done at any moment, and as often as one likes. What
has not left is waited for as long as the hours hold it back, and then for the configured hours; then a person calls.
"""

from datetime import datetime, timedelta

from caring import clock, configuration
from caring.conversation import holding
from caring.messages import status as st
from caring.tickets import closing, locker, sent, store, timers
from caring.tickets.store import Ticket
from caring.work import items

SILENCE, LOOK = "silence", "look"  # begin the timers of a question
_HELD_LONG = "it could not leave for too long: a person calls instead"
_NEVER_ASKED = "he was never asked: no message went out, and nobody has called him"


def begin(ticket: Ticket) -> None:
    """A message was put on its queue, and will be looked at: what is known to hold it back is told at once."""
    if held := holding.held(ticket["customer_id"], ticket["question"]["channel"], "service"):
        _wait_while(ticket, held)


def look(ticket: Ticket, round_: int, number: int) -> None:
    """See what has become of a question's message: left, held, or failed, so that the next channel is tried."""
    if not _is_open(ticket, round_, number) or ticket["question"]["step"] == "call":
        return
    ticket, messages = sent.noted(ticket)
    if not _is_open(ticket, round_, number):
        return
    message = messages.get(number)
    if message is None or message["status"] == st.PENDING:
        _wait_for_it_to_leave(ticket)
    elif sent.was_withdrawn(message):
        _give_up_writing(ticket)
    elif sent.did_not_reach(message):
        end_step(ticket, "unreached")
    else:
        _wait_for_an_answer(ticket)


def silent(ticket: Ticket, round_: int, number: int) -> None:
    """The time of a question is over: if it is still the open one and nobody answered, its step ends."""
    if not _is_open(ticket, round_, number):
        return
    if ticket["question"]["step"] == "call":
        _after_the_call(ticket)
        return
    ticket, messages = sent.noted(ticket)
    over = ticket["question"].get("silent_at") if _is_open(ticket, round_, number) else None
    if over is not None and over <= clock.iso(clock.now()):  # what has not left is no silence of his
        end_step(ticket, "unreached" if sent.did_not_reach(messages[number]) else "silent")


def _is_open(ticket: Ticket, round_: int, number: int) -> bool:
    """Whether this is the question that stands, and has no answer; one that it has is told again."""
    question = ticket.get("question") or {}
    if (question.get("round"), question.get("number")) != (round_, number) or ticket["state"] != "confirming":
        return False
    if "answer" in question:  # who wrote it may have died before it was told
        closing.pass_on(ticket)
    return "answer" not in question


def end_step(ticket: Ticket, outcome: str) -> None:
    """End the step of the open question by no word of the customer's, and tell the state machine."""
    ended = store.change(
        ticket,
        states=("confirming",),
        sets={"question.answer": {"outcome": outcome, "at": clock.iso(clock.now())}},
        equal={"question.cause": ticket["question"]["cause"]},
        absent=("question.answer",),
    )
    closing.pass_on(ended or store.get(ticket["ticket_id"]))


def look_at(ticket: Ticket, at: datetime) -> None:
    """Have the open question's message looked at, at a moment."""
    timers.arm(ticket["ticket_id"], f"{LOOK}-{ticket['round']}-{ticket['question']['number']}", at)


def silent_at(ticket: Ticket, at: datetime) -> None:
    """Have the time of the open question end at a moment."""
    timers.arm(ticket["ticket_id"], f"{SILENCE}-{ticket['round']}-{ticket['question']['number']}", at)


def _wait_for_an_answer(ticket: Ticket) -> None:
    """It has left: his silence counts, and once more it is looked at whether it failed."""
    question = ticket["question"]
    silent_at(ticket, clock.parse(question["silent_at"]))
    again = clock.parse(question["sent_at"]) + timedelta(minutes=configuration.get().closure.look_minutes)
    if again > clock.now():
        look_at(ticket, again)


def _wait_for_it_to_leave(ticket: Ticket) -> None:
    """It has not left: say why, and look again; after too long it is taken back, and a person calls."""
    question, now, hours = ticket["question"], clock.now(), configuration.get().closure
    put_at = clock.parse(question["put_at"])
    since = clock.parse(question["held_until"]) if "held_until" in question else put_at
    leave, late = timedelta(minutes=hours.leave_minutes), timedelta(minutes=hours.look_minutes)
    # The longer it lies, the seldomer it is looked at: what has left late is known by the ledger's time anyway.
    lies = max(leave, min(now - since, 3 * late))
    if "channel" not in question:  # the step that writes it is still at it, or died there and is taken again
        look_at(ticket, now + lies)
        return
    held = holding.held(ticket["customer_id"], question["channel"], "service")
    if held and held.until:
        _wait_while(ticket, held)
        return
    given_up = max(put_at + timedelta(hours=hours.held_hours), since + late)
    if now >= given_up and holding.withdraw(ticket["customer_id"], question["cause"], question["channel"], _HELD_LONG):
        _give_up_writing(ticket)
        return
    if held or now >= since + late:
        _tell_held(ticket, held.kind if held else "queue", held.why if held else "it still lies on its queue")
    look_at(ticket, max(now + leave, min(now + lies, given_up)))


def _wait_while(ticket: Ticket, held: holding.Held) -> None:
    """Say what holds a message back, and look again when it should have left."""
    _tell_held(ticket, held.kind, held.why, held.until)
    leave = timedelta(minutes=configuration.get().closure.leave_minutes)
    look_at(ticket, (held.until or clock.now()) + leave)


def _tell_held(ticket: Ticket, kind: str, why: str, until: datetime | None = None) -> None:
    """Have the history say once for each reason that a message waits."""
    question, opens = ticket["question"], clock.iso(until) if until else None
    name = f"held-{ticket['round']}-{question['number']}-{kind}"
    known = name in ticket["history"]
    if known and opens in (None, question.get("held_until")):
        return
    store.change(
        ticket,
        states=("confirming",),
        entry=None if known else (name, "question_held"),
        sets={"question.held_until": opens} if opens else {},
        equal={"question.cause": question["cause"]},
        step=question["step"],
        channel=question["channel"],
        why=why,
        until=opens,
    )


def _give_up_writing(ticket: Ticket) -> None:
    """It was taken back before it left: the history says so, and the customer is called."""
    question, name = ticket["question"], f"unsent-{ticket['round']}-{ticket['question']['number']}"
    if name not in ticket["history"]:
        about = {"step": question["step"], "channel": question["channel"], "why": _HELD_LONG}
        store.note(ticket, name, "question_not_sent", **about)
    end_step(ticket, "unreachable")


def _after_the_call(ticket: Ticket) -> None:
    """The time for the call is over, unless he is to be called yet, or was neither written to nor called."""
    now, until = clock.now(), clock.parse(ticket["question"]["silent_at"])
    (call,) = items.read([locker.call_id(ticket)]) or [{}]
    tried = call.get("last_try")
    if tried and call["state"] != "done":  # another try is agreed, or set by rule: until it should be done
        until = max(until, clock.parse(call["due_at"]))
    if now < until:
        silent_at(ticket, until)
        return
    ticket, _ = sent.noted(ticket)
    if not tried and not sent.reached_somehow(ticket):
        locker.escalate(ticket, f"uncalled-{ticket['round']}", _NEVER_ASKED)
        if f"uncalled-{ticket['round']}" not in ticket["history"]:
            store.note(ticket, f"uncalled-{ticket['round']}", "never_asked", why=_NEVER_ASKED)
        silent_at(ticket, now + sent.silence("call"))
        return
    end_step(ticket, "silent")
