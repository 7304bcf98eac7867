"""The nps table: the episodes that ended, every score, and what customers say unasked, by the day in their own zone.

A key is one of a few parts of a day ("2026-11-24#3"), so that no day is one partition, and an entry in it ("score#…",
"episode#…", "said#…"), which says when it was and which event made it. A score is never overwritten: what a correction
replaces is decided when figures are made (figures.standing), so that the order in which events arrive changes nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zlib import crc32

from caring import aws, clock, configuration, environment, tables
from caring.customers import model
from caring.runs.windows import zone_of
from caring.typed import plain_item, typed, typed_item

Entry = dict[str, Any]
Kind = Literal["score", "episode", "said"]

_PARTS = 4  # of a day; more may be added, for what was written under fewer is still read
_READERS = 16  # parts read at once


def entry(kind: Kind, customer: model.Item, at: datetime, event_id: str, details: Mapping[str, Any]) -> Entry:
    """An entry about a customer; his witel and segment are kept as they are now."""
    customer_id = customer["customer_id"]["S"]
    witel = model.text(customer, "witel_key")
    day = clock.local_date(at, zone_of(witel))
    days = configuration.get().retention.timeline
    return {
        **details,
        "day_part": f"{day.isoformat()}#{crc32(customer_id.encode()) % _PARTS}",
        "entry": f"{kind}#{clock.iso(at)}#{event_id}",
        "customer_id": customer_id,
        "at": clock.iso(at),
        "witel": witel,
        "segment": model.text(customer, "segment") or "REGULAR",
        "expires_at": int(clock.to_wall(clock.now()).timestamp()) + days * 86_400,
    }


def reference(found: Entry) -> str:
    """An entry's key as one text, for whatever points to it."""
    return f"{found['day_part']}/{found['entry']}"


def event_of(found: Entry) -> str:
    """The event that made an entry."""
    return str(found["entry"]).split("#", 2)[2]


def day_of(found: Entry) -> date:
    """The day of an entry, in its customer's zone."""
    return date.fromisoformat(str(found["day_part"]).partition("#")[0])


def _key(at: str) -> dict[str, Any]:
    day_part, _, name = at.partition("/")
    return typed_item({"day_part": day_part, "entry": name})


def put(new: Entry) -> bool:
    """Write an entry that is not there yet; False if it is."""
    return tables.put_new(environment.table("nps"), typed_item(new), "day_part")


def get(at: str) -> Entry | None:
    """The entry of a reference, read consistently; None for none."""
    answer = aws.client("dynamodb").get_item(TableName=environment.table("nps"), Key=_key(at), ConsistentRead=True)
    return plain_item(answer["Item"]) if "Item" in answer else None


def complete(at: str, **values: Any) -> None:
    """Add to an entry what was not known yet; what stands there already stays, and no entry is made."""
    names = {f"#n{place}": name for place, name in enumerate(values)}
    sets = ", ".join(f"{name} = if_not_exists({name}, :v{place})" for place, name in enumerate(names))
    tables.update(
        environment.table("nps"),
        _key(at),
        UpdateExpression=f"SET {sets}",
        ConditionExpression="attribute_exists(day_part)",
        ExpressionAttributeNames=names,
        ExpressionAttributeValues={f":v{place}": typed(value) for place, value in enumerate(values.values())},
    )


def between(kind: Kind, first: date, last: date) -> list[Entry]:
    """The entries of a kind from one day to another, both included, the oldest first."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    parts = [f"{day.isoformat()}#{part}" for day in days for part in range(_PARTS)]
    with ThreadPoolExecutor(_READERS) as pool:
        found = [one for part in pool.map(lambda part: list(_of_part(part, kind)), parts) for one in part]
    return sorted(found, key=lambda one: str(one["entry"]))


def _of_part(part: str, kind: Kind) -> Iterator[Entry]:
    values = {":part": {"S": part}, ":kind": {"S": f"{kind}#"}}
    condition = "day_part = :part AND begins_with(entry, :kind)"
    yield from _query(KeyConditionExpression=condition, ExpressionAttributeValues=values, ConsistentRead=True)


def of_customer(customer_id: str) -> list[Entry]:
    """Every entry of a customer, the oldest first; one written this very moment may be missing."""
    keys = _query(
        IndexName="by_customer",
        KeyConditionExpression="customer_id = :customer",
        ExpressionAttributeValues={":customer": {"S": customer_id}},
    )
    return [one for key in keys if (one := get(reference(key)))]


def _query(**request: Any) -> Iterable[Entry]:
    return map(plain_item, tables.query(environment.table("nps"), **request))
