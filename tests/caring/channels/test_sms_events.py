"""What carriers say about SMS and calls, in both generations of events, and what customers write back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from caring.channels import receive
from caring.channels.types import Receipt
from tests.caring.channels.payloads import load

# After the sample of AWS's documentation, "Example AWS End User Messaging SMS event data".
EVENT: dict[str, Any] = {
    "eventType": "TEXT_DELIVERED",
    "eventVersion": "1.0",
    "eventTimestamp": 1686975103470,
    "isFinal": True,
    "originationPhoneNumber": "CARING",
    "destinationPhoneNumber": "+6281234567890",
    "messageId": "862a8790-60c0-4430-9b2b-658bdexample",
    "messageStatus": "DELIVERED",
    "context": {"reference": "run-1-w1_131545290415"},
    "totalMessageParts": 1,
}


def receipt(**changes: Any) -> Receipt:
    (found,) = receive.parse(EVENT | changes).receipts
    return found


def test_a_delivered_sms_is_delivered() -> None:
    assert receipt() == Receipt(
        reference="run-1-w1_131545290415",
        provider_message_id="862a8790-60c0-4430-9b2b-658bdexample",
        channel="sms",
        status="delivered",
        reason=None,
        at=datetime(2023, 6, 17, 4, 11, 43, 470000, tzinfo=UTC),
        recipient="+6281234567890",
    )


@pytest.mark.parametrize(
    ("event_type", "channel", "status", "reason"),
    [
        ("TEXT_QUEUED", "sms", "accepted", None),
        ("TEXT_SUCCESSFUL", "sms", "delivered", None),
        ("TEXT_INVALID", "sms", "failed", "invalid_number"),
        ("TEXT_INVALID_MESSAGE", "sms", "failed", "invalid_message"),
        ("TEXT_UNREACHABLE", "sms", "failed", "not_reachable"),
        ("TEXT_CARRIER_UNREACHABLE", "sms", "failed", "carrier_unreachable"),
        ("TEXT_BLOCKED", "sms", "failed", "recipient_blocked"),
        ("TEXT_CARRIER_BLOCKED", "sms", "failed", "carrier_blocked"),
        ("TEXT_SPAM", "sms", "failed", "spam_blocked"),
        ("TEXT_TTL_EXPIRED", "sms", "failed", "expired"),
        ("TEXT_PROTECT_BLOCKED", "sms", "failed", "blocked_by_protection"),
        ("TEXT_UNKNOWN", "sms", "other", "no_final_word"),
        ("VOICE_RINGING", "voice", "accepted", None),
        ("VOICE_ANSWERED", "voice", "delivered", None),
        ("VOICE_COMPLETED", "voice", "delivered", None),
        ("VOICE_BUSY", "voice", "failed", "busy"),
        ("VOICE_NO_ANSWER", "voice", "failed", "no_answer"),
        ("VOICE_TTL_EXPIRED", "voice", "failed", "expired"),
    ],
)
def test_each_event_type_has_its_status(event_type: str, channel: str, status: str, reason: str | None) -> None:
    found = receipt(eventType=event_type)
    assert (found.channel, found.status, found.reason) == (channel, status, reason)


def test_handed_to_the_carrier_is_not_delivered_while_a_last_word_may_come() -> None:
    assert receipt(eventType="TEXT_SUCCESSFUL", isFinal=False).status == "accepted"


def test_a_failure_that_the_carrier_will_try_again_is_no_failure_yet() -> None:
    assert receipt(eventType="TEXT_CARRIER_UNREACHABLE", isFinal=False).status == "other"


@pytest.mark.parametrize("event_type", ["RCS_DELIVERED", "MEDIA_SENT", "TEXT_FROM_THE_FUTURE", "", "DELIVERED", 7])
def test_an_event_of_another_service_is_parked(event_type: Any) -> None:
    received = receive.parse(EVENT | {"eventType": event_type})
    assert (received.receipts, received.parked[0].reason) == ([], "unknown_event")


def test_an_old_success_is_read_by_its_record_status() -> None:
    (found,) = receive.parse(load("sms/old_sms_success.json")).receipts
    assert (found.channel, found.status, found.provider_message_id) == ("sms", "delivered", "1111-2222-3333")
    assert found.recipient == "+14255550199"


def test_an_old_event_has_our_reference_in_its_customer_context() -> None:
    body = load("sms/old_sms_success.json")
    body["attributes"]["customer_context"] = '{"reference":"run-1-w1_131545290415"}'
    assert receive.parse(body).receipts[0].reference == "run-1-w1_131545290415"


def test_an_old_opt_out_is_a_failure_with_that_reason() -> None:
    body = load("sms/old_sms_success.json") | {"event_type": "_SMS.OPTOUT"}
    assert receive.parse(body).receipts[0].reason == "opted_out_at_provider"


def test_a_two_way_sms_is_a_message_that_names_the_one_it_follows() -> None:
    (said,) = receive.parse(load("sms/two_way.json")).inbound
    assert (said.channel, said.kind, said.text, said.sender) == ("sms", "text", "EXAMPLE", "+14255550182")
    assert said.quotes == "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    assert said.provider_message_id == "cae173d2-66b9-564c-8309-21f858e9fb84"


def test_a_two_way_sms_without_text_is_still_a_message() -> None:
    (said,) = receive.parse({"originationNumber": "+6281234567890", "messageBody": None}).inbound
    assert said.text == ""
