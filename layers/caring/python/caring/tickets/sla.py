"""A ticket's clock: how much time a segment and category have, and where that time ends.

Time runs round the clock or in working hours only (configuration [sla]), in the zone of the ticket's witel, not on
public holidays; and never while the ticket waits for its customer. All moments are aware, spans are timedeltas.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from caring import clock, configuration
from caring.runs import windows

ALWAYS, WORKING = "always", "working"
_NOTHING = timedelta(0)
_LONGEST = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Clock:
    """What is left of a ticket's time at `since`, from which it runs; `since` None = it is paused."""

    budget: timedelta
    left: timedelta
    calendar: str
    zone: str
    since: datetime | None

    @classmethod
    def of(cls, kept: dict[str, Any]) -> "Clock":
        """The clock that a ticket keeps."""
        return cls(
            timedelta(seconds=kept["budget"]),
            timedelta(seconds=kept["left"]),
            kept["calendar"],
            kept["zone"],
            clock.parse(kept["since"]) if kept.get("since") else None,
        )

    def kept(self) -> dict[str, Any]:
        """What a ticket keeps of it, in seconds."""
        since = {"since": clock.iso(self.since)} if self.since else {}
        budget, left = self.budget.total_seconds(), self.left.total_seconds()
        return {"budget": budget, "left": left, "calendar": self.calendar, "zone": self.zone, **since}

    def paused(self, at: datetime) -> "Clock":
        """The clock stopped at a moment."""
        if self.since is None:
            return self
        used = worked(self.since, at, self.calendar, self.zone)
        return replace(self, left=self.left - used, since=None)

    def running(self, at: datetime) -> "Clock":
        """The clock going on from a moment."""
        return replace(self, since=at) if self.since is None else self

    def deadline(self) -> datetime | None:
        """When the time is used up if the clock is not stopped; None while it is paused."""
        return self._when(self.left)

    def warning(self) -> datetime | None:
        """When the configured share of the time is used up; None while it is paused."""
        return self._when(self.left - self.budget * (1 - configuration.get().sla.warn_share))

    def _when(self, left: timedelta) -> datetime | None:
        return None if self.since is None else ends(self.since, left, self.calendar, self.zone)


def start(segment: str, category: str, witel: str, at: datetime) -> Clock:
    """A new ticket's clock, running from `at`."""
    sla = configuration.get().sla
    hours = sla.hours.get(segment, sla.hours["REGULAR"])
    budget = timedelta(hours=hours.get(category, hours["other"]))
    calendar = sla.calendars.get(category, WORKING)
    return Clock(budget, budget, calendar, windows.zone_of(witel.casefold()), at)


def worked(since: datetime, until: datetime, calendar: str, zone: str) -> timedelta:
    """How much of the calendar's time lies between two moments; nothing if they are the wrong way round."""
    if calendar == ALWAYS or until <= since:
        return max(until - since, _NOTHING)
    total = _NOTHING
    for opens, closes in _shifts(since, zone):
        if opens >= until:
            return total
        total += max(min(closes, until) - max(opens, since), _NOTHING)
    return total


def ends(since: datetime, left: timedelta, calendar: str, zone: str) -> datetime:
    """The first moment at which `left` of the calendar's time has passed since `since`; at once if nothing is left."""
    if calendar == ALWAYS or left <= _NOTHING:
        return since + max(left, _NOTHING)
    for opens, closes in _shifts(since, zone):
        begins = max(opens, since)
        if closes <= begins:
            continue
        if begins + left <= closes:
            return begins + left
        left -= closes - begins
    raise ValueError("the calendar has no working hours within ten years: see configuration [sla]")


def _shifts(since: datetime, zone: str) -> Iterator[tuple[datetime, datetime]]:
    """The working spans from the day of `since` on, in UTC."""
    opens, closes = _hours()
    local = ZoneInfo(zone)
    day = since.astimezone(local).date()
    last = day + _LONGEST
    while day < last:
        if is_working_day(day):
            yield (
                datetime.combine(day, opens, local).astimezone(UTC),
                datetime.combine(day, closes, local).astimezone(UTC),
            )
        day += timedelta(days=1)


def _hours() -> tuple[time, time]:
    sla = configuration.get().sla
    return time.fromisoformat(sla.working_hours[0]), time.fromisoformat(sla.working_hours[1])


def is_working_day(day: date) -> bool:
    """Whether the unit works on that day."""
    sla = configuration.get().sla
    return day.weekday() in sla.working_days and day not in _holidays(sla.holidays, day.year)


@lru_cache(maxsize=16)
def _holidays(country: str, year: int) -> frozenset[date]:
    import holidays  # noqa: PLC0415  (slow to import)

    return frozenset(holidays.country_holidays(country, years=year))
