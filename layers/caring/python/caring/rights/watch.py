"""A look at open requests, on a schedule: erasures that were begun go on, and what is due soon becomes a work item."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from caring import clock, configuration
from caring.observability import logger, safe
from caring.rights import erasure, requests
from caring.work import items


def look(enough: Callable[[], bool] = lambda: False) -> dict[str, int]:
    """{erased, due_soon}: how many erasures were ended, and how many open requests are due within the warning time."""
    now, settings = clock.now(), configuration.get().rights
    erased = due_soon = 0
    for request in list(requests.open_until(clock.iso(now + timedelta(hours=settings.due_hours + 1)))):
        if "begun_at" in request and not enough() and _goes_on(request["customer_id"], enough):
            erased += 1
        elif request["due_at"] < clock.iso(now + timedelta(hours=settings.warn_hours)):
            due_soon += 1
            items.enter([_item(request, now)])
    return {"erased": erased, "due_soon": due_soon}


def _goes_on(customer_id: str, enough: Callable[[], bool]) -> bool:
    try:
        return erasure.run(customer_id, enough)
    except Exception as error:  # noqa: BLE001  (one that fails must not keep the others; its deadline is watched)
        logger().error("an erasure failed", extra={"customer_id": customer_id, "error": safe(error)})
        return False


def _item(request: requests.Request, now: datetime) -> dict[str, Any]:
    return {
        "work_id": f"rights_request-{request['customer_id']}-{request['request_id']}",
        "kind": "rights_request",
        "unit": "crm",
        "state": "open",
        "witel": request.get("witel_key") or "",
        "customer_id": request["customer_id"],
        "reason": f"{request['kind']} due {request['due_at']}",
        "request_id": request["request_id"],
        "created_at": clock.iso(now),
        "due_at": request["due_at"],
    }
