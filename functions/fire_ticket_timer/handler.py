"""A one-off schedule of a complaint fires: its warning or breach, a unit's deadline, the customer's silence."""

from typing import Any

from caring.observability import logger
from caring.tickets import steps


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """{ticket_id, what} → {}; harmless at any moment, for it looks at the ticket first."""
    steps.fire(event["ticket_id"], event["what"])
    logger().info("timer fired", extra={"ticket_id": event["ticket_id"], "what": event["what"]})
    return {}
