"""What providers say of messages, in bodies of their own form: the samples in tests/events with our reference."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).resolve().parents[1] / "events"

# In the order in which providers say them. The first of each repeats what the answer to the call said already.
STEPS: dict[str, tuple[str, ...]] = {
    "whatsapp": ("sent", "delivered", "read"),
    "email": ("send", "delivery", "open"),
    "sms": ("TEXT_PENDING", "TEXT_DELIVERED"),
    "voice": ("VOICE_INITIATED", "VOICE_COMPLETED"),
}


@lru_cache(maxsize=1)
def _wrapped() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EVENTS / "whatsapp" / "wrapped_by_aws.json").read_text("utf-8"))
    sent: dict[str, Any] = found["message_status.sent.0"]
    return sent


def body(channel: str, step: str, reference: str) -> str:
    """The body of one receipt as the queue delivers it."""
    if channel == "whatsapp":
        wrapper = dict(_wrapped())
        entry = json.loads(wrapper["whatsAppWebhookEntry"])
        status = entry["changes"][0]["value"]["statuses"][0]
        status |= {"status": step, "biz_opaque_callback_data": reference, "timestamp": "1795489200"}
        wrapper["whatsAppWebhookEntry"] = json.dumps(entry, separators=(",", ":"))
        return json.dumps(wrapper)
    if channel == "email":
        event = json.loads((EVENTS / "ses" / f"{step}.json").read_text("utf-8"))
        event["mail"]["tags"]["reference"] = [reference]
        return json.dumps(event)
    return json.dumps(
        {
            "eventType": step,
            "eventVersion": "1.0",
            "eventTimestamp": 1795489200000,
            "isFinal": step in ("TEXT_DELIVERED", "VOICE_COMPLETED"),
            "originationPhoneNumber": "CARING",
            "destinationPhoneNumber": "+6281100000000",
            "isoCountryCode": "ID",
            "messageId": "1a1b2c3d-0000-4000-8000-000000000000",
            "messageRequestTimestamp": 1795489199000,
            "messageEncoding": "GSM",
            "messageType": "TRANSACTIONAL",
            "messageStatus": step.partition("_")[2],
            "messageStatusDescription": "Message has been accepted by phone",
            "context": {"reference": reference},
            "totalMessageParts": 1,
            "totalMessagePrice": 0.25,
            "totalCarrierFee": 0.0,
        }
    )


def events(channel: str, step: str, references: list[str]) -> Iterator[dict[str, Any]]:
    """The references' receipts of one step, as the Lambda events of batches of ten."""
    for start in range(0, len(references), 10):
        yield {
            "Records": [
                record(body(channel, step, reference), "receipts") for reference in references[start : start + 10]
            ]
        }


def record(text: str, queue: str) -> dict[str, Any]:
    """One SQS record as Lambda passes it."""
    return {
        "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a" * 6,
        "body": text,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1795489200000",
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": "1795489200012",
        },
        "messageAttributes": {},
        "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:ap-southeast-1:000000000000:{queue}",
        "awsRegion": "ap-southeast-1",
    }
