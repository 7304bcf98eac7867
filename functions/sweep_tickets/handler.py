"""Find complaints that nothing would move any more, and move them; start named ones again when a person says so."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit, single_metric

from caring import environment
from caring.observability import logger
from caring.tickets import sweep


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """{restart: [ticket_id, …]} → {ticket_id: what became of it}; any other event → {fine, told, restarted, stuck}."""
    if "restart" in event:
        again = sweep.start_again(event["restart"])
        logger().info("tickets started again", extra={"tickets": again})
        return dict(again)
    found = dict(sweep.sweep())
    service = {"service": environment.get("POWERTOOLS_SERVICE_NAME")}
    with single_metric("TicketsStuck", MetricUnit.Count, found.get("stuck", 0), default_dimensions=service):
        logger().info("tickets looked at", extra=found)
    return found
