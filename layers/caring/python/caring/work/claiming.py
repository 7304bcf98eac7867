"""Taking an item in hand: only when its customer may be met now, and only when nobody else holds it."""

from collections.abc import Mapping
from typing import Any

from caring.customers.bulk import read_customers
from caring.errors import conflict
from caring.runs import store as runs
from caring.runs.eligibility import decide, rules_for
from caring.work import calls, handling, items, visits

_OVER = ("paid", "erased", "opted_out")  # why nobody needs an item of a run any more …
_LATER = ("payment_check", "open_ticket", "fresh_detractor", "incident")  # … and why it waits


def claim(work_id: str, actor: str) -> dict[str, Any]:
    """Take an item for the configured time; again by the same person begins that time anew.

    CaringError 404 for an unknown item, 409 for one that is done or another's, a call or visit that is not to be made
    now, or an item of a run that waits (a disturbance is being repaired) or that nobody needs any more, and that is
    withdrawn.
    """
    item = items.get(work_id)
    if items.state_of(item) == "open":
        _check_wanted(item)
        if item["kind"] == "call":
            calls.check_may_call(item)
        elif item["kind"] == "visit":
            visits.check_may_visit(item)
    return handling.claim(work_id, actor)


def _check_wanted(item: Mapping[str, Any]) -> None:
    """CaringError 409 for an item of a run whose program would not reach the customer any more, or not now."""
    if "run_id" not in item:
        return
    customer = read_customers([item["customer_id"]]).get(item["customer_id"])
    if customer is None:
        return
    decision = decide(rules_for(runs.get_run(item["run_id"]).program, {}), customer)
    if decision.reason in _OVER:
        handling.withdraw([item["work_id"]], decision.why)
        raise conflict(str(decision.reason), f"{decision.why}: the item is withdrawn, take another one")
    if decision.reason in _LATER:
        raise conflict(str(decision.reason), f"{decision.why}: take another item")
