"""Release a run's planned chunks to the channel queues, as far as windows and queues have room."""

from typing import Any

from caring.observability import logger
from caring.runs import prepare, release, store


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """{run_id, step, cursor} → {outcome: "more"|"done"|"stopped", cursor, wait_until}."""
    run = store.get_run(event["run_id"])
    answer = release.release(run, prepare.rules(run), event["step"], event["cursor"])
    logger().info(
        "run released", extra={"run_id": run.run_id, "outcome": answer["outcome"], "cursor": answer["cursor"]}
    )
    return answer
