"""Home visits: planned in rounds, each in one at most; tried again when nobody was at home; contacts when met."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from caring import clock, configuration
from caring.customers import store as customers
from caring.errors import CaringError
from caring.runs import pressure
from caring.work import claiming, completing, handling, items, planning
from tests.caring.tickets.conftest import Desk

TOMORROW = date(2026, 11, 25)  # a Wednesday
PLACES = [("Coblong", "Dago"), ("Cidadap", "Lebak"), ("Coblong", "Lebak"), ("Coblong", "Dago"), ("Cidadap", "Lebak")]


def who(number: int) -> str:
    return f"1315000002{number:02d}"


@pytest.fixture
def visits(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Five visits to make, of which each is worth less than the one before; two a round, two rounds a day."""
    said = '{"visits": {"per_round": 2, "per_day": 2, "days": 2, "attempts": 2}}'
    monkeypatch.setenv("CARING_OVERRIDES", said)
    for number in range(len(PLACES)):
        enter(desk, number)
    return desk


def enter(desk: Desk, number: int, **fields: Any) -> None:
    district, village = PLACES[number % len(PLACES)]
    desk.add(who(number), district=district, village=village, amount_due=900_000 - number, **fields)
    customer = customers.get(who(number))
    items.enter([items.about(customer, "visit", f"visit-{number}", unit="crm", reason="sms failed")])


def plan(first: date = TOMORROW) -> list[dict[str, Any]]:
    return planning.plan("BANDUNG", first, actor="officer")


def shape(found: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    return [(one["round"], [visit["work_id"] for visit in one["visits"]]) for one in found]


def test_open_visits_are_put_into_rounds_that_everybody_sees(visits: Desk) -> None:
    made = plan()
    assert shape(made) == [
        ("2026-11-25#01", ["visit-0", "visit-3"]),
        ("2026-11-25#02", ["visit-2"]),
        ("2026-11-26#01", ["visit-1", "visit-4"]),
    ]
    assert shape(planning.of_day("bandung", TOMORROW)) == shape(made)[:2]
    assert planning.of_day("BANDUNG", date(2026, 11, 27)) == []
    assert planning.of_day("CIREBON", TOMORROW) == []
    visit = items.get("visit-3")
    assert (visit["round"], visit["visit_on"], visit["village"], visit["district"]) == (
        *("2026-11-25#01", "2026-11-25", "Dago", "Coblong"),
    )
    assert (made[0]["district"], made[0]["planned_by"]) == ("Coblong", "officer")


def test_planning_again_plans_what_is_new_and_what_was_not_done_on_its_day(visits: Desk) -> None:
    plan()
    assert plan() == []
    enter(visits, 5)
    assert shape(plan()) == [("2026-11-26#02", ["visit-5"])]
    completing.complete("visit-0", {"outcome": "done"}, "officer")
    visits.later(days=2)
    again = plan(date(2026, 11, 27))
    assert ["visit-0"] not in [work_ids for _, work_ids in shape(again)]
    assert {work_id for _, work_ids in shape(again) for work_id in work_ids} == {"visit-2", "visit-3"}
    assert shape(planning.of_day("BANDUNG", TOMORROW)) == [("2026-11-25#01", ["visit-0"])]


def test_no_round_is_on_a_sunday_or_a_holiday(visits: Desk) -> None:
    for number in range(5, 9):
        enter(visits, number)
    days = {one["visit_on"] for one in plan(date(2026, 11, 28))}
    assert days == {"2026-11-28", "2026-11-30"}
    visits.now = clock.parse("2026-12-23T03:00:00Z")
    assert {one["visit_on"] for one in plan(date(2026, 12, 24))} == {"2026-12-24", "2026-12-26"}


def test_who_had_his_share_of_contacts_is_held_or_has_been_erased_is_not_visited(visits: Desk) -> None:
    calls = configuration.get().calls
    for n in range(calls.cap_contacts):
        pressure.record_contact(who(0), "call", f"call-{n}", visits.now)
    enter(visits, 1, incident_hold="i-1")
    enter(visits, 2, erased=True)
    planned = {work_id for _, work_ids in shape(plan()) for work_id in work_ids}
    assert planned == {"visit-3", "visit-4"}


def test_two_who_plan_at_the_same_time_put_no_visit_into_two_rounds(visits: Desk) -> None:
    def try_plan(_: int) -> None:
        try:
            plan()
        except CaringError as refused:
            assert refused.code == "changed_meanwhile"  # noqa: PT017 (who is refused looks at the others' rounds)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(try_plan, range(4)))
    plan()
    seen = [
        v["work_id"]
        for day in (25, 26)
        for one in planning.of_day("BANDUNG", date(2026, 11, day))
        for v in one["visits"]
    ]
    assert sorted(seen) == [f"visit-{number}" for number in range(5)]


def test_nobody_at_home_is_another_day_and_in_the_end_no_more(visits: Desk) -> None:
    plan()
    locked = {"outcome": "not_home", "note": "pagar terkunci"}
    for _ in range(2):
        left = completing.complete("visit-0", locked, "officer")
    assert (left["state"], left["attempts"], left["not_before"]) == ("open", 1, "2026-11-26T03:00:00.000Z")
    assert {"round", "visit_on"}.isdisjoint(left)
    assert pressure.read([who(0)])[who(0)].recent == ()
    assert shape(planning.of_day("BANDUNG", TOMORROW))[0] == ("2026-11-25#01", ["visit-3"])
    assert plan() == []  # not yet
    visits.later(days=2)
    assert "visit-0" in {work_id for _, work_ids in shape(plan(date(2026, 11, 26))) for work_id in work_ids}
    ended = completing.complete("visit-0", {"outcome": "not_home"}, "officer")
    assert (ended["state"], ended["outcome"], ended["attempts"]) == ("done", "not_home", 2)
    assert [(one["at"], one["outcome"], one.get("note")) for one in ended["tries"]] == [
        ("2026-11-24T03:00:00.000Z", "not_home", "pagar terkunci"),
        ("2026-11-26T03:00:00.000Z", "not_home", None),
    ]
    told = [e for e in visits.cloud.items("TIMELINE_TABLE") if e["type"] == "visit"]
    assert [(e["outcome"], int(e["attempt"])) for e in sorted(told, key=lambda e: e["at_id"])] == [
        *(("not_home", 1), ("not_home", 2)),
    ]


@pytest.mark.parametrize("said", [{}, {"at": "2026-11-28T16:00+07:00"}])
def test_nobody_takes_a_visit_in_hand_or_makes_it_again_before_its_time(visits: Desk, said: dict[str, str]) -> None:
    not_home = {"outcome": "not_home"} | said
    left = completing.complete("visit-0", not_home, "officer")
    for actor in ("officer", "another"):
        with pytest.raises(CaringError, match=left["not_before"]) as refused:
            claiming.claim("visit-0", actor)
        assert (refused.value.status, refused.value.code) == (409, "too_early")
        with pytest.raises(CaringError, match=left["not_before"]):
            completing.complete("visit-0", not_home | {"note": "nobody again"}, actor)
    assert completing.complete("visit-0", not_home, "officer")["attempts"] == 1
    visits.now = clock.parse(left["not_before"])
    assert claiming.claim("visit-0", "officer")["state"] == "claimed"
    assert len(completing.complete("visit-0", {"outcome": "done"}, "officer")["tries"]) == 2


def test_a_neighbour_may_say_when_the_customer_is_at_home(visits: Desk) -> None:
    said = {"outcome": "not_home", "at": "2026-11-28T16:00+07:00"}
    assert completing.complete("visit-1", said, "officer")["not_before"] == "2026-11-28T09:00:00.000Z"
    with pytest.raises(CaringError, match="must lie ahead"):
        completing.complete("visit-2", said | {"at": "2026-11-20T16:00+07:00"}, "officer")
    with pytest.raises(CaringError, match="no place"):
        completing.complete("visit-2", {"outcome": "done", "at": said["at"]}, "officer")


def test_who_was_met_was_contacted_once(visits: Desk) -> None:
    handling.claim("visit-4", "officer")
    for _ in range(2):
        done = completing.complete("visit-4", {"outcome": "done"}, "officer")
    assert (done["state"], done["outcome"]) == ("done", "done")
    assert [contact.kind for contact in pressure.read([who(4)])[who(4)].recent] == ["visit"]
    with pytest.raises(CaringError, match="done"):
        completing.complete("visit-4", {"outcome": "not_home"}, "officer")
    with pytest.raises(CaringError, match="done"):
        completing.complete("visit-4", {"outcome": "done"}, "another")
