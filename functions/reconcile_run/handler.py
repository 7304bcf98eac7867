"""Count one shard of a run's ledger anew from its plan and messages."""

from typing import Any

from caring.observability import logger
from caring.runs import reconcile


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """{run_id, wave, shard} → {}: the counts lie with the run."""
    counted = reconcile.reconcile_shard(event["run_id"], event["wave"], event["shard"])
    logger().info(
        "shard reconciled", extra={"run_id": event["run_id"], "shard": event["shard"], "buckets": dict(counted)}
    )
    return {}
