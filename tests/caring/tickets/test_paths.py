"""Every way through the complaint's state machine, walked with the real functions: which states ran, in what order.

A state, or a way from one to another, that no scenario walks fails the suite.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from caring.tickets import ending, steps
from tests.caring.runs import world as runs
from tests.caring.tickets.world import CUSTOMER, DEFINITION, World, living
from tests.machine import Machine

Scenario = Callable[[World], list[str]]

ASK = {
    "question": ["AskCustomer", "WhatSaysTheCustomer"],
    "reminder_1": ["RemindCustomer", "AfterTheFirstReminder"],
    "reminder_2": ["RemindAgain", "AfterTheSecondReminder"],
    "call": ["CallCustomer", "AfterTheCall"],
}
ORDER = list(ASK)
BEGIN = ["SeeWhereItStands", "WhereDoesItStand"]
UNIT = ["WorkInUnit", "WhatSaysTheUnit"]
OTHERS = ["NameOtherUnits", "WorkInOtherUnits", "WorkInOtherUnit", "Analyse", "IsItMended"]
CHOICES = [name for name, state in DEFINITION["States"].items() if state["Type"] == "Choice"]


def until(step: str) -> list[str]:
    """The states up to a step with the customer, the steps before it unanswered."""
    return [*BEGIN, *UNIT, *(name for one in ORDER[: ORDER.index(step) + 1] for name in ASK[one])]


def come_to(world: World, step: str) -> None:
    """A solved ticket, whose customer said nothing before this step."""
    world.complain()
    world.complete("ticket_work", outcome="solved")
    for before in ORDER[: ORDER.index(step)]:
        world.silence(before)


def lose(world: World) -> None:
    """The execution is gone; a sweep begins another where the ticket stands."""
    name = list(world.states.executions)[-1]
    world.states.stop_execution(executionArn=name)
    assert world.sweep() == {"restarted": 1}


def confirmed(world: World, step: str) -> list[str]:
    come_to(world, step)
    world.say("yes", "m1")
    world.end("closed")
    assert world.ticket()["closed_by_message"] == "m1"
    return [*until(step), "Close", "Closed"]


def refused(world: World, step: str) -> list[str]:
    come_to(world, step)
    world.say("no", "m1")
    assert world.ticket()["reopened"] == 1
    world.complete("ticket_work", outcome="not_valid")
    world.say("yes", "m2")
    world.end("closed")
    return [*until(step), "Reopen", *UNIT, *ASK["question"], "Close", "Closed"]


def silent_to_the_end(world: World) -> list[str]:
    come_to(world, "call")
    world.silence("call")
    world.end("closed_without_answer")
    (call,) = [item for item in world.items() if item["kind"] == "call"]
    assert call["outcome"] == "withdrawn"
    return [*until("call"), "CloseUnanswered", "DidAWordComeYet", "ClosedWithoutAnswer"]


def a_word_of_the_last_moment(world: World, word: str) -> list[str]:
    world.before["close_unanswered"] = lambda: world.answer(word, "m1")
    come_to(world, "call")
    world.silence("call")
    end = ["Close", "Closed"] if word == "yes" else ["Reopen", "WorkInUnit"]
    return [*until("call"), "CloseUnanswered", "DidAWordComeYet", *end]


def a_no_after_the_end(world: World) -> list[str]:
    silent_to_the_end(world)
    world.say("no", "m1")
    assert list(world.states.executions) == [world.ticket()["ticket_id"], f"{world.ticket()['ticket_id']}-1"]
    world.complete("ticket_work", outcome="solved")
    world.say("yes", "m2")
    world.end("closed")
    return [*until("question"), "Close", "Closed"]


def not_reached(world: World, step: str) -> list[str]:
    """The message of this step fails, and the same step is taken over another channel."""
    if step == "question":
        world.fails = {"whatsapp"}
        come_to(world, step)
    else:
        before = ORDER[ORDER.index(step) - 1]
        come_to(world, before)
        world.fails = {_next_channel(world)}
        world.silence(before)
    world.wait(minutes=30)
    (failed,) = world.fails
    assert [channel for _, channel in world.said[-2:]] == [failed, world.ticket()["question"]["channel"]]
    assert world.ticket()["question"]["channel"] != failed
    world.say("yes", "m1")
    return [*until(step), *ASK[step], "Close", "Closed"]


def _next_channel(world: World) -> str:
    """What has not been tried yet: first e-mail, which is richer than SMS."""
    return "sms" if "email" in {channel for _, channel in world.said} else "email"


def not_reachable(world: World, step: str) -> list[str]:
    nobody = {f"consent_{channel}": False for channel in ("whatsapp", "sms", "email")}
    if step == "question":
        world.add(**nobody, **_counted(world))
        come_to(world, step)
    else:
        before = ORDER[ORDER.index(step) - 1]
        come_to(world, before)
        world.add(**nobody, **_counted(world))
        world.silence(before)
    world.complete("call", outcome="answered", answer="yes")
    world.end("closed")
    assert world.ticket()["closed_by"] == "call"
    return [*until(step), *ASK["call"], "Close", "Closed"]


def _counted(world: World) -> dict[str, Any]:
    """What the customer's item says of his tickets."""
    there = world.dynamodb.tables["customers"][CUSTOMER,]
    return {"open_tickets": int(there["open_tickets"]["N"])} if "open_tickets" in there else {}


def two_units_of_which_one_is_late(world: World) -> list[str]:
    world.complain()
    world.complete("ticket_work", outcome="needs_unit", units=["field", "network"], request="cek kabel")
    world.complete("collaborate", "field", outcome="done")
    world.wait(hours=30)
    assert [item["work_id"].rpartition("-")[2] for item in world.items("open") if item["kind"] == "escalation"]
    assert world.ticket()["state"] == "in_collaboration"
    world.complete("collaborate", "network", outcome="done")
    world.say("yes", "m1")
    others = [*OTHERS[:2], "WorkInOtherUnit", "WorkInOtherUnit", *OTHERS[3:]]
    return [*BEGIN, *UNIT, *others, *ASK["question"], "Close", "Closed"]


def a_unit_that_cannot(world: World) -> list[str]:
    world.complain()
    world.complete("ticket_work", outcome="needs_unit", units=["network"], request="cek kabel")
    world.complete("collaborate", outcome="not_possible", note="di luar jangkauan")
    (again,) = world.items("open")
    assert [one["note"] for one in again["answers"]] == ["di luar jangkauan"]
    world.complete("ticket_work", outcome="solved")
    world.say("yes", "m1")
    return [*BEGIN, *UNIT, *OTHERS, *UNIT, *ASK["question"], "Close", "Closed"]


def lost_in_its_unit(world: World) -> list[str]:
    world.complain()
    lose(world)
    world.complete("ticket_work", outcome="solved")
    world.say("yes", "m1")
    return [*BEGIN, *UNIT, *ASK["question"], "Close", "Closed"]


def lost_with_other_units(world: World) -> list[str]:
    world.complain()
    world.complete("ticket_work", outcome="needs_unit", units=["network"], request="cek kabel")
    lose(world)
    world.complete("collaborate", outcome="done")
    world.say("yes", "m1")
    return [*BEGIN, *OTHERS, *ASK["question"], "Close", "Closed"]


def lost_with_the_customer(world: World, step: str) -> list[str]:
    come_to(world, step)
    world.wait(minutes=2)  # until it was seen that it has left
    said = len(world.said)
    lose(world)
    world.say("yes", "m1")
    assert len(world.said) - said <= 1, "he is not asked again, but perhaps for a score"
    return [*BEGIN, *ASK[step], "Close", "Closed"]


def ended_before_it_begins(world: World) -> list[str]:
    world.before["stand"] = lambda: end_behind(world)
    world.complain()
    return [*BEGIN, "NothingLeft"]


def ended_before_its_unit_has_it(world: World) -> list[str]:
    world.before["give_work"] = lambda: end_behind(world)
    world.complain()
    return [*BEGIN, *UNIT, "NothingLeft"]


def ended_before_the_customer_is_asked(world: World, step: str) -> list[str]:
    world.before[step] = lambda: end_behind(world)
    world.complain()
    world.complete("ticket_work", outcome="solved")
    for before in ORDER[: ORDER.index(step)]:
        world.silence(before)
    return [*until(step), "NothingLeft"]


def end_behind(world: World) -> None:
    """Another execution has ended the ticket."""
    ending.end(world.ticket(), "closed_without_answer")


def of_each(made: Callable[[World, str], list[str]], *steps_: str) -> Iterator[tuple[str, Scenario]]:
    for step in steps_:
        yield f"{made.__name__}: {step}", lambda world, step=step: made(world, step)  # type: ignore[misc]


SCENARIOS: dict[str, Scenario] = {
    **{
        made.__name__: made
        for made in (
            silent_to_the_end,
            a_no_after_the_end,
            two_units_of_which_one_is_late,
            a_unit_that_cannot,
            lost_in_its_unit,
            lost_with_other_units,
            ended_before_it_begins,
            ended_before_its_unit_has_it,
        )
    },
    **dict(of_each(confirmed, *ORDER)),
    **dict(of_each(refused, *ORDER)),
    **dict(of_each(not_reached, *ORDER[:3])),
    **dict(of_each(not_reachable, *ORDER[:3])),
    **dict(of_each(lost_with_the_customer, *ORDER)),
    **dict(of_each(ended_before_the_customer_is_asked, *ORDER)),
    **dict(of_each(a_word_of_the_last_moment, "yes", "no")),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_goes_its_way(world: World, name: str) -> None:
    assert SCENARIOS[name](world) == world.states_of()


@pytest.mark.parametrize("choice", CHOICES)
def test_an_answer_that_no_way_knows_fails_the_execution(choice: str) -> None:
    machine = Machine(lambda *_: None, print, "e", DEFINITION | {"StartAt": choice}, retries=True)
    machine.start({"ticket_id": "t", "step": {"outcome": "?"}})
    assert (machine.end, machine.failed) == ("UnknownAnswer", True)


def test_no_state_and_no_way_is_left_unwalked() -> None:
    walked: set[tuple[str, str]] = set()
    for scenario in SCENARIOS.values():
        with pytest.MonkeyPatch.context() as patch:
            world = living(patch, World())
            scenario(world)
            walked |= {way for machine in world.states.executions.values() for way in machine.ways}
        runs.forget()
    assert ways(DEFINITION) - walked == {(choice, "UnknownAnswer") for choice in CHOICES}


def ways(machine: dict[str, Any]) -> set[tuple[str, str]]:
    """Every way from one state to another that the definition has; the first comes from nowhere."""
    found = {("", machine["StartAt"])}
    for name, state in machine["States"].items():
        following = [state.get("Next"), state.get("Default"), *(rule["Next"] for rule in state.get("Choices", ()))]
        found |= {(name, one) for one in following if one}
        if "ItemProcessor" in state:
            found |= ways(state["ItemProcessor"])
    return found


def test_a_function_that_keeps_failing_fails_the_execution_and_the_sweep_begins_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Any) -> Any:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setitem(steps._STEPS, "stand", broken)
        world.complain()
        (execution,) = world.states.executions
        assert world.states.status(execution) == "FAILED"
        assert [world.sweep() for _ in range(4)] == [*([{"restarted": 1}] * 3), {"stuck": 1}]
    assert world.sweep() == {"stuck": 1}, "a person has to see to it"
