"""Take what customers wrote: two-way SMS, inbound e-mail, and WhatsApp messages handed on by record_receipt."""

from typing import Any

from caring import queues
from caring.replies import inbound


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """SQS records, each one body → {batchItemFailures}."""
    return queues.work_off(event["Records"], lambda record: dict(inbound.take_body(record["body"])), "reply taken")
