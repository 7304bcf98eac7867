"""Working off SQS records: each fails alone, comes back soon, and ends in its dead-letter queue with a log line."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from botocore.exceptions import ClientError

from caring import aws, configuration
from caring.observability import logger, safe

Record = dict[str, Any]


def work_off(records: Iterable[Record], take: Callable[[Record], dict[str, Any]], done: str) -> dict[str, Any]:
    """Take each record; `done` is the log's line for one, with what `take` returns. Answers {batchItemFailures}."""
    failures = []
    for record in records:
        try:
            logger().info(done, extra=take(record))
        except Exception as error:  # noqa: BLE001  (whatever it is, this record fails alone and is kept by its queue)
            logger().error("record failed", extra={"message_id": record["messageId"], "error": safe(error)})
            _bring_back_soon(record)
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def receives(record: Record) -> int:
    """How often the queue has delivered this record, this time included."""
    return int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))


def _bring_back_soon(record: Record) -> None:
    """Have a failed record back after a short, growing while: the visibility time-out is meant for killed functions."""
    if "receiptHandle" not in record or "eventSourceARN" not in record:
        return
    wait = configuration.get().queues.retry_seconds * 2 ** (receives(record) - 1)
    try:
        aws.client("sqs").change_message_visibility(
            QueueUrl=_url(record["eventSourceARN"].rpartition(":")[2]),
            ReceiptHandle=record["receiptHandle"],
            VisibilityTimeout=min(wait, 900),
        )
    except ClientError as error:
        logger().warning("a failed record keeps its queue's own pace", extra={"error": safe(error)})


@lru_cache(maxsize=8)
def _url(name: str) -> str:
    return str(aws.client("sqs").get_queue_url(QueueName=name)["QueueUrl"])
