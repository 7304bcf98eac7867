"""Where the local clock starts and how fast it goes."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from caring import clock
from infra.local.clockwork import JAKARTA, LocalClock, set_clock, working_morning
from infra.local.state import LocalError


@pytest.mark.parametrize(
    ("today", "starts"),
    [
        ("2026-11-24T03:00", "2026-11-24"),  # a Tuesday, long before opening
        ("2026-11-24T23:59", "2026-11-24"),
        ("2026-11-21T12:00", "2026-11-23"),  # a Saturday
        ("2026-12-25T12:00", "2026-12-28"),  # Christmas, then a weekend
    ],
)
def test_without_now_it_is_ten_on_a_working_day(today: str, starts: str) -> None:
    assert (
        working_morning(datetime.fromisoformat(today).replace(tzinfo=JAKARTA)).isoformat() == f"{starts}T10:00:00+07:00"
    )


def test_now_without_a_zone_is_meant_in_jakarta() -> None:
    assert set_clock("2026-11-24T10:00", None).at().strftime("%F %H:%M") == "2026-11-24 03:00"


def test_an_hour_of_a_minute_makes_a_day_pass_in_24_minutes() -> None:
    fast = set_clock("2026-11-24T10:00+07:00", 60)
    assert fast.at(fast.real + 24 * 60) == datetime(2026, 11, 25, 3, tzinfo=UTC)


@pytest.mark.parametrize(("now", "hour"), [("tomorrow", None), (None, 0), (None, 7200)])
def test_a_clock_that_cannot_be_is_refused(now: str | None, hour: float | None) -> None:
    with pytest.raises(LocalError):
        set_clock(now, hour)


def test_functions_read_the_same_time_from_their_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    shifted = set_clock("2026-11-24T10:00+07:00", 60)
    monkeypatch.setenv("CARING_CLOCK", shifted.variable)
    clock.reset()
    try:
        assert abs((clock.now() - shifted.at()).total_seconds()) < 60
    finally:
        monkeypatch.undo()
        clock.reset()
    assert LocalClock.of(json.loads(shifted.variable)) == shifted
