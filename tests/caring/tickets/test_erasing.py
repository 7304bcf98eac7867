"""A ticket whose customer's data are erased ends wherever it stands, and nobody is asked or worked with after that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from caring.customers import store as customers
from caring.errors import CaringError
from caring.tickets import ending, erasing, intake, steps
from caring.typed import typed_item
from caring.work import completing, items
from tests.caring.runs.conftest import person
from tests.caring.tickets.test_paths import ORDER, come_to
from tests.caring.tickets.world import CUSTOMER, World

Stand = Callable[[World], None]


def in_its_unit(world: World) -> None:
    world.complain()


def with_others(world: World) -> None:
    world.complain()
    world.complete("ticket_work", outcome="needs_unit", units=["field", "network"], request="cek kabel")
    world.complete("collaborate", "field", outcome="done")


def with_the_customer(step: str) -> Stand:
    return lambda world: come_to(world, step)


def erase(world: World) -> None:
    world.add(erased=True)
    world.person(lambda: erasing.end(world.ticket()["ticket_id"]))
    world.settle()


STANDS: dict[str, Stand] = {
    "in its unit": in_its_unit,
    "with others": with_others,
    **{step: with_the_customer(step) for step in ORDER},
}


@pytest.mark.parametrize("stand", STANDS)
def test_an_erased_customers_ticket_ends_where_it_stands_and_asks_nothing_more(world: World, stand: str) -> None:
    STANDS[stand](world)
    said = list(world.said)
    for _ in range(2):
        erase(world)
    ticket = world.ticket()
    assert (ticket["state"], ticket["closed_reason"], "closed_by_message" in ticket) == ("closed", "erased", False)
    assert [entry["event"] for entry in ticket["history"].values()].count("erased") == 1
    assert world.states.status(ticket["ticket_id"]) == "SUCCEEDED"
    assert world.states_of()[-1] == "NothingLeft"
    assert world.items("open") == []
    world.wait(days=10)
    assert (world.said, world.items("open"), len(world.states.executions)) == (said, [], 1)
    assert world.ticket()["state"] == "closed"


def test_a_late_word_does_not_open_it_again(world: World) -> None:
    come_to(world, "question")
    asked = world.ticket()
    erase(world)
    world.answer("no", "m9", asked)
    world.settle()
    assert (world.ticket()["state"], len(world.states.executions)) == ("closed", 1)


def test_a_ticket_that_had_ended_stays_as_it_ended(world: World) -> None:
    come_to(world, "question")
    world.say("yes", "m1")
    world.end("closed")
    erase(world)
    ticket = world.ticket()
    assert (ticket["closed_by_message"], "closed_reason" in ticket) == ("m1", False)


def test_work_that_is_given_while_it_ends_is_taken_back_without_its_words(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = items.enter

    def enter(made: list[dict[str, Any]]) -> None:
        erasing.end(world.ticket()["ticket_id"])
        real(made)

    monkeypatch.setattr(items, "enter", enter)
    world.complain(text="modem saya terbakar")
    (item,) = world.items()
    assert (item["state"], "complaint" in item, "token" in item) == ("done", False, False)
    assert world.states_of()[-1] == "NothingLeft"
    with pytest.raises(CaringError, match="done"):
        completing.complete(item["work_id"], {"outcome": "solved"}, "officer")


@pytest.mark.parametrize("meanwhile", ["erased", "yes", "no"])
def test_a_call_that_is_entered_while_the_ticket_moves_on_is_taken_back(
    world: World, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    come_to(world, "reminder_2")
    real = items.enter

    def enter(made: list[dict[str, Any]]) -> None:
        monkeypatch.setattr(items, "enter", real)
        if meanwhile == "erased":
            erasing.end(world.ticket()["ticket_id"])
        else:
            world.answer(meanwhile, "m1")
            steps.take(world.ticket()["ticket_id"], "close" if meanwhile == "yes" else "reopen")
        real(made)

    monkeypatch.setattr(items, "enter", enter)
    world.silence("reminder_2")
    calls = [item["state"] for item in world.items() if item["kind"] == "call"]
    assert calls == ["done"]


def test_a_complaint_that_comes_at_the_moment_of_the_erasure_opens_no_ticket(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = customers.get
    stale = typed_item(person(CUSTOMER))

    def get(customer_id: str) -> Any:
        monkeypatch.setattr(customers, "get", read)
        return stale

    world.add(erased=True)
    monkeypatch.setattr(customers, "get", get)
    with pytest.raises(CaringError, match="erased"):
        intake.open_ticket(CUSTOMER, source="reply", text="mati", category="fault", event_id="e1")
    assert world.dynamodb.tables["tickets"] == {}


def test_a_ticket_that_changes_meanwhile_ends_all_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    come_to(world, "question")
    real, turns = ending.end, iter([True, False])

    def end(ticket: dict[str, Any], state: str, **said: Any) -> dict[str, Any]:
        if next(turns):
            world.answer("no", "m1")
            world.settle()
        return real(ticket, state, **said)

    monkeypatch.setattr(ending, "end", end)
    erase(world)
    assert (world.ticket()["state"], world.ticket()["closed_reason"]) == ("closed", "erased")
