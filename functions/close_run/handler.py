"""Make the work items of one shard of a run: for those whom no wave has reached."""

from typing import Any

from caring.observability import logger
from caring.runs import closing, prepare, store


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """{run_id, shard} → {}: the items lie in the lockers."""
    run = store.get_run(event["run_id"])
    made = closing.close_shard(run, prepare.rules(run), event["shard"])
    logger().info("work items made", extra={"run_id": run.run_id, "shard": event["shard"], "kinds": dict(made)})
    return {}
