"""Takes the imports queue: an uploaded file is split into parts, a part's rows become customers."""

from typing import Any
from urllib.parse import unquote_plus

import orjson

from caring import queues
from caring.customers.importing.parts import import_part
from caring.customers.importing.split import split_upload


def _take(record: dict[str, Any]) -> dict[str, Any]:
    body = orjson.loads(record["body"])
    if body.get("kind") == "part":
        import_part(body["import_id"], body["part"])
    for event in body.get("Records", ()):  # none in the test event that S3 sends when notifications are set up
        split_upload(unquote_plus(event["s3"]["object"]["key"]))
    return {"part": body.get("part")}


def handler(event: dict[str, Any], context: Any) -> Any:
    """Lambda entry: SQS records in; returns {batchItemFailures} of those to be delivered again."""
    return queues.work_off(event["Records"], _take, "import message taken")
