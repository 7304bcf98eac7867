"""A crash before and after every call that a complaint makes to AWS: one ticket, one execution, one item per need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.caring.runs import world as runs
from tests.caring.tickets.test_paths import come_to
from tests.caring.tickets.world import CUSTOMER, World, living
from tests.dying import Process, Step, calls_in, deaths

Story = Callable[[World], None]
# Functions with a call that no step of these stories makes.
ELSEWHERE = {
    "tickets.machine.stop": "the sweep, of an execution that runs but waits for nothing: nobody dies of it twice",
    "tickets.listing.of_customer": "the API reads",
    "tickets.complaints.with_all": "the API reads",
}


def two_units_and_a_no(world: World) -> None:
    """Another unit is late, the customer is silent, then says no, and in the end yes."""
    world.complain()
    world.complain("e2", "masih lambat")
    world.complete("ticket_work", outcome="needs_unit", units=["field", "network"], request="cek kabel")
    world.complete("collaborate", "field", outcome="done")
    world.wait(hours=30)
    world.complete("collaborate", "network", outcome="done")
    world.silence("question")
    world.say("no", "m1")
    world.complete("ticket_work", outcome="solved", note="modem diganti")
    world.say("yes", "m2")
    world.end("closed")


def silent_and_open_again(world: World) -> None:
    """The first message does not arrive, nobody answers; a late no opens the ticket again, and a unit cannot help."""
    world.fails = {"whatsapp"}
    come_to(world, "question")
    world.wait(minutes=30)
    for step in ("question", "reminder_1", "reminder_2", "call"):
        world.silence(step)
    world.end("closed_without_answer")
    world.fails = set()
    world.say("no", "m1")
    world.complete("ticket_work", outcome="needs_unit", units=["network"], request="cek kabel")
    world.complete("collaborate", outcome="not_possible")
    world.complete("ticket_work", outcome="not_valid")
    world.silence("question")
    world.say("yes", "m2")
    world.end("closed")


STORIES = (two_units_and_a_no, silent_and_open_again)


def replay(story: Story, process: Process, back_after: int, *, forgets: bool) -> World:
    """One whole story, in which a process may die; afterwards long enough for every timer that is left."""
    with pytest.MonkeyPatch.context() as patch:
        world = living(patch, World(process, back_after, forgets=forgets))
        story(world)
        world.wait(days=20)
        process.watched = False
        world.found = seen_of(world)  # type: ignore[attr-defined]
    runs.forget()
    return world


def seen_of(world: World) -> dict[str, Any]:
    """What is left of a story, but for times and names made by chance."""
    ticket = world.ticket()
    plain = str(ticket["ticket_id"])
    customer = world.dynamodb.tables["customers"][CUSTOMER,]
    timeline = Counter(at_id.partition("#")[2] for _, at_id in world.dynamodb.tables["timeline"])
    return {
        "state": ticket["state"],
        "counts": (ticket["round"], ticket["reopened"], ticket["complaints"]),
        "history": sorted(n.replace(plain, "T") for n in ticket["history"] if not n.startswith("restarted-")),
        "items": sorted((i["work_id"].replace(plain, "T"), i["state"], i.get("outcome")) for i in world.items()),
        "said": sorted(Counter(c.replace(plain, "T") for c, _ in world.said if c.startswith("closure-")).items()),
        "surveys": len([cause for cause, _ in world.said if cause.startswith("survey-")]),
        "episodes": sum(entry.startswith("episode") for _, entry in world.dynamodb.tables["nps"]),
        "open_tickets": (customer["open_tickets"]["N"], "open_ticket_ids" in customer),
        "told": sorted(name.replace(plain, "T") for name in timeline if not name.startswith("episode-")),
        "told twice": [name for name, n in timeline.items() if n > 1],
        "executions": [name.replace(plain, "T") for name in world.states.executions],
        "ends": sorted({world.states.status(name) for name in world.states.executions}),
    }


def after_sweeps(found: dict[str, Any]) -> dict[str, Any]:
    """What holds even if nobody tries again but the sweep, which may come too late for an entry, or for a deadline."""
    lasting = {name: found[name] for name in ("state", "counts", "said", "surveys", "episodes", "open_tickets")}
    asked = [entry for entry in found["history"] if entry.startswith(("asked-", "failed-"))]
    return lasting | {
        "asked": asked,
        "items": [item for item in found["items"] if not item[0].startswith("escalation-")],
    }


def differing(found: dict[str, Any], expected: dict[str, Any]) -> str:
    """In what two endings differ: what is there but should not be, and what is missing."""
    told = []
    for name in found:
        mine, theirs = (one[name] if isinstance(one[name], list) else [one[name]] for one in (found, expected))
        more, less = [one for one in mine if one not in theirs], [one for one in theirs if one not in mine]
        told += [f"{name} +{more} -{less}"] if more or less else []
    return "; ".join(told)[:500]


@pytest.fixture(scope="module", params=STORIES, ids=lambda story: story.__name__)
def story(request: pytest.FixtureRequest) -> tuple[Story, World]:
    """A story, and how it goes when nobody dies."""
    return request.param, replay(request.param, Process(), 300, forgets=False)


def test_a_story_without_a_crash_is_what_it_says(story: tuple[Story, World]) -> None:
    found: dict[str, Any] = story[1].found  # type: ignore[attr-defined]
    assert (found["state"], found["ends"], found["told twice"]) == ("closed", ["SUCCEEDED"], [])
    assert {n for _, n in found["said"]} == {1}
    assert found["open_tickets"] == ("0", False)
    assert {state for _, state, outcome in found["items"] if outcome} == {"done"}


def test_every_call_in_the_code_is_a_step_of_a_story_or_known_to_be_elsewhere() -> None:
    seen = [replay(one, Process(), 300, forgets=False).process.seen for one in STORIES]
    with pytest.MonkeyPatch.context() as patch:  # what the sweep asks
        world = living(patch, World())
        world.complain()
        world.states.stop_execution(executionArn=world.ticket()["ticket_id"])
        world.sweep()
        seen.append(world.process.seen)
    ours = {caller for steps in seen for _, caller in steps if caller.startswith("tickets.")}
    assert calls_in("tickets/*.py") == ours | set(ELSEWHERE)


@pytest.mark.parametrize("forgets", [False, True], ids=["tried again", "forgotten until a sweep"])
def test_a_crash_at_any_step_leaves_one_of_everything(story: tuple[Story, World], forgets: bool) -> None:
    told, undisturbed = story
    expected: dict[str, Any] = undisturbed.found  # type: ignore[attr-defined]
    covered: set[Step] = set()
    wrong: list[str] = []
    for death, back_after in deaths(undisturbed.process.seen, soon=False):
        process = Process(death)
        try:
            world = replay(told, process, back_after, forgets=forgets)
        except AssertionError as error:
            wrong.append(f"{death}, back after {back_after} s: {str(error)[:300]}")
            continue
        found: dict[str, Any] = world.found  # type: ignore[attr-defined]
        if forgets:
            same = after_sweeps(found) == after_sweeps(expected)
            same = same and set(found["ends"]) <= {"SUCCEEDED", "ABORTED"} and not found["told twice"]
        else:
            same = found == expected and not world.sweeps
        if not same:
            wrong.append(f"{death}, back after {back_after} s, {world.sweeps} sweeps: {differing(found, expected)}")
        if process.died:
            covered.add(death.step)
    assert not wrong, f"{len(wrong)} crashes:\n" + "\n".join(wrong[:20])
    assert covered == set(undisturbed.process.seen)
