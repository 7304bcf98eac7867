"""A customer says yes and then no: whenever the no comes, his ticket is open again, once."""

from __future__ import annotations

import pytest

from tests.caring.tickets.test_paths import come_to
from tests.caring.tickets.world import World


def once_again(world: World) -> None:
    """The ticket is with its unit again, and ends like any other."""
    ticket = world.ticket()
    assert (ticket["state"], ticket["reopened"], ticket["round"]) == ("in_locker", 1, 2)
    assert world.states.status(ticket["ticket_id"]) == "SUCCEEDED"
    (item,) = world.items("open")
    assert item["work_id"] == f"ticket_work-{ticket['ticket_id']}-2"
    world.complete("ticket_work", outcome="solved")
    world.say("yes", "m9")
    world.end("closed")
    assert world.ticket()["closed_by_message"] == "m9"


@pytest.mark.parametrize("times", [1, 3])
def test_a_no_before_the_yes_has_closed_the_ticket_opens_it_again(world: World, times: int) -> None:
    come_to(world, "question")
    asked = world.ticket()
    world.answer("yes", "m1")
    for _ in range(times):
        world.answer("no", "m2", asked)
    world.settle()
    for _ in range(times):
        world.answer("no", "m2", asked)
    world.settle()
    once_again(world)


def test_a_no_at_the_very_step_that_closes_it_opens_it_again(world: World) -> None:
    come_to(world, "question")
    asked = world.ticket()
    world.before["close"] = lambda: world.answer("no", "m2", asked)
    world.say("yes", "m1")
    once_again(world)


def test_a_closing_step_that_is_taken_again_closes_nothing_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    come_to(world, "question")
    asked = world.ticket()
    world.answer("yes", "m1")
    world.answer("no", "m2", asked)
    world.settle()
    assert world.invoke("move_ticket", {"ticket_id": asked["ticket_id"], "step": "close"}) == {"outcome": "closed"}
    world.settle()
    once_again(world)


def test_a_yes_twice_and_a_no_that_is_the_yes_itself_change_nothing(world: World) -> None:
    come_to(world, "question")
    asked = world.ticket()
    world.answer("yes", "m1")
    world.answer("yes", "m2", asked)
    world.answer("no", "m1", asked)
    world.settle()
    assert (world.ticket()["state"], world.ticket()["reopened"]) == ("closed", 0)
