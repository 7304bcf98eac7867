"""Say what a run does next: plan a further wave, wait for it, hand over to people, or end."""

from typing import Any

from caring.observability import logger
from caring.runs import store, waves


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """{run_id, step} → the next step: {outcome: "plan"|"wait"|"close"|"finish"|"stopped", wave, part, shards, …}."""
    run = store.get_run(event["run_id"])
    step = waves.next_step(run, event["step"])
    if step["outcome"] == "plan":
        store.begin_wave(run.run_id, step["wave"])
    logger().info("next step", extra={"run_id": run.run_id, "outcome": step["outcome"], "wave": step["wave"]})
    return step
