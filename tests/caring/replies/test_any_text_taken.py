"""Whatever a customer types is taken by every channel, stands on his timeline as he typed it, and breaks nothing."""

from __future__ import annotations

import json
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caring import parked
from caring.replies import inbound
from functions.receive_reply.handler import handler as receive_reply
from functions.record_receipt.handler import handler as record_receipt
from tests.caring.conftest import Talk
from tests.caring.replies.conftest import AT, NUMBER, Rooms, asked, heard, says
from tests.emulator import Cloud, lambda_context

NAUGHTY: list[str] = json.loads((Path(__file__).parents[2] / "events/texts/naughty_strings.json").read_text("utf-8"))
BATCH = 10


def test_there_are_the_naughty_strings_that_the_tests_speak_of() -> None:
    assert len(NAUGHTY) == 515


def by_whatsapp(_: Cloud, place: int, text: str) -> dict[str, Any]:
    """A webhook as AWS wraps it; each message has a second of its own."""
    said = {"id": f"wamid.{place}", "from": NUMBER[1:], "timestamp": str(int(AT.timestamp()) + place)}
    value = {"messages": [said | {"type": "text", "text": {"body": text}}]}
    entry = {"id": "1", "changes": [{"field": "messages", "value": value}]}
    return {"whatsAppWebhookEntry": json.dumps(entry), "message_timestamp": "2026-11-24T03:00:00Z"}


def by_sms(_: Cloud, place: int, text: str) -> dict[str, Any]:
    """A two-way SMS."""
    numbers = {"originationNumber": NUMBER, "destinationNumber": "+6281100000147"}
    return {**numbers, "messageKeyword": "K", "messageBody": text, "inboundMessageId": f"m{place}"}


def by_email(cloud: Cloud, place: int, text: str) -> dict[str, Any]:
    """A mail that SES has put into the bucket."""
    bucket, key = cloud.environment["INBOUND_BUCKET"], f"replies/n{place}"
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "budi@example.com", "caring@example.com", "Re: Survei"
    mail.set_content(text, charset="utf-8", cte="base64")
    cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=mail.as_bytes())
    at = (AT + timedelta(seconds=place)).isoformat()
    heads = {"commonHeaders": {"from": ["budi@example.com"]}, "headers": []}
    return {
        "notificationType": "Received",
        "mail": {"timestamp": at, "messageId": f"n{place}", "source": "budi@example.com", **heads},
        "receipt": {"action": {"type": "S3", "bucketName": bucket, "objectKey": key}},
    }


def records(bodies: list[str]) -> dict[str, Any]:
    return {"Records": [{"messageId": str(n), "body": body, "eventSource": "aws:sqs"} for n, body in enumerate(bodies)]}


@pytest.mark.parametrize(
    ("by", "strings"),
    [(by_whatsapp, NAUGHTY), (by_sms, NAUGHTY[::2]), (by_email, NAUGHTY[1::2])],
    ids=["whatsapp", "sms", "email"],
)
def test_naughty_strings_go_through_the_receiving_functions(
    unit: Talk, rooms: Rooms, by: Any, strings: list[str]
) -> None:
    asked("closure", "closure-t1-0-1", subject="t1")
    bodies = [json.dumps(by(unit.cloud, place, text)) for place, text in enumerate(strings)]
    for start in range(0, len(bodies), BATCH):
        batch = bodies[start : start + BATCH]
        if by is by_whatsapp:  # they come with the receipts, and are handed on
            assert record_receipt(records(batch), lambda_context()) == {"batchItemFailures": []}
            batch = unit.cloud.drain(unit.cloud.environment["REPLIES_QUEUE_URL"])
        assert receive_reply(records(batch), lambda_context()) == {"batchItemFailures": []}
    kept = heard(unit)
    assert len(kept) == len(strings)
    assert all(event["understood"]["reason"] for event in kept)
    if by is by_email:  # without blanks and quoted lines; the mail itself lies in the bucket
        assert {event["raw"] for event in kept} == {
            f"{unit.cloud.environment['INBOUND_BUCKET']}/replies/n{place}" for place in range(len(strings))
        }
    else:
        assert sorted(event["text"] for event in kept) == sorted(strings)
    assert parked.read("reply", 10) == parked.read("receipt", 10) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(), max_size=300), st.sampled_from(["text", "button", "edited", "flow", "email"]))
def test_any_text_is_taken_and_kept(unit: Talk, rooms: Rooms, text: str, kind: str) -> None:
    before = len(heard(unit))
    channel = "email" if kind == "email" else "whatsapp"
    message = says(text, channel, kind, minutes=before)
    assert inbound.take(message)
    assert inbound.take(message)
    event = heard(unit)[-1]
    assert len(heard(unit)) <= before + 1
    assert event["at_id"] <= f"{(AT + timedelta(days=30)).isoformat()}"
    if channel == "whatsapp":
        assert event["text"] == text.encode("utf-8", "replace").decode()
