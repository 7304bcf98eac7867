"""Takes the imports queue: an uploaded file is split into parts, a part's rows become customers."""

from typing import Any
from urllib.parse import unquote_plus

import orjson
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from caring.customers.importing.parts import import_part
from caring.customers.importing.split import split_upload
from caring.observability import logger, safe


def _take(record: SQSRecord) -> None:
    body = orjson.loads(record.body)
    try:
        if body.get("kind") == "part":
            import_part(body["import_id"], body["part"])
        for event in body.get("Records", ()):  # none in the test event that S3 sends when notifications are set up
            split_upload(unquote_plus(event["s3"]["object"]["key"]))
    except Exception as error:
        logger().error("an import message failed", extra={"message_id": record.message_id, "error": safe(error)})
        raise


def handler(event: dict[str, Any], context: Any) -> Any:
    """Lambda entry: SQS records in; returns {batchItemFailures} of those to be delivered again."""
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return process_partial_response(event=event, record_handler=_take, processor=processor, context=context)
