"""SMS and voice through an unchanged boto3 client."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from .conftest import Provider

Send = Callable[..., Any]


def kinds(provider: Provider) -> list[str]:
    return [event["eventType"] for event in provider.events("sms_events")]


def test_an_sms_is_delivered_and_its_event_echoes_the_context(provider: Provider, sms: Send) -> None:
    sent = sms(0, reference="run-7-w1_c42")
    [event] = provider.events("sms_events")
    assert event["eventType"] == "TEXT_DELIVERED"
    assert event["context"] == {"reference": "run-7-w1_c42"}
    assert event["messageId"] == sent["MessageId"]
    assert event["destinationPhoneNumber"] == "+628120000100"
    assert (event["messageStatus"], event["isFinal"], event["totalMessageParts"]) == ("DELIVERED", True, 1)


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        (84, ["TEXT_DELIVERED"]),
        (85, []),
        (86, ["TEXT_DELIVERED", "TEXT_DELIVERED"]),
        (87, ["TEXT_DELIVERED", "TEXT_PENDING"]),
        (90, ["TEXT_INVALID"]),
        (91, ["TEXT_UNREACHABLE"]),
        (96, ["TEXT_SPAM"]),
        (98, ["TEXT_DELIVERED"]),
        (99, ["TEXT_INVALID"]),
    ],
)
def test_each_recipient_has_his_events(provider: Provider, sms: Send, digits: int, expected: list[str]) -> None:
    sms(digits)
    assert kinds(provider) == expected
    assert len(provider.sent()) == 1


@pytest.mark.parametrize("digits", [88, 89])
def test_a_time_out_was_taken(provider: Provider, sms: Send, digits: int) -> None:
    with pytest.raises(ReadTimeoutError):
        sms(digits)
    assert len(provider.sent()) == 1
    assert kinds(provider) == (["TEXT_DELIVERED"] if digits == 88 else [])


def test_the_first_try_is_throttled(provider: Provider, sms: Send) -> None:
    with pytest.raises(ClientError) as refused:
        sms(92)
    assert refused.value.response["Error"]["Code"] == "ThrottlingException"
    assert provider.control("GET", "/stats")["sms"]["throttled"] == 1
    sms(92)
    assert len(provider.sent()) == 1


@pytest.mark.parametrize(("digits", "taken"), [(93, 0), (94, 1)])
def test_an_http_500_may_hide_a_message_that_was_taken(provider: Provider, sms: Send, digits: int, taken: int) -> None:
    with pytest.raises(ClientError) as refused:
        sms(digits)
    assert refused.value.response["Error"]["Code"] == "InternalServerException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert len(provider.sent()) == taken
    assert kinds(provider) == ["TEXT_DELIVERED"] * taken


def test_an_opted_out_number_is_a_conflict(provider: Provider, sms: Send, clients: dict[str, Any]) -> None:
    with pytest.raises(clients["pinpoint-sms-voice-v2"].exceptions.ConflictException) as refused:
        sms(95)
    assert refused.value.response["Reason"] == "DESTINATION_PHONE_NUMBER_OPTED_OUT"
    assert provider.sent() == []
    assert provider.control("GET", "/stats")["sms"]["refused"] == 1


def test_a_slow_answer_is_an_answer(provider: Provider, sms: Send) -> None:
    began = time.monotonic()
    sms(97)
    assert time.monotonic() - began >= 0.2
    assert kinds(provider) == ["TEXT_DELIVERED"]


def test_a_reply_goes_to_the_reply_number_when_the_sender_is_a_name(provider: Provider, sms: Send) -> None:
    sent = sms(80)
    [reply] = provider.events("sms_replies")
    assert reply == {
        "originationNumber": "+628120000180",
        "destinationNumber": "+6281100000147",
        "messageKeyword": "STOP",
        "messageBody": "STOP",
        "inboundMessageId": reply["inboundMessageId"],
        "previousPublishedMessageId": sent["MessageId"],
    }


def test_a_dry_run_and_a_wrong_number_are_not_taken(provider: Provider, sms: Send, clients: dict[str, Any]) -> None:
    assert sms(0, DryRun=True)["MessageId"]
    client = clients["pinpoint-sms-voice-v2"]
    with pytest.raises(client.exceptions.ValidationException) as refused:
        client.send_text_message(DestinationPhoneNumber="0812x", MessageBody="halo")
    assert refused.value.response["Reason"] == "FIELD_VALIDATION_FAILED"
    assert provider.sent() == []


@pytest.mark.parametrize(
    ("text", "encoding", "parts"),
    [
        ("a" * 160, "GSM", 1),
        ("a" * 161, "GSM", 2),
        ("€" * 81, "GSM", 2),
        ("ﷺ" * 70, "Unicode", 1),
        ("😀" * 36, "Unicode", 2),
    ],
)
def test_an_event_counts_the_parts(provider: Provider, sms: Send, text: str, encoding: str, parts: int) -> None:
    sms(0, text=text)
    [event] = provider.events("sms_events")
    assert (event["messageEncoding"], event["totalMessageParts"]) == (encoding, parts)


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        (0, ["VOICE_ANSWERED", "VOICE_COMPLETED"]),
        (70, ["VOICE_ANSWERED", "VOICE_COMPLETED"]),
        (85, ["VOICE_COMPLETED"]),
        (87, ["VOICE_COMPLETED", "VOICE_ANSWERED", "VOICE_INITIATED"]),
        (90, ["VOICE_FAILED"]),
        (91, ["VOICE_NO_ANSWER"]),
        (99, ["VOICE_ANSWERED", "VOICE_COMPLETED"]),
    ],
)
def test_a_call_has_its_events_and_nobody_writes_back(
    provider: Provider, call: Send, digits: int, expected: list[str]
) -> None:
    call(digits, reference="run-3-w2_c9")
    events = provider.events("sms_events")
    assert [event["eventType"] for event in events] == expected
    assert {event["context"]["reference"] for event in events} == {"run-3-w2_c9"}
    assert provider.events("sms_replies") == []
    assert [m["channel"] for m in provider.sent()] == ["voice"]
