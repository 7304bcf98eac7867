"""Send messages of one channel: chunks of runs from its blast queue, answers from its conversation queue."""

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import orjson

from caring import channels, configuration, environment, queues
from caring.conversation import delivery as conversation
from caring.messages.pacing import Pacer, worker_rate
from caring.runs.deliver import Worker, deliver_chunk
from caring.runs.guards import Health


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(configuration.get().send.threads)


@lru_cache(maxsize=1)
def _health() -> Health:
    return Health()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """SQS records, each one chunk or one message → {batchItemFailures}: what broke comes back, then goes to its DLQ."""
    channel = environment.get("CHANNEL")
    worker = Worker(
        channel,
        Pacer(worker_rate(channel)),
        _threads(),
        seconds_left=lambda: context.get_remaining_time_in_millis() / 1000,
        health=_health(),
        bulk=channels.many(channel),
    )

    def take(record: dict[str, Any]) -> dict[str, Any]:
        body = orjson.loads(record["body"])
        if body.get("kind") == "conversation":
            return conversation.deliver(body, worker)
        done = deliver_chunk(body, worker)
        return {"run_id": body["run_id"], "buckets": dict(done.deltas), "left": len(done.left)}

    return queues.work_off(event["Records"], take, "queue message sent")
