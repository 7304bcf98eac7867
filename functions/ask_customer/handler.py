"""Ask the customer of a solved complaint whether it may be closed: a question, two reminders, a call."""

from typing import Any

from caring.observability import logger
from caring.tickets import asking


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """{ticket_id, step, token} → {}: the token is kept with the ticket, for the customer's word or his silence."""
    asking.ask(event["ticket_id"], event["step"], event["token"])
    logger().info("customer asked", extra={"ticket_id": event["ticket_id"], "step": event["step"]})
    return {}
