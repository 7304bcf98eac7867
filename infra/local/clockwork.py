"""The local clock: at what time it starts and how long an hour on it takes.

It exists because send windows, waves, deadlines and holidays stay in force on a laptop too: at night, or on a Sunday,
nothing could be seen otherwise. AWS stages have no such setting.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

from infra.local.state import LocalError

JAKARTA = ZoneInfo("Asia/Jakarta")
HOUR_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class LocalClock:
    """Epoch seconds at its start, on the wall (`real`) and here (`local`); local seconds per real one (`factor`)."""

    real: float
    local: float
    factor: float

    @property
    def variable(self) -> str:
        """The value of CARING_CLOCK."""
        return json.dumps(asdict(self))

    def at(self, real: float | None = None) -> datetime:
        """What the clock shows at a real epoch second (now without one), in UTC."""
        moment = time.time() if real is None else real
        return datetime.fromtimestamp(self.local + (moment - self.real) * self.factor, UTC)

    @classmethod
    def of(cls, data: Mapping[str, float]) -> LocalClock:
        """The clock that outputs.json describes."""
        return cls(float(data["real"]), float(data["local"]), float(data["factor"]))


def set_clock(now: str | None, hour_seconds: float | None) -> LocalClock:
    """A clock that shows `now` (ISO 8601; without a zone in Asia/Jakarta) from this moment on. Raises LocalError."""
    length = HOUR_SECONDS if hour_seconds is None else hour_seconds
    if not 1 <= length <= HOUR_SECONDS:
        raise LocalError(f"HOUR_SECONDS is {length:g}: an hour takes 1 to 3600 seconds")
    return LocalClock(time.time(), _moment(now).timestamp(), HOUR_SECONDS / length)


def before_opening(clock: LocalClock) -> LocalClock:
    """The clock while all is being deployed: an hour before, at the wall's pace: nothing is seeded in future."""
    return LocalClock(clock.real, clock.local - HOUR_SECONDS, 1.0)


def _moment(now: str | None) -> datetime:
    if not now:
        return working_morning(datetime.now(JAKARTA))
    try:
        moment = datetime.fromisoformat(now.strip())
    except ValueError as error:
        raise LocalError(f"NOW is {now!r}: give a time like 2026-11-24T10:00+07:00") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=JAKARTA)


def working_morning(today: datetime) -> datetime:
    """10:00 in Jakarta on that day, or on the next one that is neither a weekend nor a public holiday."""
    import holidays  # noqa: PLC0415 (slow to import, and needed for the default only)

    calendar = holidays.country_holidays("ID")
    day = today.astimezone(JAKARTA).date()
    while day.weekday() >= 5 or day in calendar:
        day += timedelta(days=1)
    return datetime.combine(day, time_of_day(10), JAKARTA)
