"""When fault tickets of one area are so many, in so short a time, that they look like one disturbance."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Report:
    """A fault ticket of an area: whose, and when it was opened (aware)."""

    ticket_id: str
    customer_id: str
    at: datetime


def cluster(
    reports: Iterable[Report], now: datetime, *, window: timedelta, least: int, since: datetime | None = None
) -> list[Report]:
    """The reports of the last `window` if they are of at least `least` customers, oldest first; else none.

    Reports up to `since`, when the area's last incident ended, do not count again.
    """
    begins = now - window
    found = [one for one in reports if begins < one.at <= now and (since is None or one.at > since)]
    if len({one.customer_id for one in found}) < least:
        return []
    return sorted(found, key=lambda one: (one.at, one.ticket_id))
