"""Lessons: an item to teach a customer what helps him, and the material that is sent to him when it is done."""

from collections.abc import Mapping
from typing import Any

from caring.conversation import say
from caring.customers import model
from caring.customers import store as customers
from caring.errors import conflict
from caring.tickets import routing
from caring.work import items

KIND = "educate"
_EQUIVOCAL = 1


def want(
    customer_id: str,
    name: str,
    *,
    unit: str,
    reason: str,
    category: str | None = None,
    matter: str | None = None,
    ticket_id: str | None = None,
) -> dict[str, Any]:
    """Enter an item to teach a customer, once for its `name`; the item as it is. It offers what fits its matter.

    CaringError: 404 unknown customer, 409 one whose data were erased.
    """
    customer = customers.get(customer_id)
    if model.flag(customer, "erased"):
        raise conflict("erased", "the customer's data were erased: there is nobody to teach")
    made = items.about(customer, KIND, f"{KIND}-{name}", unit=unit, reason=reason)
    more = {"category": category, "matter": matter, "ticket_id": ticket_id}
    offers = {"materials": routing.material(category, matter)}
    items.enter([made | offers | {name: value for name, value in more.items() if value is not None}])
    return items.get(made["work_id"])


def send(item: Mapping[str, Any], script_id: str) -> None:
    """Send an item's material to its customer, once however often it is asked for; it stands on the timeline.

    CaringError 409 when nobody can be reached by it, or it is not approved.
    """
    said = say(
        item["customer_id"],
        cause=f"educate-{item['work_id']}",
        script_id=script_id,
        purpose="service",
        equivocal=_EQUIVOCAL,
        subject=item.get("ticket_id"),
    )
    if said.channel is None:
        raise conflict("not_reachable", f"the material cannot be sent ({said.why}): teach without it, and say so")
