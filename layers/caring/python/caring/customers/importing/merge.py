"""What an accepted row changes in a customer: the file's word, but never over what people have said since.

- a field in `edited` (staff or the customer changed it) stays as it is;
- `choices` (the customer's own consents) and everything that is not of the import contract are not touched;
- a bill that POST /payments settled (`paid_for`, a due date) stays settled while the file shows that bill or an older
  one; a later due date is a new bill, and the file's;
- a number or mailbox that the file corrects is no longer known to be invalid;
- an erased customer stays erased.
"""

from dataclasses import dataclass
from typing import Any

from caring.customers import areas, model
from caring.customers.importing.rows import Values
from caring.customers.model import Item

_BILL = frozenset(("amount_due", "due_date", "paid_on"))
# attribute → the field of the contract that it follows
_FOLLOWS = {field: field for field in model.FIELDS if field != "customer_id"} | {
    "witel_key": "witel",
    "email_key": "email",
}


@dataclass(frozen=True, slots=True)
class Change:
    """Attributes to set, attributes to remove, and channels whose contact point is no longer known to be invalid."""

    sets: dict[str, dict[str, Any]]
    removes: list[str]
    mended: list[str]


def _typed(value: str | int | bool) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"BOOL": value}
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


def attributes(values: Values) -> Item:
    """The contract's fields as a customer item holds them: absent when there is none, with the look-up keys."""
    item = {name: _typed(value) for name, value in values.items() if value is not None and value != ""}
    if "email" in item:
        item["email_key"] = {"S": item["email"]["S"].lower()}
    if "witel" in item:
        item["witel_key"] = {"S": item["witel"]["S"].casefold()}
    if area := areas.of_item(item):
        item["area_key"] = {"S": area}
    return item


def new_customer(values: Values, at: str) -> Item:
    """The item of a customer who is not in the table yet; `at` is an ISO time."""
    return attributes(values) | {
        "version": {"N": "1"},
        "created_at": {"S": at},
        "updated_at": {"S": at},
        "edited": {"M": {}},
        "choices": {"M": {}},
        "invalid": {"M": {}},
    }


def change(existing: Item, values: Values) -> Change | None:
    """What the row changes in an existing customer; None if nothing."""
    if model.flag(existing, "erased"):
        return None
    wanted = attributes(values)
    kept = set(existing.get("edited", {}).get("M", {}))
    if _is_settled(existing, wanted):
        kept |= _BILL
    sets, removes = {}, []
    for attribute, field in _FOLLOWS.items():
        if field in kept:
            continue
        value = wanted.get(attribute)
        if value is None:
            if attribute in existing:
                removes.append(attribute)
        elif existing.get(attribute) != value:
            sets[attribute] = value
    _follow_area(existing, sets, removes)
    if not sets and not removes:
        return None
    invalid = existing.get("invalid", {}).get("M", {})
    changed = {*sets, *removes}
    return Change(sets, removes, [channel for channel in invalid if model.CONTACT_FIELD.get(channel) in changed])


def _follow_area(existing: Item, sets: Item, removes: list[str]) -> None:
    """Have the area say what the address will say, whoever wrote which part of it."""
    fields = {name: value for name, value in (existing | sets).items() if name not in removes}
    area = areas.of_item(fields)
    if area is None and "area_key" in existing:
        removes.append("area_key")
    elif area is not None and existing.get("area_key") != {"S": area}:
        sets["area_key"] = {"S": area}


def _is_settled(existing: Item, wanted: Item) -> bool:
    paid_for, due = model.text(existing, "paid_for"), model.text(wanted, "due_date")
    return paid_for is not None and due is not None and due <= paid_for
