"""The lockers: what people have to do, in the order in which it is worth most."""

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from caring.customers import repair_rounds
from caring.errors import CaringError
from caring.work import items
from chalicelib.caller import Caller
from chalicelib.paging import page
from chalicelib.routing import Call, route

if TYPE_CHECKING:
    from chalicelib import run_models

work = Blueprint(__name__)


def _witel(caller: Caller, asked: str | None) -> str:
    """The witel whose lockers are meant: the caller's own; those who see all name one."""
    if caller.sees_all:
        if asked is None and caller.witel is None:
            raise CaringError(
                "missing_field", "query.witel: you see every witel, so name the one whose lockers you mean"
            )
        return asked or str(caller.witel)
    if caller.witel is None or (asked is not None and not caller.sees(asked)):
        raise CaringError("forbidden", "you see the lockers of your own witel: leave witel out, or ask ops", 403)
    return caller.witel


@route(
    work,
    "GET /work-items",
    "the items of a unit's locker, the most valuable and oldest first; of all units without one",
    query="WorkItemsQuery",
    answer="WorkItems",
)
def list_work_items(call: Call) -> dict[str, Any]:
    """Of the caller's witel; `ask_for_contact` where the customer's numbers or mailboxes no longer work."""
    asked: run_models.WorkItemsQuery = call.query
    found, following = items.listed(
        asked.unit or items.UNITS,
        asked.state,
        _witel(call.caller, asked.witel),
        kind=asked.kind,
        limit=asked.size,
        after=asked.start,
    )
    asks = repair_rounds.ask_for_contact([item["customer_id"] for item in found if item.get("customer_id")])
    shown = [item | {"ask_for_contact": True} if item.get("customer_id") in asks else item for item in found]
    return page(shown, following)
