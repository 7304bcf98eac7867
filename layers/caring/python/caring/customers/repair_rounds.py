"""Rounds of contact repair: one open work item per customer, from the loss of a contact point until it is answered.

The round stands with the customer as `repair` {round, open, at, reason}; its number is part of the item's id, so the
item is one however often it is entered, and the next loss after its end makes another.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from caring import environment, tables
from caring.customers import model
from caring.customers.bulk import read_customers
from caring.customers.facts import Flaw
from caring.customers.model import Item
from caring.typed import plain
from caring.work import items

_KIND = "repair_contact"
_READS = ("customer_id", "invalid", "repair")


def opened(customer: Item, lost: Flaw, *, important: bool) -> dict[str, Any] | None:
    """The round that a lost contact point opens; None if one is open, or others are left and the matter can wait.

    `customer` as he is after the loss.
    """
    none_left = not any(point["valid"] for point in model.contact_points(customer))
    if is_open(customer) or not (none_left or important or model.number(customer, "open_tickets")):
        return None
    number = int(customer["repair"]["M"]["round"]["N"]) if "repair" in customer else 0
    return {"round": number + 1, "open": True, "at": lost.at, "reason": lost.reason}


def is_open(customer: Item) -> bool:
    """Whether a round is open."""
    return "repair" in customer and bool(customer["repair"]["M"]["open"]["BOOL"])


def enter(customer: Item) -> None:
    """Enter the item of the customer's open round, if it is not there yet."""
    items.enter([_item(customer)])


def _item(customer: Item) -> dict[str, Any]:
    """The open item of a customer: its id is that of his round, so that there is one however often it is entered."""
    repair = plain(customer["repair"])
    work_id = f"{_KIND}-{customer['customer_id']['S']}-{repair['round']}"
    made = items.about(customer, _KIND, work_id, unit="crm", reason=repair["reason"])
    return made | {"invalid": sorted(plain(customer["invalid"])), "round": repair["round"]}


def shown(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Items as people see them, each with what is to be known of its customer's contact points now.

    `ask_for_contact` where one does not work; `invalid` of an open item of repair names every channel that does not.
    """
    customers = read_customers(sorted({item["customer_id"] for item in found if item.get("customer_id")}), _READS)
    told = []
    for item in found:
        customer = customers.get(item.get("customer_id") or "", {})
        invalid = sorted(plain(customer["invalid"])) if "invalid" in customer else []
        more: dict[str, Any] = {"ask_for_contact": True} if invalid or is_open(customer) else {}
        if item["kind"] == _KIND and item["state"] != "done":
            more["invalid"] = invalid
        told.append({**item, **more})
    return told


def broken(customer: Item) -> list[str]:
    """The fields whose number or mailbox does not work by one channel at least."""
    invalid = [point["channel"] for point in model.contact_points(customer) if not point["valid"]]
    return list(dict.fromkeys(model.CONTACT_FIELD[channel] for channel in invalid))


def close(customer_id: str, number: int) -> bool:
    """End a round; the next lost contact point opens another. False if it had ended already."""
    ended = tables.update(
        environment.table("customers"),
        {"customer_id": {"S": customer_id}},
        UpdateExpression="SET repair.#open = :no ADD version :one",
        ConditionExpression="repair.#round = :round AND repair.#open = :yes",
        ExpressionAttributeNames={"#open": "open", "#round": "round"},
        ExpressionAttributeValues={
            ":no": {"BOOL": False},
            ":yes": {"BOOL": True},
            ":round": {"N": str(number)},
            ":one": {"N": "1"},
        },
    )
    return ended is not None
