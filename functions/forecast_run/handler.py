"""Forecast a planned run, and let it out at once if its program launches itself."""

from typing import Any

from caring.observability import logger
from caring.runs import control, forecast, prepare, store


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """{run_id, wave} → {outcome: "launched"|"held"|"stopped"}."""
    run = store.get_run(event["run_id"])
    made = forecast.make_forecast(run, prepare.rules(run), event["wave"])
    outcome = control.open_gate(run.run_id)
    logger().info(
        "run forecast",
        extra={"run_id": run.run_id, "targeted": made["targeted"], "cost": made["cost"], "gate": outcome},
    )
    return {"outcome": outcome}
