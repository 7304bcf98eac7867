"""The steps of a complaint, taken one after the other as a state machine would take them, each of them twice."""

from __future__ import annotations

from typing import Any

import pytest

from caring import clock
from caring.conversation import Said
from caring.messages import ledger
from caring.messages import status as st
from caring.nps import episodes
from caring.tickets import asking, closing, ending, intake, locker, sent, steps, store, timers
from caring.work import completing, items
from tests.caring.tickets.conftest import CUSTOMER, Desk


@pytest.fixture
def timed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What was armed, by name; what was said; whether anybody can be reached."""
    seen: dict[str, Any] = {"armed": {}, "said": {}, "channels": ["whatsapp", "sms"], "ended": []}
    monkeypatch.setattr(timers, "arm", lambda ticket_id, what, at: seen["armed"].update({what: at}))
    monkeypatch.setattr(timers, "disarm", lambda ticket_id, what: seen["armed"].pop(what, None))
    monkeypatch.setattr(episodes, "ended", lambda *given, **more: seen["ended"].append(more["event_id"]))

    def say(customer_id: str, *, cause: str, not_channels: Any, **_: Any) -> Said:
        channel = next((c for c in seen["channels"] if c not in not_channels), None)
        if channel and cause not in seen["said"]:  # once for its cause, as the ledger has it
            seen["said"][cause] = channel
            ledger.insert([ledger.Entry(customer_id, cause, channel, st.ACCEPTED)], "a claim")
        return Said(seen["said"].get(cause), "why")

    monkeypatch.setattr(asking, "say", say)
    return seen


def opened(desk: Desk) -> str:
    return intake.open_ticket(CUSTOMER, source="walk_in", text="internet lambat", category="fault", event_id="e1")


def twice(action: Any, *arguments: Any) -> Any:
    action(*arguments)
    return action(*arguments)


def complete(work_id: str, **said: Any) -> None:
    twice(completing.complete, work_id, said, "officer")


def solve(ticket_id: str, round_: int = 1) -> None:
    twice(locker.give, ticket_id, f"unit{round_}")
    complete(f"ticket_work-{ticket_id}-{round_}", outcome="solved", note="modem diganti")


def say_yes(desk: Desk, word: str, event_id: str, round_: int = 1, number: int = 1) -> None:
    ticket = desk.ticket()
    closing.answer(
        ticket["ticket_id"],
        word,  # type: ignore[arg-type]
        customer_id=CUSTOMER,
        cause=sent.cause(ticket["ticket_id"], round_, number),
        event_id=event_id,
        channel="whatsapp",
        at=clock.now(),
    )


def test_solved_and_confirmed(desk: Desk, timed: dict[str, Any]) -> None:
    ticket_id = opened(desk)
    assert twice(steps.take, ticket_id, "stand") == {"outcome": "unit"}
    solve(ticket_id)
    assert desk.told[-1] == ("unit1", "solved")
    twice(asking.ask, ticket_id, "question", "ask1")
    assert desk.ticket()["state"] == "confirming"
    assert "silence-1-1" in timed["armed"]
    say_yes(desk, "yes", "m1")
    assert desk.told[-1] == ("ask1", "yes")
    assert twice(steps.take, ticket_id, "close") == {"outcome": "closed"}
    ticket = desk.ticket()
    assert (ticket["state"], ticket["closed_by_message"], ticket["reopened"]) == ("closed", "m1", 0)
    assert desk.customer()["open_tickets"] == 0
    assert desk.events() == ["opened", "given_to_unit", "solved", "asked", "answered", "closed"]
    assert "going_on" not in ticket


def test_refused_and_reopened(desk: Desk, timed: dict[str, Any]) -> None:
    ticket_id = opened(desk)
    solve(ticket_id)
    before = desk.ticket()["deadline"]
    asking.ask(ticket_id, "question", "ask1")
    desk.later(hours=5)
    say_yes(desk, "no", "m1")
    assert twice(steps.take, ticket_id, "reopen") == {"outcome": "unit"}
    ticket = desk.ticket()
    assert (ticket["state"], ticket["round"], ticket["reopened"]) == ("in_locker", 2, 1)
    assert clock.parse(ticket["deadline"]) - clock.parse(before) == desk.now - clock.parse("2026-11-24T03:00:00Z")


def test_silent_to_the_end(desk: Desk, timed: dict[str, Any]) -> None:
    ticket_id = opened(desk)
    solve(ticket_id)
    for number, step in enumerate(asking.STEPS, 1):
        twice(asking.ask, ticket_id, step, f"ask{number}")
        steps.fire(ticket_id, f"silence-1-{number}")  # too early: nothing happens
        desk.now = timed["armed"][f"silence-1-{number}"]
        twice(steps.fire, ticket_id, f"silence-1-{number}")
        assert desk.told[-1] == (f"ask{number}", "silent")
    assert list(timed["said"].values()) == ["whatsapp", "sms", "whatsapp"]
    assert twice(steps.take, ticket_id, "close_unanswered") == {"outcome": "closed_without_answer"}
    assert items.get(f"call-{ticket_id}-1")["outcome"] == "withdrawn"


def test_two_units_of_which_one_is_late(desk: Desk, timed: dict[str, Any]) -> None:
    ticket_id = opened(desk)
    locker.give(ticket_id, "unit1")
    complete(f"ticket_work-{ticket_id}-1", outcome="needs_unit", units=["field", "network"], request="cek kabel")
    assert twice(steps.take, ticket_id, "collaborate") == {"outcome": "others", "units": ["field", "network"]}
    for unit in ("field", "network"):
        twice(locker.give, ticket_id, f"token-{unit}", unit)
    complete(f"collaborate-{ticket_id}-1-field", outcome="done", note="ok")
    desk.now = timed["armed"]["late-1-network"]
    twice(steps.fire, ticket_id, "late-1-network")
    assert items.get(f"escalation-{ticket_id}-late-1-network")["state"] == "open"
    assert desk.ticket()["state"] == "in_collaboration"
    complete(f"collaborate-{ticket_id}-1-network", outcome="done")
    assert twice(steps.take, ticket_id, "analyse") == {"outcome": "ask"}


def test_nobody_can_be_reached_and_the_call_brings_the_yes(desk: Desk, timed: dict[str, Any]) -> None:
    timed["channels"] = []
    ticket_id = opened(desk)
    solve(ticket_id)
    asking.ask(ticket_id, "question", "ask1")
    assert desk.told[-1] == ("ask1", "unreachable")
    twice(asking.ask, ticket_id, "call", "ask2")
    complete(f"call-{ticket_id}-1", outcome="answered", answer="yes", note="sudah normal")
    assert desk.told[-1] == ("ask2", "yes")
    steps.take(ticket_id, "close")
    assert desk.ticket()["closed_by"] == "call"


def test_a_high_value_customers_breach(desk: Desk, timed: dict[str, Any]) -> None:
    desk.add(segment="HVC")
    ticket_id = opened(desk)
    steps.take(ticket_id, "stand")
    locker.give(ticket_id, "unit1")
    desk.now = timed["armed"]["warn"]
    twice(steps.fire, ticket_id, "warn")
    assert (desk.ticket()["warned"], desk.ticket()["breached"]) == (True, False)
    desk.now = timed["armed"]["breach"]
    twice(steps.fire, ticket_id, "breach")
    assert desk.ticket()["breached"]
    assert items.get(f"ticket_work-{ticket_id}-1")["warned"]
    assert items.get(f"escalation-{ticket_id}-breach")["unit"] == "sccd"


def test_a_late_no_opens_the_ticket_again_with_a_new_execution(desk: Desk, timed: dict[str, Any]) -> None:
    ticket_id = opened(desk)
    solve(ticket_id)
    asking.ask(ticket_id, "question", "ask1")
    ending.end(store.get(ticket_id), "closed_without_answer")
    twice(say_yes, desk, "no", "m9")
    assert (desk.ticket()["state"], desk.ticket()["reopened"]) == ("in_locker", 1)
    assert list(dict.fromkeys(desk.started)) == [ticket_id, f"{ticket_id}-1"]  # a name is good for one execution
    assert desk.customer()["open_tickets"] == 1
