"""Visits are planned in rounds: near each other, the most valuable first, never too many."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from caring.work import rounds

DAYS = [date(2026, 11, 25) + timedelta(days=n) for n in range(3)]
PLACES = st.tuples(st.sampled_from(["Coblong", "coblong", "Cidadap", ""]), st.sampled_from(["Dago", "Lebak", ""]))


def visits(places: list[tuple[str, str]]) -> list[dict[str, Any]]:
    return [
        {"work_id": f"visit-{n}", "order_key": f"{n:04d}", "district": district, "village": village}
        for n, (district, village) in enumerate(places)
    ]


def slots(per_day: int) -> list[tuple[date, int]]:
    return [(day, number) for day in DAYS for number in range(1, per_day + 1)]


@given(st.lists(PLACES, max_size=40), st.randoms(use_true_random=False), st.integers(1, 5), st.integers(1, 3))
def test_each_visit_has_one_place_and_no_round_is_too_long(
    places: list[tuple[str, str]], chance: Any, per_round: int, per_day: int
) -> None:
    items = visits(places)
    district = {item["work_id"]: item["district"].casefold() for item in items}
    free = slots(per_day)
    made = rounds.plan(items, free, per_round=per_round)
    placed = [work_id for one in made for work_id in one.work_ids]
    assert len(placed) == len(set(placed))
    assert all(1 <= len(one.work_ids) <= per_round for one in made)
    assert len({(one.visit_on, one.number) for one in made}) == len(made) <= len(free)
    assert all(district[work_id] == one.district.casefold() for one in made for work_id in one.work_ids)
    assert [(one.visit_on, one.number) for one in made] == free[: len(made)]
    if len(made) < len(free):
        assert set(placed) == set(district), "there was room for all"
    shuffled = list(items)
    chance.shuffle(shuffled)
    assert rounds.plan(shuffled, free, per_round=per_round) == made


def test_the_most_valuable_visit_takes_its_village_and_district_first() -> None:
    items = visits([("Coblong", "Dago"), ("Cidadap", "Lebak"), ("Coblong", "Lebak"), ("Coblong", "Dago")])
    made = rounds.plan(items, slots(2), per_round=3)
    assert [one.work_ids for one in made] == [["visit-0", "visit-3", "visit-2"], ["visit-1"]]
    assert [(one.visit_on, one.number) for one in made] == [(DAYS[0], 1), (DAYS[0], 2)]
