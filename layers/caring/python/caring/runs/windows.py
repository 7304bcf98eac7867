"""Send windows: the hours of the day, in the customer's own zone, at which a purpose may reach him.

Offers and service messages have hours of their own (configuration [windows]); a program may narrow them, never widen
them; public holidays are off. Times come and go as aware datetimes.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from caring import configuration


def zone_of(witel_key: str | None) -> str:
    """The IANA zone of a witel (casefolded name): WIB, WITA or WIT."""
    zones = configuration.get().zones
    return str(zones.by_witel.get(witel_key or "", zones.default))


@lru_cache(maxsize=64)
def hours(purpose: str, narrowed_from: str | None = None, narrowed_to: str | None = None) -> tuple[time, time]:
    """The opening and closing hour of a purpose, narrowed by a program's window. A survey keeps the hours of offers."""
    windows = configuration.get().windows
    opens, closes = (time.fromisoformat(text) for text in windows["service" if purpose == "service" else "offers"])
    if narrowed_from:
        opens = max(opens, time.fromisoformat(narrowed_from))
    if narrowed_to:
        closes = min(closes, time.fromisoformat(narrowed_to))
    return opens, closes


def of_program(purpose: str, window: Mapping[str, str] | None) -> tuple[time, time]:
    """The hours of a program's messages; `window` is {from, to} as "HH:MM", or None."""
    return hours(purpose, window["from"] if window else None, window["to"] if window else None)


@lru_cache(maxsize=1024)
def is_day_off(day: date) -> bool:
    """Whether nothing may be sent on that day: a public holiday of the configured country."""
    windows = configuration.get().windows
    if windows["send_on_holidays"]:
        return False
    return day in _holidays(windows["holidays"], day.year)


@lru_cache(maxsize=16)
def _holidays(country: str, year: int) -> frozenset[date]:
    import holidays  # noqa: PLC0415  (slow to import, and needed once per year of plans only)

    return frozenset(holidays.country_holidays(country, years=year))


# A batch of messages asks the same of each of its customers.
@lru_cache(maxsize=64)
def is_open(span: tuple[time, time], zone: str, moment: datetime) -> bool:
    """Whether the window is open at that moment in that zone."""
    local = moment.astimezone(ZoneInfo(zone))
    return span[0] <= local.time() < span[1] and not is_day_off(local.date())


@lru_cache(maxsize=64)
def closes_at(span: tuple[time, time], zone: str, moment: datetime) -> datetime:
    """When today's window closes."""
    local = moment.astimezone(ZoneInfo(zone))
    return datetime.combine(local.date(), span[1], ZoneInfo(zone))


def next_open(span: tuple[time, time], zone: str, moment: datetime) -> datetime:
    """The first moment from `moment` on at which the window is open. Raises ValueError if it never is in a year."""
    if is_open(span, zone, moment):
        return moment
    local = moment.astimezone(ZoneInfo(zone))
    day = local.date() if local.time() < span[0] else local.date() + timedelta(days=1)
    for _ in range(366):
        if not is_day_off(day) and span[0] < span[1]:
            return datetime.combine(day, span[0], ZoneInfo(zone))
        day += timedelta(days=1)
    raise ValueError(f"the window {span[0]:%H:%M} to {span[1]:%H:%M} never opens: widen the program's window")


def finish_of(work: timedelta, span: tuple[time, time], zone: str, start: datetime) -> datetime:
    """When work of a given length ends if it goes on only while the window is open, day after day."""
    moment, left = start, work
    while True:
        moment = next_open(span, zone, moment)
        room = closes_at(span, zone, moment) - moment
        if left <= room:
            return moment + left
        left -= room
        moment += room
