"""Hold a planned run until a person launches or cancels it."""

from typing import Any

from caring.observability import logger
from caring.runs import control


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """{run_id, token} → {}: the token is kept with the run, for the person's answer."""
    control.hold(event["run_id"], event["token"])
    logger().info("run held", extra={"run_id": event["run_id"]})
    return {}
