"""Try parked receipts again, on a schedule: their message may have been recorded since."""

from typing import Any

from caring.observability import logger
from caring.replies import events


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Any event → {landed, still_parked}."""
    done = events.replay()
    logger().info("parked receipts tried again", extra=done)
    return done
