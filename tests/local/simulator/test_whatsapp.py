"""WhatsApp through an unchanged boto3 client: what each recipient does, as the webhooks tell it."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from .conftest import Provider

Send = Callable[..., Any]


def statuses(provider: Provider) -> list[dict[str, Any]]:
    values = [
        orjson.loads(e["whatsAppWebhookEntry"])["changes"][0]["value"] for e in provider.events("whatsapp_events")
    ]
    return [status for value in values for status in value.get("statuses", [])]


def words(provider: Provider) -> list[str]:
    return [status["status"] for status in statuses(provider)]


def replies(provider: Provider) -> list[dict[str, Any]]:
    values = [
        orjson.loads(e["whatsAppWebhookEntry"])["changes"][0]["value"] for e in provider.events("whatsapp_events")
    ]
    return [message for value in values for message in value.get("messages", [])]


def test_a_template_is_delivered_then_read_and_echoes_our_reference(provider: Provider, whatsapp: Send) -> None:
    sent = whatsapp(0, reference="run-7-w1_c42")
    seen = statuses(provider)
    assert [s["status"] for s in seen] == ["delivered", "read"]
    assert {s["biz_opaque_callback_data"] for s in seen} == {"run-7-w1_c42"}
    assert {s["id"] for s in seen} == {sent["messageId"]}
    assert {s["recipient_id"] for s in seen} == {"628120000100"}


def test_the_envelope_is_the_one_of_end_user_messaging_social(provider: Provider, whatsapp: Send) -> None:
    whatsapp(0)
    envelope = provider.events("whatsapp_events")[0]
    assert set(envelope) == {
        "context",
        "whatsAppWebhookEntry",
        "aws_account_id",
        "message_timestamp",
        "messageId",
    }
    assert isinstance(envelope["whatsAppWebhookEntry"], str)
    assert set(envelope["context"]) == {"MetaWabaIds", "MetaPhoneNumberIds"}


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        (84, ["read", "delivered"]),
        (85, ["read"]),
        (86, ["delivered", "delivered", "read", "read"]),
        (87, ["read", "delivered", "sent"]),
        (89, []),
        (97, ["delivered", "read"]),
    ],
)
def test_receipts_come_late_twice_or_out_of_order(
    provider: Provider, whatsapp: Send, digits: int, expected: list[str]
) -> None:
    if digits == 89:
        with pytest.raises(ReadTimeoutError):
            whatsapp(digits)
    else:
        whatsapp(digits)
    assert words(provider) == expected


@pytest.mark.parametrize(
    ("digits", "code"), [(90, 131026), (91, 131049), (95, 131050), (96, 131048), (98, 131026), (99, 131026)]
)
def test_metas_verdict_comes_as_a_failed_status(provider: Provider, whatsapp: Send, digits: int, code: int) -> None:
    whatsapp(digits)
    [status] = statuses(provider)
    assert status["status"] == "failed"
    assert [error["code"] for error in status["errors"]] == [code]
    assert len(provider.sent()) == 1


@pytest.mark.parametrize(
    ("digits", "starts"),
    [
        (70, "sudah bayar"),
        (74, "sudah bayar"),
        (75, "6"),
        (76, "7"),
        (77, "8"),
        (78, "9, teknisinya ramah"),
        (79, "10"),
        (80, "STOP"),
        (81, "ya"),
        (82, "tidak, masih gangguan"),
        (83, "Internet saya mati"),
    ],
)
def test_customers_reply_to_the_message_they_quote(
    provider: Provider, whatsapp: Send, digits: int, starts: str
) -> None:
    sent = whatsapp(digits)
    [reply] = replies(provider)
    assert reply["text"]["body"].startswith(starts)
    assert reply["context"]["id"] == sent["messageId"]
    assert reply["from"] == f"6281200001{digits:02d}"
    assert words(provider) == ["delivered", "read"]


def test_a_time_out_was_taken_and_its_receipt_comes_later(provider: Provider, whatsapp: Send) -> None:
    with pytest.raises(ReadTimeoutError):
        whatsapp(88, reference="run-1-w1_late")
    assert [m["reference"] for m in provider.sent()] == ["run-1-w1_late"]
    assert {s["biz_opaque_callback_data"] for s in statuses(provider)} == {"run-1-w1_late"}


def test_the_first_try_is_throttled_and_the_second_taken(provider: Provider, whatsapp: Send) -> None:
    with pytest.raises(ClientError) as refused:
        whatsapp(92, reference="run-1-w1_a")
    assert refused.value.response["Error"]["Code"] == "ThrottledRequestException"
    assert "130429" in refused.value.response["Error"]["Message"]
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    with pytest.raises(ClientError):
        whatsapp(92, reference="run-1-w1_b")
    whatsapp(92, reference="run-1-w1_a")
    assert [m["reference"] for m in provider.sent()] == ["run-1-w1_a"]


@pytest.mark.parametrize(("digits", "taken"), [(93, 0), (94, 1)])
def test_an_http_500_may_hide_a_message_that_was_taken(
    provider: Provider, whatsapp: Send, digits: int, taken: int
) -> None:
    with pytest.raises(ClientError) as refused:
        whatsapp(digits)
    assert refused.value.response["Error"]["Code"] == "InternalServiceException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert len(provider.sent()) == taken
    assert len(statuses(provider)) == 2 * taken


def test_free_text_outside_the_window_fails_until_the_customer_writes(provider: Provider, whatsapp: Send) -> None:
    whatsapp(3, text="Halo Pak")
    assert [s["errors"][0]["code"] for s in statuses(provider)] == [131047]
    provider.control("POST", "/say", {"channel": "whatsapp", "from": "08120000103", "text": "halo"})
    whatsapp(3, text="Halo juga")
    assert words(provider)[1:] == ["delivered", "read"]


def test_a_reply_opens_the_window(provider: Provider, whatsapp: Send) -> None:
    whatsapp(81)
    assert len(replies(provider)) == 1
    whatsapp(81, text="Terima kasih")
    assert "failed" not in words(provider)


def test_a_message_that_is_no_message_is_refused(provider: Provider, clients: dict[str, Any]) -> None:
    client = clients["socialmessaging"]
    for message in (b"no json", b"{}", b'{"messaging_product":"whatsapp","to":"62812","type":"text"}'):
        with pytest.raises(client.exceptions.InvalidParametersException):
            client.send_whatsapp_message(
                originationPhoneNumberId="phone-number-id-1", message=message, metaApiVersion="v21.0"
            )
    assert provider.sent() == []
