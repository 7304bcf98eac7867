"""Plan one shard of a run's audience."""

from typing import Any

from caring.observability import logger
from caring.runs import plan, prepare, store


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """{run_id, wave, shard} → {}: the plan lies in S3, its summary with the run."""
    run = store.get_run(event["run_id"])
    counted = plan.plan_shard(run, prepare.rules(run), event["wave"], event["shard"])
    logger().info("shard planned", extra={"run_id": run.run_id, "shard": event["shard"], "buckets": dict(counted)})
    return {}
