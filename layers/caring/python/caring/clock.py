"""The one clock: every rule that asks for the time asks here.

On AWS it is the real time. The laptop cloud may shift and speed it up with CARING_CLOCK, so that send windows, waits
and deadlines can be seen at any hour of the night. Tokens and presigned URLs stay on real time and do not use it.
"""

import os
import time
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import orjson


@lru_cache(maxsize=1)
def _shift() -> tuple[float, float, float]:
    """The shift in force: (real epoch s, local epoch s, local seconds per real second)."""
    raw = os.environ.get("CARING_CLOCK")
    if not raw:
        return 0.0, 0.0, 1.0
    data = orjson.loads(raw)
    return float(data["real"]), float(data["local"]), float(data["factor"])


def now() -> datetime:
    """The time now, aware, in UTC."""
    real, local, factor = _shift()
    return datetime.fromtimestamp(local + (time.time() - real) * factor, UTC)


def to_wall(moment: datetime) -> datetime:
    """The real time at which this clock will show `moment`: for Scheduler, Wait, TTL and time-outs, which run on it."""
    real, local, factor = _shift()
    return datetime.fromtimestamp(real + (moment.timestamp() - local) / factor, UTC)


def wall_seconds(span: timedelta) -> float:
    """How many real seconds this clock takes for `span`."""
    return span.total_seconds() / _shift()[2]


def reset() -> None:
    """Read CARING_CLOCK again (tests change it)."""
    _shift.cache_clear()


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC to the millisecond, with Z: sorts as text in time order."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse(text: str) -> datetime:
    """The aware time in an ISO 8601 text; a text without zone is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def local_date(moment: datetime, zone: str) -> date:
    """The calendar day of `moment` in an IANA zone."""
    return moment.astimezone(ZoneInfo(zone)).date()
