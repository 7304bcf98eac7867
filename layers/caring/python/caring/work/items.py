"""Work items in the lockers of a unit and witel: call, visit and the other kinds that a person does.

A locker's list is ordered by value, then by age: `order_key` holds both, the highest value first. An item's id begins
with its kind. Who claims an item has it for a while (a lease); once that has run out the item is open again, by itself:
it is only listed and shown so, and the next claim writes it.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from caring import aws, clock, configuration, environment, places, tables
from caring.customers import model
from caring.errors import not_found
from caring.ids import ID
from caring.typed import plain_item, typed_item

KINDS = (
    "call",
    "visit",
    "educate",
    "collaborate",
    "repair_contact",
    "rights_request",
    "detractor_follow_up",
    "group_post",
    "ticket_work",
    "escalation",
    "reply",
    "unmatched",
)
STATES = ("open", "claimed", "done")
UNITS = ("crm", "sccd", "billing", "field", "network", "sales")
_OWN = ("locker", "order_key", "token")
_TOP = 10**12
_FIRST = "0#"  # begins the order_key of a customer of high value


def locker(unit: str, state: str, witel: str) -> str:
    """The locker's key: a unit's items of one state in one witel."""
    return f"{unit}#{state}#{witel.casefold()}"


def order_key(item: Mapping[str, Any]) -> str:
    """Sorts high value before regular, then by rupiah at stake, then the oldest first."""
    first = 0 if item.get("segment") == "HVC" else 1
    return f"{first}#{_TOP - int(item.get('value') or 0):013d}#{item['created_at']}#{item['work_id']}"


def about(
    customer: model.Item, kind: str, work_id: str, *, unit: str, reason: str, due: str | None = None
) -> dict[str, Any]:
    """A new item about a customer, due in the configured hours of its kind, or of `due`."""
    now = clock.now()
    return {
        "work_id": work_id,
        "kind": kind,
        "unit": unit,
        "state": "open",
        "witel": model.text(customer, "witel") or "",
        "customer_id": customer["customer_id"]["S"],
        "segment": model.text(customer, "segment") or "REGULAR",
        "value": model.number(customer, "amount_due") or 0,
        "reason": reason,
        "created_at": clock.iso(now),
        "due_at": clock.iso(now + timedelta(hours=configuration.get().work.due_hours[due or kind])),
    }


def enter(items: Sequence[Mapping[str, Any]]) -> None:
    """Enter items that are not there yet; one that is there stays as it is, whoever works on it."""
    table = environment.table("work_items")
    statements = []
    for item in items:
        whole = {**item, "locker": locker(item["unit"], item["state"], item["witel"]), "order_key": order_key(item)}
        statements.append(tables.insert(table, typed_item(whole)))
    for start in range(0, len(statements), tables.WRITES):
        tables.write(statements[start : start + tables.WRITES])


def get(work_id: str) -> dict[str, Any]:
    """The item with all that belongs to it. CaringError 404 if there is none."""
    if not ID.match(work_id):
        raise not_found("work item", work_id)
    answer = aws.client("dynamodb").get_item(
        TableName=environment.table("work_items"), Key={"work_id": {"S": work_id}}, ConsistentRead=True
    )
    if "Item" not in answer:
        raise not_found("work item", work_id)
    return plain_item(answer["Item"])


def read(work_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Those of the items that exist, with all that belongs to them, in the order asked."""
    keys = [{"work_id": {"S": work_id}} for work_id in work_ids]
    found = {i["work_id"]["S"]: plain_item(i) for i in tables.read(environment.table("work_items"), keys)}
    return [found[work_id] for work_id in work_ids if work_id in found]


def state_of(item: Mapping[str, Any]) -> str:
    """The item's state now: one whose lease has run out is open."""
    if item["state"] == "claimed" and str(item["lease_until"]) <= clock.iso(clock.now()):
        return "open"
    return str(item["state"])


def view(item: Mapping[str, Any]) -> dict[str, Any]:
    """The item as people see it."""
    shown = {name: value for name, value in item.items() if name not in _OWN}
    shown["state"] = state_of(item)
    if shown["state"] == "open":
        for name in ("claimed_by", "claimed_at", "lease_until"):
            shown.pop(name, None)
    return shown


def listed(
    unit: str | Sequence[str],
    state: str,
    witel: str,
    *,
    kind: str | None = None,
    high: bool | None = None,
    due_before: str | None = None,
    limit: int,
    after: str | None = None,
) -> tuple[list[dict[str, Any]], str | None]:
    """The items of one or more units' lockers in their order after the place `after`, and the next `after`.

    `high` chooses the customers of high value (or the others), `due_before` (ISO, UTC) what is due by then.
    """
    units = [unit] if isinstance(unit, str) else unit
    lockers = [locker(name, state, witel) for name in units]
    if state == "open":  # those whose lease has run out still lie where the claimed ones do
        lockers += [locker(name, "claimed", witel) for name in units]
    found, following = places.page(
        places.Index(environment.table("work_items"), "by_locker", "locker", "order_key", "work_id"),
        lockers,
        read,
        limit=limit,
        after=after,
        keep=lambda place: (
            (kind is None or place.id.startswith(f"{kind}-"))
            and (high is None or place.sort.startswith(_FIRST) == high)
        ),
        wanted=lambda item: state_of(item) == state and (due_before is None or str(item["due_at"]) < due_before),
    )
    return [view(item) for item in found], following
