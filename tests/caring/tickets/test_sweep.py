"""What the sweep finds and mends, what it leaves alone, and the timers that usually make it superfluous."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from caring.errors import CaringError
from caring.messages import status as st
from caring.tickets import asking, ending, steps, store, sweep, timers, waiting
from caring.typed import typed
from functions.sweep_tickets.handler import handler
from tests.caring.tickets.test_paths import come_to
from tests.caring.tickets.world import CUSTOMER, World
from tests.emulator import lambda_context


def lost_schedules(world: World) -> None:
    world.scheduler.schedules.clear()


def execution(world: World) -> str:
    return list(world.states.executions)[-1]


def by_hand(*ticket_ids: str) -> dict[str, str]:
    return dict(handler({"restart": list(ticket_ids)}, lambda_context()))


def test_a_ticket_that_is_waited_for_is_left_alone(world: World) -> None:
    world.complain()
    assert [world.sweep() for _ in range(2)] == [{"fine": 1}] * 2
    assert len(world.states.executions) == 1


def test_a_ticket_that_was_just_touched_is_left_alone_even_if_its_execution_is_gone(world: World) -> None:
    world.complain()
    world.states.stop_execution(executionArn=execution(world))
    assert handler({}, lambda_context()) == {"fine": 1}


def test_what_was_done_but_never_told_is_told(world: World) -> None:
    world.complain()
    (item,) = world.items("open")
    table = world.dynamodb.tables["work_items"][item["work_id"],]
    table |= {"state": typed("done"), "outcome": typed("solved"), "done_by": typed("officer")}
    assert world.sweep() == {"told": 1}
    assert world.ticket()["state"] == "confirming"


def test_a_lost_token_begins_a_new_execution_that_ends_the_old(world: World) -> None:
    world.complain()
    (item,) = world.items("open")
    del world.dynamodb.tables["work_items"][item["work_id"],]["token"]
    first = execution(world)
    assert world.sweep() == {"restarted": 1}
    assert (world.states.status(first), world.states.status(execution(world))) == ("ABORTED", "RUNNING")
    world.complete("ticket_work", outcome="solved")
    world.say("yes", "m1")
    assert (world.ticket()["state"], world.ticket()["starts"]) == ("closed", 1)


def test_a_question_that_never_went_out_is_put_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(asking, "_write", lambda _: None)
        come_to(world, "question")
    lost_schedules(world)
    assert not asking.was_put(world.ticket())
    assert world.sweep() == {"restarted": 1}
    assert asking.was_put(world.ticket())
    assert len(world.said) == 1


def test_a_question_that_went_out_and_was_not_noted_is_not_put_again(world: World) -> None:
    come_to(world, "question")
    assert store.change(world.ticket(), drops=("question.channel",))
    assert world.sweep() == {"fine": 1}
    assert asking.was_put(world.ticket())
    assert [entry["event"] for entry in world.ticket()["history"].values()].count("asked") == 1
    assert len(world.said) == 1, "the ledger knows that he has it"


@pytest.mark.parametrize(("hours", "becomes"), [(25, "reminder_1"), (50, "reminder_2")])
def test_a_lost_schedule_of_silence_is_made_good(world: World, hours: int, becomes: str) -> None:
    come_to(world, "question")
    for _ in range(hours // 25):
        lost_schedules(world)
        world.time += timedelta(hours=25)
        world.sweep()
    assert world.ticket()["question"]["step"] == becomes


def test_lost_schedules_of_a_clock_and_of_a_late_unit_are_made_good(world: World) -> None:
    world.complain()
    world.complete("ticket_work", outcome="needs_unit", units=["network"], request="cek kabel")
    lost_schedules(world)
    world.time += timedelta(hours=30)
    assert world.sweep() == {"fine": 1}
    events = {entry["event"] for entry in world.ticket()["history"].values()}
    assert {"warned", "breached", "unit_late"} <= events
    again = [item["work_id"] for item in world.items("open")]
    assert world.sweep() == {"fine": 1}
    assert [item["work_id"] for item in world.items("open")] == again


def test_a_person_starts_again_what_the_sweep_gave_up_and_the_sweep_may_try_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Any) -> Any:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setitem(steps._STEPS, "stand", broken)
        world.complain()
        while world.sweep() != {"stuck": 1}:
            pass
    ticket_id = world.ticket()["ticket_id"]
    assert by_hand() == {ticket_id: "restarted"}
    world.settle()
    assert world.ticket()["restarts"] == 0
    assert by_hand(ticket_id) == {ticket_id: "fine"}
    world.complete("ticket_work", outcome="solved")
    world.say("yes", "m1")
    assert by_hand(ticket_id) == {ticket_id: "ended"}
    assert by_hand() == {}
    with pytest.raises(CaringError):
        by_hand("nothing")


def test_a_sweep_of_many_counts_each(world: World) -> None:
    world.complain()
    world.complain("e2", "tagihan naik", "billing")
    assert world.sweep() == {"fine": 2}
    tickets = sorted(key[0] for key in world.dynamodb.tables["tickets"])
    assert ending.end(store.get(tickets[0]), "closed_without_answer")["state"] == "closed_without_answer"
    assert sum(sweep.sweep().values()) == 1


@pytest.mark.parametrize("status", [st.REJECTED, st.FAILED, st.SKIPPED])
def test_a_message_that_did_not_reach_him_makes_way_for_the_next_channel(world: World, status: str) -> None:
    come_to(world, "question")
    cause = world.ticket()["question"]["cause"]
    world.dynamodb.tables["messages"][CUSTOMER, cause]["status"] = {"S": status}
    world.wait(minutes=25)
    assert [channel for _, channel in world.said] == ["whatsapp", "email"]
    assert (world.ticket()["question"]["failed"], world.ticket()["question"]["number"]) == (["whatsapp"], 2)


@pytest.mark.parametrize("status", [st.ACCEPTED, st.DELIVERED, st.READ, st.UNKNOWN, st.SENDING])
def test_a_message_that_may_have_reached_him_is_waited_for(world: World, status: str) -> None:
    come_to(world, "question")
    cause = world.ticket()["question"]["cause"]
    world.dynamodb.tables["messages"][CUSTOMER, cause]["status"] = {"S": status}
    world.wait(hours=20)
    assert len(world.said) == 1


def test_a_look_at_an_earlier_question_changes_nothing(world: World) -> None:
    world.fails = {"whatsapp"}
    come_to(world, "question")
    world.wait(minutes=25)
    before = world.ticket()
    waiting.look(before, 1, 1)
    waiting.silent(before, 1, 1)
    assert world.ticket() == before


def test_a_timer_set_again_is_moved_one_of_the_past_fires_at_once_and_one_taken_away_may_be_gone(world: World) -> None:
    timers.arm("t1", "warn", world.time + timedelta(hours=2))
    timers.arm("t1", "warn", world.time + timedelta(hours=3))
    timers.arm("t1", "breach", world.time - timedelta(hours=3))
    moved, past = (world.scheduler.schedules[timers.name("t1", what)][0] for what in ("warn", "breach"))
    assert moved - world.time == timedelta(hours=3)
    assert timedelta(0) < past - world.time <= timedelta(seconds=2)
    for _ in range(2):
        timers.disarm("t1", "warn")
    assert list(world.scheduler.schedules) == [timers.name("t1", "breach")]


def test_an_unknown_timer_is_an_error(world: World) -> None:
    world.complain()
    with pytest.raises(ValueError, match="no timer"):
        steps.fire(world.ticket()["ticket_id"], "nonsense")


def test_a_ticket_ends_even_if_its_customer_is_gone(world: World) -> None:
    come_to(world, "question")
    world.dynamodb.tables["customers"].pop((CUSTOMER,))
    world.say("yes", "m1")
    assert world.ticket()["state"] == "closed"
