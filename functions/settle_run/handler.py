"""Look whether a run's wave has settled: nothing pending, nothing under way."""

from typing import Any

from caring.observability import logger
from caring.runs import settle, store


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """{run_id, wave, seen} → {outcome: "settled"|"wait"|"reconcile"|"stopped", wait_until, wave_over, …}."""
    answer = settle.settle(store.get_run(event["run_id"]), event["wave"], event["seen"])
    logger().info("run looked at", extra={"run_id": event["run_id"], "outcome": answer["outcome"]})
    return answer
