"""Put a complaint into the locker of its unit, or what that unit asks into another's."""

from typing import Any

from caring.observability import logger
from caring.tickets import locker


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """{ticket_id, token, unit?} → {}: the token is kept with the item, for the answer of whoever does it."""
    locker.give(event["ticket_id"], event["token"], event.get("unit"))
    logger().info("work given", extra={"ticket_id": event["ticket_id"], "unit": event.get("unit")})
    return {}
