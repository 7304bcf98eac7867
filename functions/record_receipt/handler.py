"""Record receipts of providers, and hand on the customers' own messages that came in the same bodies."""

from typing import Any

from caring import queues
from caring.replies import events


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """SQS records, each one body of a provider → {batchItemFailures}; the counters are written once for all."""
    tally = events.Tally()
    answer = queues.work_off(
        event["Records"],
        lambda record: dict(events.take_event(record["body"], tally, queues.receives(record))),
        "event taken",
    )
    tally.close()
    return answer
