"""Take what customers wrote: two-way SMS, inbound e-mail, and WhatsApp messages handed on by record_receipt."""

from typing import Any

from caring.observability import logger, safe
from caring.replies import inbound


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """SQS records, each one body → {batchItemFailures}."""
    failures = []
    for record in event["Records"]:
        try:
            taken = inbound.take_body(record["body"])
            logger().info("reply taken", extra=taken)
        except Exception as error:  # noqa: BLE001  (whatever it is, this record fails alone and is kept by its DLQ)
            logger().error("reply failed", extra={"message_id": record["messageId"], "error": safe(error)})
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}
