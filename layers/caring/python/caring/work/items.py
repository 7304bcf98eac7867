"""Work items in the lockers of a unit and witel: call, visit and the other kinds that a person does.

A locker's list is ordered by value, then by age: `order_key` holds both, the highest value first. An item's id begins
with its kind.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from caring import aws, environment, tables
from caring.typed import plain_item, typed_item

KINDS = (
    "call",
    "visit",
    "educate",
    "collaborate",
    "repair_contact",
    "detractor_follow_up",
    "group_post",
    "ticket_work",
)
STATES = ("open", "claimed", "done")
UNITS = ("crm", "sccd", "billing", "field", "network", "sales")
_OWN = ("locker", "order_key")
_TOP = 10**12


def locker(unit: str, state: str, witel: str) -> str:
    """The locker's key: a unit's items of one state in one witel."""
    return f"{unit}#{state}#{witel.casefold()}"


def order_key(item: Mapping[str, Any]) -> str:
    """Sorts high value before regular, then by rupiah at stake, then the oldest first."""
    first = 0 if item.get("segment") == "HVC" else 1
    return f"{first}#{_TOP - int(item.get('value') or 0):013d}#{item['created_at']}#{item['work_id']}"


def enter(items: Sequence[Mapping[str, Any]]) -> None:
    """Enter items that are not there yet; one that is there stays as it is, whoever works on it."""
    table = environment.table("work_items")
    statements = []
    for item in items:
        whole = {**item, "locker": locker(item["unit"], item["state"], item["witel"]), "order_key": order_key(item)}
        statements.append(tables.insert(table, typed_item(whole)))
    for start in range(0, len(statements), tables.WRITES):
        tables.write(statements[start : start + tables.WRITES])


def listed(
    unit: str | Sequence[str], state: str, witel: str, *, kind: str | None, limit: int, after: str | None = None
) -> tuple[list[dict[str, Any]], str | None]:
    """The items of one or more units' lockers in their order after `after` (an order_key), and the next `after`."""
    units = [unit] if isinstance(unit, str) else unit
    found = sorted(pair for name in units for pair in _keys(locker(name, state, witel), kind, limit + 1, after))
    shown = found[:limit]
    items = _read([work_id for _, work_id in shown])
    following = shown[-1][0] if len(found) > limit else None
    return [items[work_id] for _, work_id in shown if work_id in items], following


def _keys(lies_in: str, kind: str | None, limit: int, after: str | None) -> list[tuple[str, str]]:
    """(order_key, work_id) of at most `limit` items of a locker."""
    condition = "locker = :locker" + (" AND order_key > :after" if after else "")
    values = {":locker": {"S": lies_in}} | ({":after": {"S": after}} if after else {})
    pages = (
        aws.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=environment.table("work_items"),
            IndexName="by_locker",
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
        )
    )
    found: list[tuple[str, str]] = []
    for page in pages:
        for item in page["Items"]:
            if kind is None or item["work_id"]["S"].startswith(f"{kind}-"):
                found.append((item["order_key"]["S"], item["work_id"]["S"]))
        if len(found) >= limit:
            break
    return found[:limit]


def _read(work_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    keys = [{"work_id": {"S": work_id}} for work_id in work_ids]
    shown = map(plain_item, tables.read(environment.table("work_items"), keys))
    return {item["work_id"]: {name: value for name, value in item.items() if name not in _OWN} for item in shown}
