"""Taking an item in hand: only when its customer may be met now, and only when nobody else holds it."""

from collections.abc import Mapping
from typing import Any

from caring.customers.bulk import read_customers
from caring.errors import conflict
from caring.runs import store as runs
from caring.runs.eligibility import decide, rules_for
from caring.work import calls, handling, items


def claim(work_id: str, actor: str) -> dict[str, Any]:
    """Take an item for the configured time; again by the same person begins that time anew.

    CaringError 404 for an unknown item, 409 for one that is done or another's, a call that is not to be made now, or a
    bill's or an offer's call or visit where a disturbance is being repaired.
    """
    item = items.get(work_id)
    if items.state_of(item) == "open":
        if item["kind"] == "call":
            calls.check_may_call(item)
        _check_not_held(item)
    return handling.claim(work_id, actor)


def _check_not_held(item: Mapping[str, Any]) -> None:
    if "run_id" not in item:
        return
    customer = read_customers([item["customer_id"]]).get(item["customer_id"], {})
    if "incident_hold" not in customer:
        return
    if decide(rules_for(runs.get_run(item["run_id"]).program, {}), customer).reason == "incident":
        said = "a disturbance at the customer's place is being repaired, and bills and offers wait"
        raise conflict("incident", f"{said}: take another item")
