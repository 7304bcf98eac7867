"""Erase a customer who was asked to be erased; on a schedule, take up what is left and look at what is due soon."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit, single_metric

from caring import environment
from caring.observability import logger
from caring.rights import erasure, watch

_ENOUGH_MS = 60_000  # left of the function's time, from which on an erasure goes on later


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """{customer_id} → {erased: bool}; any other event → {erased, due_soon}, which is measured too."""

    def enough() -> bool:
        return bool(context.get_remaining_time_in_millis() < _ENOUGH_MS)

    if "customer_id" in event:
        return {"erased": erasure.run(event["customer_id"], enough)}
    found = watch.look(enough)
    service = {"service": environment.get("POWERTOOLS_SERVICE_NAME")}
    with single_metric("RequestsDueSoon", MetricUnit.Count, found["due_soon"], default_dimensions=service):
        logger().info("requests looked at", extra=found)
    return found
