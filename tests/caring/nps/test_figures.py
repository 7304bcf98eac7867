"""NPS against a plain reference."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from caring import clock
from caring.nps import figures

SCORES = some.lists(some.integers(0, 10), min_size=1, max_size=200)


@given(SCORES)
def test_a_figure_is_what_counting_by_hand_gives(scores: list[int]) -> None:
    signs = [1 if score > 8 else -1 if score < 7 else 0 for score in scores]
    mean = sum(signs) / len(signs)
    variance = sum((sign - mean) ** 2 for sign in signs) / len(signs)
    found = figures.figure(scores)
    assert found["n"] == len(scores) == found["promoters"] + found["passives"] + found["detractors"]
    assert found["nps"] == pytest.approx(100 * mean, abs=0.051)
    assert found["margin"] == pytest.approx(1.96 * 100 * math.sqrt(variance / len(scores)), abs=0.051)


@given(SCORES)
def test_a_verdict_is_shown_only_when_the_interval_leaves_the_target_out(scores: list[int]) -> None:
    found = figures.figure(scores)
    if found["verdict"] == "not_shown":
        assert found["n"] < 30 or abs(found["nps"] - 40) <= found["margin"] + 0.11
    else:
        assert found["n"] >= 30
        assert abs(found["nps"] - 40) >= found["margin"] - 0.11
        assert (found["verdict"] == "above") == (found["nps"] > 40)


def test_no_scores_make_no_figure() -> None:
    assert figures.figure([]) == {
        "n": 0,
        "promoters": 0,
        "passives": 0,
        "detractors": 0,
        "nps": None,
        "margin": None,
        "target": 40,
        "verdict": "not_shown",
    }


def test_the_edges_of_the_groups() -> None:
    assert [figures.group_of(score) for score in (0, 6, 7, 8, 9, 10)] == [
        "detractor",
        "detractor",
        "passive",
        "passive",
        "promoter",
        "promoter",
    ]
    with pytest.raises(ValueError, match="0 to 10"):
        figures.group_of(11)


def test_the_last_score_of_a_customer_and_episode_counts() -> None:
    scores = [
        {"customer_id": "a", "episode": "use", "score": 3, "at": "2026-11-01T00:00:00Z"},
        {"customer_id": "a", "episode": "use", "score": 9, "at": "2026-11-02T00:00:00Z"},
        {"customer_id": "a", "episode": "pay", "score": 5, "at": "2026-11-01T00:00:00Z"},
    ]
    assert sorted(score["score"] for score in figures.latest(scores)) == [5, 9]


MOMENT = datetime(2026, 11, 24, 5, tzinfo=UTC)
ANSWERS = some.lists(
    some.tuples(
        some.sampled_from("ab"),  # customer
        some.sampled_from(("survey-1", "survey-2", None)),
        some.integers(0, 100),  # hours
        some.integers(0, 10),
    ),
    max_size=12,
)


def _answers(drawn: list[tuple[str, str | None, int, int]]) -> list[dict[str, Any]]:
    return [
        {
            "customer_id": customer,
            "cause": cause,
            "episode": cause or "use",
            "at": clock.iso(MOMENT + timedelta(hours=hours)),
            "entry": f"score#{place:02}",
            "score": score,
        }
        for place, (customer, cause, hours, score) in enumerate(drawn)
    ]


@given(ANSWERS, some.randoms())
def test_a_correction_replaces_what_was_said_within_a_day_before_in_whatever_order_they_come(
    drawn: list[tuple[str, str | None, int, int]], random: Any
) -> None:
    answers = _answers(drawn)

    def is_corrected(one: dict[str, Any], place: int) -> bool:
        """Whether somebody said another thing to the same question, later, and at most 24 hours later."""
        hours = drawn[place][2]
        return one["cause"] is not None and any(
            other[:2] == drawn[place][:2] and (hours, place) < (other[2], number) and other[2] - hours <= 24
            for number, other in enumerate(drawn)
        )

    left = [one["entry"] for place, one in enumerate(answers) if not is_corrected(one, place)]
    random.shuffle(answers)
    assert sorted(score["entry"] for score in figures.standing(answers)) == left


def test_a_correction_keeps_what_was_said_and_done_about_the_score_that_it_replaces() -> None:
    first, second = _answers([("a", "survey-1", 0, 3), ("a", "survey-1", 2, 5)])
    first |= {"comment": "lemot", "themes": ["speed"], "resolved_at": "2026-11-24T06:00:00.000Z"}
    (left,) = figures.standing([second, first])
    assert (left["score"], left["comment"], left["themes"]) == (5, "lemot", ["speed"])
    assert left["resolved_at"] == "2026-11-24T06:00:00.000Z"


def test_the_first_days_of_a_year_belong_to_the_week_that_they_stand_in() -> None:
    assert figures.iso_week(date(2027, 1, 1)) == "2026-W53"


@given(some.floats(1, 60), some.floats(0, 0.6), some.floats(0, 0.4))
def test_the_planned_sample_is_just_large_enough(distance: float, p: float, d: float) -> None:
    n = figures.sample_needed(distance, p, d)
    margin = 1.96 * 100 * math.sqrt(max(0.0, p + d - (p - d) ** 2) / n)
    assert margin <= distance + 1e-6
    assert n >= 30
