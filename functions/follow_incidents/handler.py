"""Take what an incident still has to do for its area's customers: hold, tell, let go, ask; a page each time."""

from typing import Any

import orjson

from caring import queues
from caring.incidents import following


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """SQS records, each {incident_id, task, after} → {batchItemFailures}."""
    return queues.work_off(event["Records"], lambda record: following.take(orjson.loads(record["body"])), "page done")
