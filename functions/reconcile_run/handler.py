"""Count one shard of a run's ledger anew from its plan and messages."""

from typing import Any

from caring.observability import logger
from caring.runs import reconcile, store


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """{run_id, shard} → {}: the counts lie with the run."""
    counted = reconcile.reconcile_shard(store.get_run(event["run_id"]), event["shard"])
    buckets = {name: dict(found) for name, found in counted.items()}
    logger().info("shard reconciled", extra={"run_id": event["run_id"], "shard": event["shard"], "buckets": buckets})
    return {}
