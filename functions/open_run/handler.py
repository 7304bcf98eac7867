"""Open a run: freeze its program and say which shards its audience has."""

from typing import Any

from caring.observability import logger
from caring.runs import opening


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """{run_id, program_id} → {run_id, wave, shards: [number]}."""
    opened = opening.begin(event["run_id"], event["program_id"])
    logger().info("run opened", extra={"run_id": opened["run_id"], "shards": len(opened["shards"])})
    return opened
