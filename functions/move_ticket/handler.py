"""Take a step of a complaint that needs nobody: see where it stands, name units, analyse, reopen, close."""

from typing import Any

from caring.observability import logger
from caring.tickets import steps


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """{ticket_id, step} → {outcome, …}, by which the state machine chooses."""
    answer = steps.take(event["ticket_id"], event["step"])
    logger().info("step taken", extra={"ticket_id": event["ticket_id"], "step": event["step"], **answer})
    return answer
