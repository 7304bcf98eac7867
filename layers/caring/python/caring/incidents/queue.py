"""What an incident still has to do for its area's customers, page by page, on a queue of its own: ids, nothing more."""

import orjson

from caring import aws, environment


def put(incident_id: str, task: str, after: str | None = None) -> None:
    """Have a task done from the one after `after` on (from the first if None)."""
    body = {"v": 1, "incident_id": incident_id, "task": task, "after": after}
    aws.client("sqs").send_message(
        QueueUrl=environment.get("INCIDENTS_QUEUE_URL"), MessageBody=orjson.dumps(body).decode()
    )
