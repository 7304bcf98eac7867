"""Every body that a provider may send is taken or parked with a reason, and none raises."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caring.channels import receive
from caring.channels.types import Received, nothing
from tests.caring.channels.payloads import EVENTS, load, webhooks, wrapped

SES = sorted((EVENTS / "ses").iterdir())
SMS = sorted(path for path in (EVENTS / "sms").iterdir() if path.name != "segments.json")


def kinds(received: Received) -> tuple[int, int, list[str]]:
    return len(received.receipts), len(received.inbound), [parked.reason for parked in received.parked]


def assert_taken_or_parked(received: Received) -> None:
    assert received.receipts or received.inbound or received.parked
    assert all(parked.reason for parked in received.parked)
    assert "unreadable" not in {parked.reason for parked in received.parked}, "caught by the last net only"


def test_there_are_the_samples_that_the_tests_speak_of() -> None:
    assert (len(wrapped()), len(list(webhooks())), len(SES), len(SMS)) == (46, 47, 12, 6)


@pytest.mark.parametrize(("name", "body"), list(webhooks()), ids=lambda value: value if isinstance(value, str) else "")
def test_a_bare_webhook_of_meta_is_taken_or_parked(name: str, body: dict[str, Any]) -> None:
    assert_taken_or_parked(receive.parse(body))


@pytest.mark.parametrize(("name", "body"), list(wrapped().items()), ids=list(wrapped()))
def test_a_webhook_wrapped_by_aws_is_taken_or_parked(name: str, body: dict[str, Any]) -> None:
    assert_taken_or_parked(receive.parse(json.dumps(body)))


@pytest.mark.parametrize("path", [*SES, *SMS], ids=lambda path: path.name)
def test_an_event_of_ses_or_sms_is_taken_or_parked(path: Any) -> None:
    assert_taken_or_parked(receive.parse(path.read_bytes()))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("message.text", (0, 1, [])),
        ("message_status.failed", (1, 0, [])),
        ("message.interactive_message_with_err", (0, 1, ["whatsapp_error"])),
        ("account_update.account_restriction", (0, 0, ["whatsapp_account_update"])),
        ("template_status_update.approved", (0, 0, ["whatsapp_message_template_status_update"])),
        ("call_connect.user_initiated", (0, 0, ["whatsapp_calls"])),
        ("call_terminate.call_terminate", (0, 0, ["whatsapp_error"])),
        ("outgoing_message.text", (0, 0, ["whatsapp_smb_message_echoes"])),
        ("user_marketing_preferences.resume", (0, 1, [])),
    ],
)
def test_each_kind_of_webhook_goes_where_it_belongs(name: str, expected: tuple[int, int, list[str]]) -> None:
    assert kinds(receive.parse(wrapped()[f"{name}.0"])) == expected


def test_a_body_that_is_not_json_is_parked() -> None:
    assert kinds(receive.parse((EVENTS / "ses" / "received_alert.notjson.txt").read_bytes())) == (0, 0, ["not_json"])
    assert kinds(receive.parse("Successfully validated SNS topic for event publishing.")) == (0, 0, ["not_json"])
    assert kinds(receive.parse(b"\xff\xfe\x00")) == (0, 0, ["not_json"])


@pytest.mark.parametrize("body", ["[]", "null", "3", '"text"', "true"])
def test_json_that_is_no_object_is_parked(body: str) -> None:
    assert kinds(receive.parse(body)) == (0, 0, ["not_an_object"])


def test_an_sns_envelope_is_opened() -> None:
    envelope = {"Type": "Notification", "TopicArn": "arn:aws:sns:…", "Message": json.dumps(load("ses/delivery.json"))}
    assert receive.parse(json.dumps(envelope)).receipts == receive.parse(load("ses/delivery.json")).receipts


def test_an_envelope_without_end_is_parked() -> None:
    body = json.dumps({"Message": "{}"})
    for _ in range(10):
        body = json.dumps({"Type": "Notification", "Message": body})
    assert kinds(receive.parse(body)) == (0, 0, ["too_many_envelopes"])


def test_a_topic_that_asks_to_be_confirmed_is_parked() -> None:
    body = {"Type": "SubscriptionConfirmation", "TopicArn": "arn:aws:sns:…", "Message": "You have chosen to subscribe"}
    assert kinds(receive.parse(json.dumps(body))) == (0, 0, ["sns_subscriptionconfirmation"])


def test_an_unknown_body_is_parked_with_its_keys_and_no_values() -> None:
    (parked,) = receive.parse({"hello": "Siti", "phone": "+6281234567890"}).parked
    assert (parked.reason, parked.detail) == ("unknown_body", "hello,phone")


def test_a_whole_webhook_with_several_messages_and_statuses_is_read_whole() -> None:
    text, status = load("whatsapp/message.json")["text"], load("whatsapp/message_status.json")["sent"]
    both = {"object": "whatsapp_business_account", "entry": text["entry"] + status["entry"] + text["entry"]}
    assert kinds(receive.parse(both)) == (1, 2, [])


_KEYS = (
    "object entry changes value field messages statuses contacts errors type text body interactive from timestamp "
    "whatsAppWebhookEntry message_timestamp eventType event_type notificationType mail receipt action tags headers "
    "bounce bouncedRecipients complaint attributes facets originationNumber inboundMessageId messageBody Message Type "
    "TopicArn context isFinal destinationPhoneNumber eventTimestamp subscription newTopicPreferences content id code "
    "edit message original_message_id user_preferences commonHeaders name record_status customer_context"
)
_WORDS = (
    "whatsapp_business_account messages text interactive image edit failed sent Bounce Delivery Received Send "
    "Complaint Subscription TEXT_DELIVERED VOICE_BUSY _SMS.SUCCESS _email.send Notification calls user_preferences "
    'Rendering_Failure DeliveryDelay 131026 1e400 -1 99999999999999999999 {} [] {"a":1} 2026-11-24T00:00:00Z'
)
KEYS = st.sampled_from(_KEYS.split())
WORDS = st.sampled_from(_WORDS.split())
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | WORDS
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=6),
    max_leaves=25,
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(JSON)
def test_no_json_whatever_breaks_a_reader(body: Any) -> None:
    received = nothing()
    receive.take(body, received)  # without the last net
    assert received.receipts or received.inbound or received.parked


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([*wrapped().values(), *(body for _, body in webhooks())]), st.data())
def test_a_real_body_with_any_part_replaced_breaks_no_reader(body: dict[str, Any], data: st.DataObject) -> None:
    """The way providers surprise: everything as always, but one field of another type."""
    copy = json.loads(json.dumps(body))
    if isinstance(copy.get("whatsAppWebhookEntry"), str):
        copy["whatsAppWebhookEntry"] = json.loads(copy["whatsAppWebhookEntry"])
    node: Any = copy
    parent: Any = copy
    key: Any = next(iter(copy))
    for _ in range(data.draw(st.integers(1, 12))):
        if isinstance(node, dict) and node:
            parent, key = node, data.draw(st.sampled_from(sorted(node)))
        elif isinstance(node, list) and node:
            parent, key = node, data.draw(st.integers(0, len(node) - 1))
        else:
            break
        node = parent[key]
    parent[key] = data.draw(LEAVES | st.lists(LEAVES, max_size=2))
    received = nothing()
    receive.take(copy, received)
    assert received.receipts or received.inbound or received.parked


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200) | JSON.map(lambda value: orjson.dumps(str(value))))
def test_no_bytes_whatever_raise(body: Any) -> None:
    assert_taken_or_parked(receive.parse(body))
