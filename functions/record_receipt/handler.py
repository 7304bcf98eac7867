"""Record receipts of providers, and hand on the customers' own messages that came in the same bodies."""

from typing import Any

from caring.observability import logger, safe
from caring.replies import events


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """SQS records, each one body of a provider → {batchItemFailures}."""
    failures = []
    for record in event["Records"]:
        tries = int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))
        try:
            taken = events.take_event(record["body"], tries)
            logger().info("event taken", extra=taken)
        except Exception as error:  # noqa: BLE001  (whatever it is, this record fails alone and is kept by its DLQ)
            logger().error("event failed", extra={"message_id": record["messageId"], "error": safe(error)})
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}
