"""Whatever comes between whatever, nobody stays held, no ticket waits for what is mended, and nobody is told twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from caring import conversation
from caring.incidents import deciding, following, joining, queue, reports, store
from caring.tickets import intake, locker, machine
from caring.tickets import store as tickets
from caring.work import handling, items
from tests.caring.incidents.conftest import HOUSES, LEAST, Village, ticket, who

Between = Callable[[Callable[[], None]], None]


def once(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, *, nth: int, then: Callable[[], None]) -> list[int]:
    """Have something happen right before the `nth` call of a function; the list grows when it does."""
    real, calls, done = getattr(module, name), [0], list[int]()

    def stepped(*arguments: Any, **more: Any) -> Any:
        calls[0] += 1
        if calls[0] == nth:
            done.append(nth)
            then()
        return real(*arguments, **more)

    monkeypatch.setattr(module, name, stepped)
    return done


def proposal(village: Village) -> tuple[str, list[str]]:
    found = [village.report(number) for number in range(LEAST)]
    return village.incident()["incident_id"], found


# Where a page that holds may be overtaken: by name of the function whose nth call comes just after.
PLACES = [(store, "note", 1), (store, "note", 8), (joining, "hold", 1), (joining, "hold", 4), (joining, "end_with", 1)]
PLACES += [(following, "say", 1), (following, "say", 3), (queue, "put", 2), (queue, "put", 4)]


@pytest.mark.parametrize(("module", "name", "nth"), PLACES)
def test_a_mend_that_comes_between_leaves_nobody_held(
    village: Village, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, nth: int
) -> None:
    incident_id, found = proposal(village)
    deciding.confirm(incident_id, note=None, actor="officer")

    def mend() -> None:
        deciding.mend(incident_id, note=None, actor="officer")
        for body in [one for one in village.waiting() if one["task"] == "release"]:
            following.take(body)

    done = once(monkeypatch, module, name, nth=nth, then=mend)
    village.follow(times=1)
    assert done == [nth]
    assert village.held() == set()
    said = village.told()
    assert len(said) == len(set(said))
    assert {customer for customer, what in said if what == "mended"} <= {c for c, what in said if what == "told"}
    for ticket_id in found:
        assert items.get(f"ticket_work-{ticket_id}-1")["outcome"] == "solved"


GIVING = [(items, "enter", 1), (handling, "hold", 1), (tickets, "change", 1), (tickets, "get", 1)]


@pytest.mark.parametrize(("module", "name", "nth"), GIVING)
def test_a_ticket_that_is_given_to_its_unit_while_all_is_mended_does_not_wait_for_it(
    village: Village, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, nth: int
) -> None:
    incident_id, _ = proposal(village)
    deciding.confirm(incident_id, note=None, actor="officer")
    village.follow()
    late = village.report(7, give=False)
    assert ticket(late)["incident_id"] == incident_id
    real = getattr(module, name)

    def mend() -> None:
        with monkeypatch.context() as plain:
            plain.setattr(module, name, real)
            deciding.mend(incident_id, note=None, actor="officer")
            village.follow()

    with monkeypatch.context() as patched:
        done = once(patched, module, name, nth=nth, then=mend)
        locker.give(late, "token-late")
    assert done == [nth]
    assert items.get(f"ticket_work-{late}-1")["outcome"] == "solved"
    assert ("token-late", "solved") in village.desk.told
    assert "token" not in items.get(f"ticket_work-{late}-1")


@pytest.mark.parametrize(("module", "name", "nth"), [(store, "note", 1), (tickets, "change", 2), (joining, "hold", 1)])
def test_a_ticket_that_joins_while_all_is_mended_is_mended_with_it(
    village: Village, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, nth: int
) -> None:
    incident_id, _ = proposal(village)
    deciding.confirm(incident_id, note=None, actor="officer")
    village.follow()
    real = getattr(module, name)

    def mend() -> None:
        with monkeypatch.context() as plain:
            plain.setattr(module, name, real)
            deciding.mend(incident_id, note=None, actor="officer")
            village.follow()

    late = intake.open_ticket(who(6), source="walk_in", text="internet mati", category="fault", event_id="late")
    with monkeypatch.context() as patched:
        done = once(patched, module, name, nth=nth, then=mend)
        village.stand(late)
    village.follow()
    locker.give(late, "token-late")
    assert done == [nth]
    assert village.held() == set()
    assert ("token-late", "solved") in village.desk.told


CRASHES = [(items, "enter"), (store, "propose"), (store, "current")]


@pytest.mark.parametrize(("module", "name"), CRASHES)
def test_whoever_dies_while_he_proposes_a_person_is_asked(
    village: Village, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    for number in range(LEAST - 1):
        village.report(number)
    last = intake.open_ticket(who(5), source="walk_in", text="internet mati", category="fault", event_id="last")
    with monkeypatch.context() as broken:
        broken.setattr(module, name, lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            village.stand(last)
    village.stand(last)
    assert items.get(reports.question_id(village.incident()["incident_id"]))["state"] == "open"


KILLED = [(store, "note"), (tickets, "change"), (handling, "mark"), (joining, "hold"), (joining, "end_with")]
KILLED += [(queue, "put"), (conversation.saying, "enqueue"), (store, "customers"), (machine, "tell")]


@pytest.mark.parametrize(("module", "name"), KILLED)
def test_whatever_call_a_page_dies_at_its_redelivery_does_the_rest(
    village: Village, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    """The second call of each function dies, and a few later ones, through the whole incident."""
    incident_id, found = proposal(village)
    real, calls, deaths = getattr(module, name), [0], [0]

    def dying(*arguments: Any, **more: Any) -> Any:
        calls[0] += 1
        if calls[0] in {2, 9, 23, 45}:
            deaths[0] += 1
            raise ZeroDivisionError
        return real(*arguments, **more)

    def redelivered() -> None:
        while left := village.waiting():
            for body in left:
                for _ in range(4):
                    try:
                        following.take(body)
                        break
                    except ZeroDivisionError:
                        continue

    deciding.confirm(incident_id, note=None, actor="officer")
    with monkeypatch.context() as broken:
        broken.setattr(module, name, dying)
        redelivered()
        assert village.held() == {who(number) for number in range(HOUSES)}
        assert village.told() == [(who(number), "told") for number in range(LEAST, HOUSES)]
    deciding.mend(incident_id, note=None, actor="officer")
    with monkeypatch.context() as broken:
        broken.setattr(module, name, dying)
        redelivered()
    assert deaths[0]
    assert village.held() == set()
    assert village.told() == [(who(number), "mended") for number in range(LEAST, HOUSES)]
    for ticket_id in found:
        assert items.get(f"ticket_work-{ticket_id}-1")["outcome"] == "solved"
        assert (f"token-{ticket_id}", "solved") in village.desk.told
        events = [entry["event"] for entry in ticket(ticket_id)["history"].values()]
        assert [events.count(event) for event in ("joined_incident", "incident_mended", "solved")] == [1, 1, 1]


def test_a_mend_that_crashes_is_taken_up_where_it_was(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    incident_id, found = proposal(village)
    deciding.confirm(incident_id, note=None, actor="officer")
    village.follow()
    village.told()
    deciding.mend(incident_id, note=None, actor="officer")
    bodies = village.waiting()
    for module, name in ((machine, "tell"), (handling, "settle"), (store, "note"), (conversation.saying, "enqueue")):
        with monkeypatch.context() as broken:
            broken.setattr(module, name, lambda *_, **__: 1 / 0)
            for body in bodies:
                with pytest.raises(ZeroDivisionError):
                    following.take(body if name != "enqueue" else body | {"after": who(LEAST - 1)})
    for body in bodies:
        following.take(body)
    village.follow(times=1)
    assert village.told() == [(who(number), "mended") for number in range(LEAST, HOUSES)]
    assert village.held() == set()
    assert {items.get(f"ticket_work-{ticket_id}-1")["outcome"] for ticket_id in found} == {"solved"}
    assert {ticket_id for token, _ in village.desk.told for ticket_id in found if token == f"token-{ticket_id}"} == set(
        found
    )
