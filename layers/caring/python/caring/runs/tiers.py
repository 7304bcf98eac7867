"""The WhatsApp account's tier: how many different customers it may write to in any 24 hours, booked across all runs.

Meta counts a moving day, so a day's bookings are kept by the hour, and count until 24 hours after the last moment at
which they may be used: their own hour and the next. A booking is made before its chunk is queued, and a chunk that
was held longer is booked anew when it is sent. What a crash or a skipped customer leaves unused is lost for the day, so
that the tier is never passed. 0 in the configuration means an unlimited account: nothing is booked.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from botocore.exceptions import ClientError

from caring import aws, clock, configuration, environment
from caring.runs.store import key

CHANNEL = "whatsapp"
_USABLE = timedelta(hours=2)  # from the full hour of a booking


def limit(channel: str) -> int | None:
    """How many customers a channel may reach in a day; None where nothing limits it."""
    most = int(configuration.get().whatsapp.daily_unique_customers)
    return most if channel == CHANNEL and most > 0 else None


def _key(moment: datetime) -> dict[str, Any]:
    day = clock.local_date(moment, configuration.get().zones.default)
    return key(f"{CHANNEL}-day#{day.isoformat()}", "booked")


def _hour(moment: datetime) -> str:
    return f"h{moment.astimezone(ZoneInfo(configuration.get().zones.default)).hour:02d}"


def _booked(moment: datetime) -> Counter[str]:
    answer = aws.client("dynamodb").get_item(TableName=environment.table("runs"), Key=_key(moment), ConsistentRead=True)
    return _hours(answer.get("Item", {}))


def _hours(item: Mapping[str, Any]) -> Counter[str]:
    return Counter({name: int(value["N"]) for name, value in item.items() if "N" in value})


def left(channel: str, now: datetime) -> int | None:
    """How many customers may still be booked at this hour; None for no limit."""
    most = limit(channel)
    if most is None:
        return None
    return max(0, most - _carried(now) - _booked(now)["booked"])


def _carried(now: datetime) -> int:
    """What was booked on the days before and may have been sent within 24 hours: 25 hours back, to the full hour."""
    zone = configuration.get().zones.default
    since = now - _USABLE + timedelta(hours=1) - timedelta(days=1)
    first, total = clock.local_date(since, zone), 0
    for moment in (now - timedelta(days=1), now - timedelta(days=2)):
        day = clock.local_date(moment, zone)
        if day >= first:
            from_hour = _hour(since) if day == first else "h"
            hours = _booked(moment)
            total += sum(n for name, n in hours.items() if name.startswith("h") and name >= from_hour)
    return total


def stamp(now: datetime) -> str:
    """The hour of a booking, as a chunk carries it."""
    return clock.iso(now.replace(minute=0, second=0, microsecond=0))


def lapsed(channel: str, booked: str | None, now: datetime) -> bool:
    """Whether what is sent now needs a booking of its own: the chunk's is of an hour before the last one, or none."""
    if limit(channel) is None:
        return False
    return booked is None or now >= clock.parse(booked) + _USABLE


def book(channel: str, wanted: int, now: datetime) -> int:
    """Book up to `wanted` customers; how many were granted. Two runs at once never pass the tier together."""
    most = limit(channel)
    if most is None or wanted <= 0:
        return wanted
    most -= _carried(now)
    grant = min(wanted, most)
    while grant > 0:
        booked = _add(now, grant, most)
        if booked is None:
            return grant
        grant = min(grant, most - booked)
    return 0


def _add(now: datetime, n: int, most: int) -> int | None:
    """Book n customers. None when done, else how many are booked already."""
    try:
        aws.client("dynamodb").update_item(
            TableName=environment.table("runs"),
            Key=_key(now),
            UpdateExpression="ADD booked :n, #hour :n",
            ConditionExpression="attribute_not_exists(booked) OR booked <= :room",
            ExpressionAttributeNames={"#hour": _hour(now)},
            ExpressionAttributeValues={":n": {"N": str(n)}, ":room": {"N": str(most - n)}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        standing: dict[str, Any] = error.response.get("Item", {})  # type: ignore[assignment]
        return _hours(standing)["booked"]
    return None


def next_room(now: datetime) -> datetime:
    """When to ask again after a refusal: at the next full hour, when an hour of yesterday falls out of the day."""
    return (now + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
