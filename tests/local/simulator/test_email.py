"""E-mail through an unchanged boto3 client: single and bulk sends, events, replies in the bucket."""

import email
import email.policy
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from .conftest import ARNS, Provider

Send = Callable[..., Any]


def kinds(provider: Provider) -> list[str]:
    return [event["eventType"] for event in provider.events("email_events")]


def test_a_mail_is_delivered_then_opened_and_echoes_the_reference(provider: Provider, mail: Send) -> None:
    sent = mail(0, reference="run-7-w1_c42")
    events = provider.events("email_events")
    assert [event["eventType"] for event in events] == ["Delivery", "Open"]
    assert {event["mail"]["messageId"] for event in events} == {sent["MessageId"]}
    assert events[0]["mail"]["tags"]["reference"] == ["run-7-w1_c42"]
    assert events[0]["mail"]["tags"]["ses:configuration-set"] == ["caring"]


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        (84, ["Open", "Delivery"]),
        (85, ["Open"]),
        (86, ["Delivery", "Delivery", "Open", "Open"]),
        (87, ["Open", "Delivery", "Send"]),
        (96, ["Delivery", "Complaint"]),
        (98, ["Delivery", "Open"]),
        (99, ["Delivery", "Open"]),
    ],
)
def test_each_mailbox_has_its_events(provider: Provider, mail: Send, digits: int, expected: list[str]) -> None:
    mail(digits)
    assert kinds(provider) == expected


@pytest.mark.parametrize(
    ("digits", "kind", "sub_type"),
    [(90, "Permanent", "General"), (91, "Transient", "MailboxFull"), (95, "Permanent", "OnAccountSuppressionList")],
)
def test_bounces_say_for_good_or_for_now(provider: Provider, mail: Send, digits: int, kind: str, sub_type: str) -> None:
    mail(digits)
    [event] = provider.events("email_events")
    assert (event["bounce"]["bounceType"], event["bounce"]["bounceSubType"]) == (kind, sub_type)
    assert event["bounce"]["bouncedRecipients"][0]["emailAddress"] == f"budi.santoso47{digits}@example.com"


def test_time_outs_throttles_and_errors_are_those_of_ses(provider: Provider, mail: Send) -> None:
    with pytest.raises(ReadTimeoutError):
        mail(88)
    with pytest.raises(ClientError) as refused:
        mail(92, reference="run-1-w1_c92")
    assert refused.value.response["Error"]["Code"] == "TooManyRequestsException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    for digits in (93, 94):
        with pytest.raises(ClientError) as refused:
            mail(digits, reference=f"run-1-w1_c{digits}")
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert [m["recipient"][-14:-12] for m in provider.sent()] == ["88", "94"]


def test_a_reply_lands_in_the_bucket_and_quotes_our_message(provider: Provider, mail: Send) -> None:
    sent = mail(78)
    [notification] = provider.events("email_replies")
    assert notification["notificationType"] == "Received"
    action = notification["receipt"]["action"]
    assert (action["type"], action["bucketName"], action["topicArn"]) == ("S3", "inbound", ARNS["email_replies"])
    raw = provider.recorder.mails["inbound", action["objectKey"]]
    reply = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(reply, EmailMessage)
    assert reply["In-Reply-To"] == reply["References"] == f"<{sent['MessageId']}@ap-southeast-3.amazonses.com>"
    assert (reply["From"], reply["To"]) == ("budi.santoso4778@example.com", "balas@inbound.example.com")
    text = reply.get_content().replace("\r\n", "\n")
    assert text.startswith("9, teknisinya ramah\n\nPada ")
    assert "> Rp350.000" in text


def test_sent_shows_subject_html_and_headers(provider: Provider, mail: Send) -> None:
    mail(0)
    [item] = provider.sent()
    assert item["body"] == "Tagihan Anda\nRp350.000"
    assert item["subject"] == "Tagihan November"
    assert item["headers"] == {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def test_a_raw_mail_is_read_as_mime(provider: Provider, ses: Any) -> None:
    raw = EmailMessage()
    raw["From"], raw["To"], raw["Subject"] = "caring@example.com", "siti01@example.com", "Halo"
    raw.set_content("isi")
    ses.send_email(
        Content={"Raw": {"Data": raw.as_bytes()}}, EmailTags=[{"Name": "reference", "Value": "run-1-w1_raw"}]
    )
    [item] = provider.sent()
    assert (item["recipient"], item["reference"], item["body"].strip()) == ("siti01@example.com", "run-1-w1_raw", "isi")


def bulk(ses: Any, *digits: int) -> list[str]:
    content = {"Subject": "Halo {{name}}", "Text": "Tagihan {{amount}}"}
    answer = ses.send_bulk_email(
        FromEmailAddress="caring@example.com",
        DefaultContent={"Template": {"TemplateContent": content, "TemplateData": '{"amount": "-"}'}},
        BulkEmailEntries=[
            {
                "Destination": {"ToAddresses": [f"budi{n:02d}@example.com"]},
                "ReplacementTags": [{"Name": "reference", "Value": f"run-1-w1_c{n}"}],
                "ReplacementEmailContent": {
                    "ReplacementTemplate": {"ReplacementTemplateData": f'{{"name": "Budi", "amount": "Rp{n}"}}'}
                },
            }
            for n in digits
        ],
    )
    return [result["Status"] for result in answer["BulkEmailEntryResults"]]


def test_a_bulk_send_answers_per_entry(provider: Provider, ses: Any) -> None:
    assert bulk(ses, 1, 92, 93, 2) == ["SUCCESS", "ACCOUNT_THROTTLED", "FAILED", "SUCCESS"]
    assert [(m["reference"], m["subject"], m["body"]) for m in provider.sent()] == [
        ("run-1-w1_c1", "Halo Budi", "Tagihan Rp1"),
        ("run-1-w1_c2", "Halo Budi", "Tagihan Rp2"),
    ]


def test_a_bulk_send_without_answer_may_have_been_taken(provider: Provider, ses: Any) -> None:
    with pytest.raises(ReadTimeoutError):
        bulk(ses, 1, 89)
    with pytest.raises(ClientError):
        bulk(ses, 3, 94)
    assert [m["reference"] for m in provider.sent()] == ["run-1-w1_c1", "run-1-w1_c89", "run-1-w1_c3", "run-1-w1_c94"]


def test_a_mail_to_nobody_is_a_bad_request(provider: Provider, ses: Any) -> None:
    with pytest.raises(ses.exceptions.BadRequestException):
        ses.send_email(
            FromEmailAddress="caring@example.com",
            Destination={"ToAddresses": ["nobody"]},
            Content={"Simple": {"Subject": {"Data": "a"}, "Body": {"Text": {"Data": "b"}}}},
        )
    assert provider.sent() == []
