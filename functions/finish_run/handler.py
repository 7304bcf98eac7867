"""Conclude a run: mend its counters by its ledger, and end it if it has settled, failed or expired."""

from typing import Any

from caring.observability import logger
from caring.runs import finish


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """{run_id, because} → {outcome: "finished"|"unsettled"|"paused"|"cancelled"|"failed", wait_until}."""
    answer = finish.finish(event["run_id"], event["because"])
    logger().info("run concluded", extra={"run_id": event["run_id"], "outcome": answer["outcome"]})
    return answer
