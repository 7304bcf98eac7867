"""Shares and their intervals, against published examples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from caring.proportions import difference, wilson


def test_wilsons_interval_of_a_published_share() -> None:
    low, high = wilson(81, 263)  # Newcombe 1998: 0.2553 to 0.3662
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("groups", "interval"),
    [
        ((56, 70, 48, 80), (0.0524, 0.3339)),  # Newcombe 1998, table II, method 10, contrasts (a), (c) and (f)
        ((6, 7, 2, 7), (0.0582, 0.8062)),
        ((0, 10, 0, 20), (-0.1611, 0.2775)),
    ],
)
def test_newcombes_interval_of_published_differences(
    groups: tuple[int, int, int, int], interval: tuple[float, float]
) -> None:
    _, low, high = difference(*groups)
    assert (round(low, 4), round(high, 4)) == interval


@given(some.integers(1, 400), some.integers(1, 400), some.data())
def test_the_difference_lies_in_its_interval_and_turns_with_the_groups(n: int, m: int, data: some.DataObject) -> None:
    hits, other = data.draw(some.integers(0, n)), data.draw(some.integers(0, m))
    gap, low, high = difference(hits, n, other, m)
    assert -1.0000001 <= low <= gap <= high <= 1.0000001
    turned = difference(other, m, hits, n)
    assert turned == pytest.approx((-gap, -high, -low))
