"""EventBridge Scheduler's cron(…) and rate(…) expressions, evaluated on any clock.

Fields of cron: minutes hours day-of-month month day-of-week year; `*` `?` `,` `-` `/`, names of months and days, `L`
(last), `15W` (weekday nearest to the 15th), `LW`, `FRI#2` (second Friday), `6L` (last Friday). Days of the week count
from SUN = 1. Source: the EventBridge Scheduler user guide, "Schedule types".
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_DAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}
_UNITS = {"minute": 60, "hour": 3600, "day": 86400}
_RATE = re.compile(r"rate\(\s*(\d+)\s+(minute|hour|day)s?\s*\)")
_CRON = re.compile(r"cron\(\s*(.+?)\s*\)")


@dataclass(frozen=True, slots=True)
class Rate:
    """Every so many seconds from an anchor on."""

    seconds: int

    def occurrence(self, after: datetime, until: datetime, anchor: datetime) -> datetime | None:
        """The last moment in (after, until] that is a whole number of periods, at least one, after the anchor."""
        periods = int((until - anchor).total_seconds() // self.seconds)
        moment = anchor + timedelta(seconds=periods * self.seconds)
        return moment if periods >= 1 and moment > after else None


@dataclass(frozen=True, slots=True)
class Cron:
    """Six fields as they were written, and the numbers that the simple ones allow."""

    minutes: frozenset[int]
    hours: frozenset[int]
    day_of_month: str
    months: frozenset[int]
    day_of_week: str
    years: frozenset[int]

    def matches(self, moment: datetime) -> bool:
        """Whether the schedule fires in the minute of a local time."""
        return (
            moment.minute in self.minutes
            and moment.hour in self.hours
            and moment.month in self.months
            and moment.year in self.years
            and _day_of_month(self.day_of_month, moment.date())
            and _day_of_week(self.day_of_week, moment.date())
        )

    def occurrence(self, after: datetime, until: datetime, anchor: datetime) -> datetime | None:  # noqa: ARG002 (as Rate)
        """The last firing minute in (after, until], in the zone of `until`; looks back one day at most."""
        minute = until.replace(second=0, microsecond=0)
        earliest = max(after, until - timedelta(days=1))
        while minute > earliest:
            if self.matches(minute):
                return minute
            minute -= timedelta(minutes=1)
        return None


def parse(expression: str) -> Rate | Cron:
    """The meaning of an expression. Raises ValueError for an at(…) or a malformed one."""
    if rate := _RATE.fullmatch(expression.strip()):
        return Rate(int(rate[1]) * _UNITS[rate[2]])
    cron = _CRON.fullmatch(expression.strip())
    fields = cron[1].upper().split() if cron else []
    if len(fields) != 6:
        raise ValueError(f"{expression!r} is neither rate(n units) nor cron(six fields)")
    minutes, hours, day_of_month, months, day_of_week, years = fields
    parsed = Cron(
        minutes=_numbers(minutes, 0, 59),
        hours=_numbers(hours, 0, 23),
        day_of_month=day_of_month,
        months=_numbers(months, 1, 12, _MONTHS),
        day_of_week=day_of_week,
        years=_numbers(years, 1970, 2199),
    )
    _day_of_month(day_of_month, date(2024, 2, 1))  # a malformed day says so now, not at night
    _day_of_week(day_of_week, date(2024, 2, 1))
    return parsed


def _numbers(field: str, low: int, high: int, names: dict[str, int] | None = None) -> frozenset[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        if span in ("*", "?"):
            first, last = low, high
        else:
            start, _, end = span.partition("-")
            first = _number(start, names)
            last = _number(end, names) if end else (high if step else first)
        if not (low <= first <= high and low <= last <= high):
            raise ValueError(f"{part!r} is not within {low} to {high}")
        spread = range(first, last + 1) if first <= last else [*range(first, high + 1), *range(low, last + 1)]
        found.update(spread[:: int(step or 1)])
    return frozenset(found)


def _number(text: str, names: dict[str, int] | None) -> int:
    return names[text] if names and text in names else int(text)


def _day_of_month(field: str, day: date) -> bool:
    last = calendar.monthrange(day.year, day.month)[1]
    if field == "L":
        return day.day == last
    if field.endswith("W"):
        wanted = last if field == "LW" else min(int(field[:-1]), last)
        return day == _nearest_weekday(day.replace(day=wanted), last)
    return day.day in _numbers(field, 1, 31)


def _nearest_weekday(day: date, last: int) -> date:
    """A Saturday goes back to Friday, a Sunday on to Monday, but never into another month."""
    if day.weekday() == 5:
        return day - timedelta(days=1) if day.day > 1 else day + timedelta(days=2)
    if day.weekday() == 6:
        return day + timedelta(days=1) if day.day < last else day - timedelta(days=2)
    return day


def _day_of_week(field: str, day: date) -> bool:
    number = day.isoweekday() % 7 + 1
    name, hash_, nth = field.partition("#")
    if hash_:
        return number == _number(name, _DAYS) and (day.day - 1) // 7 + 1 == int(nth)
    if field.endswith("L"):
        wanted = _number(field[:-1], _DAYS) if len(field) > 1 else 7
        is_last = day.day + 7 > calendar.monthrange(day.year, day.month)[1]
        return number == wanted and (is_last or field == "L")
    return number in _numbers(field, 1, 7, _DAYS)
