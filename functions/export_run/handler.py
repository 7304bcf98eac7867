"""Write the CSV of a large run's messages."""

from typing import Any

from caring.observability import logger
from caring.runs import results


def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    """{run_id} → {key}: where the file lies in the data bucket."""
    made = results.write_csv(event["run_id"])
    logger().info("export written", extra={"run_id": event["run_id"]})
    return {"key": made}
