"""Measure contactability once a day: the schedule's call starts one of these per segment of the customers table."""

from typing import Any

from caring.customers import contactability_trend
from caring.observability import logger


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """{day, segment, segments} → {customers, witels}; any other event → {day, segments}: that many were started."""
    if "segment" in event:
        done = contactability_trend.measure(event["day"], event["segment"], event["segments"])
    else:
        done = contactability_trend.start()
    logger().info("contactability measured", extra=done)
    return done
