"""A ticket's clock against a reference that walks through time minute by minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caring.tickets import sla

MINUTE = timedelta(minutes=1)
ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
starts = st.integers(0, 60 * 24 * 60).map(lambda n: datetime(2026, 12, 1, tzinfo=UTC) + n * MINUTE)


def counts(moment: datetime, calendar: str, zone: str) -> bool:
    """Whether the minute that begins at a moment is the unit's: Christmas and New Year are holidays."""
    local = moment.astimezone(ZoneInfo(zone))
    return calendar == sla.ALWAYS or (sla.is_working_day(local.date()) and 8 <= local.hour < 17)


@settings(max_examples=40, deadline=None)
@given(starts, st.integers(0, 12 * 24 * 60), st.sampled_from([sla.ALWAYS, sla.WORKING]), st.sampled_from(ZONES))
def test_the_time_between_two_moments_is_the_minutes_that_count(
    since: datetime, length: int, calendar: str, zone: str
) -> None:
    counted = sum(counts(since + n * MINUTE, calendar, zone) for n in range(length))
    assert sla.worked(since, since + length * MINUTE, calendar, zone) == counted * MINUTE


@settings(max_examples=40, deadline=None)
@given(
    starts,
    st.integers(1, 40 * 60),
    st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 3000)), max_size=3),
    st.sampled_from([sla.ALWAYS, sla.WORKING]),
    st.sampled_from(ZONES),
)
def test_the_deadline_is_the_minute_in_which_the_budget_is_used_up_whatever_pauses_come_between(
    since: datetime, budget: int, pauses: list[tuple[int, int]], calendar: str, zone: str
) -> None:
    whole = budget * MINUTE
    runs = sla.Clock(whole, whole, calendar, zone, since)
    left, moment = budget, since
    for running, waiting in pauses:
        used = sum(counts(moment + n * MINUTE, calendar, zone) for n in range(running))
        if used >= left:
            break
        left -= used
        moment += running * MINUTE
        runs = runs.paused(moment)
        assert runs.deadline() is None
        moment += waiting * MINUTE
        runs = runs.running(moment)
    while left:
        left -= counts(moment, calendar, zone)
        moment += MINUTE
    assert runs.deadline() == moment


@pytest.mark.parametrize(("segment", "deadline"), [("HVC", "2026-11-24T09:00"), ("REGULAR", "2026-11-25T03:00")])
def test_high_value_comes_first(segment: str, deadline: str) -> None:
    began = datetime(2026, 11, 24, 3, tzinfo=UTC)
    found = sla.start(segment, "fault", "BANDUNG", began).deadline()
    assert found == datetime.fromisoformat(f"{deadline}+00:00")
