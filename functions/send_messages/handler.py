"""Send messages of one channel: chunks of runs from its blast queue, answers from its conversation queue."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import orjson

from caring import configuration, environment
from caring.messages.pacing import Pacer, worker_rate
from caring.observability import logger, safe
from caring.runs.deliver import Worker, deliver_chunk


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(configuration.get().send.threads)


def _worker(seconds_left: Callable[[], float]) -> Worker:
    channel = environment.get("CHANNEL")
    return Worker(channel, Pacer(worker_rate(channel)), _threads(), seconds_left=seconds_left)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """SQS records, each one chunk → {batchItemFailures}: a chunk that broke comes back and then goes to its DLQ."""
    worker = _worker(lambda: context.get_remaining_time_in_millis() / 1000)
    failures = []
    for record in event["Records"]:
        try:
            chunk = orjson.loads(record["body"])
            done = deliver_chunk(chunk, worker)
            logger().info(
                "chunk sent", extra={"run_id": chunk["run_id"], "buckets": dict(done.deltas), "left": len(done.left)}
            )
        except Exception as error:  # noqa: BLE001  (whatever it is, this record fails alone and is kept by its DLQ)
            logger().error("chunk failed", extra={"message_id": record["messageId"], "error": safe(error)})
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}
