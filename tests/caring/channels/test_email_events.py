"""What SES says of our mails, and what customers mail back."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from caring.channels import receive
from caring.channels.types import Inbound, Receipt
from tests.caring.channels.payloads import load


def receipt(name: str, **changes: Any) -> Receipt:
    (found,) = receive.parse(load(f"ses/{name}.json") | changes).receipts
    return found


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("send", "accepted", None),
        ("delivery", "delivered", None),
        ("open", "read", None),
        ("click", "read", None),
        ("bounce", "failed", "bounced_hard"),
        ("complaint", "spam_report", "abuse"),
        ("reject", "failed", "rejected_by_provider"),
        ("rendering_failure", "failed", "rendering_failed"),
        ("deliverydelay", "other", "delayed"),
    ],
)
def test_each_event_type_has_its_status(name: str, status: str, reason: str | None) -> None:
    found = receipt(name)
    assert (found.channel, found.status, found.reason) == ("email", status, reason)
    assert found.provider_message_id == "EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000"
    assert found.recipient == load(f"ses/{name}.json")["mail"]["destination"][0]


def test_the_time_is_the_events_own_not_the_mails() -> None:
    assert receipt("bounce").at == datetime(2017, 8, 5, 0, 41, 2, 669000, tzinfo=UTC)


def test_our_reference_comes_back_as_a_tag() -> None:
    mail = load("ses/delivery.json")["mail"]
    mail["tags"]["reference"] = ["run-1-w1_131545290415"]
    assert receipt("delivery", mail=mail).reference == "run-1-w1_131545290415"
    assert receipt("delivery").reference is None


@pytest.mark.parametrize(("kind", "reason"), [("Transient", "bounced_soft"), ("Undetermined", "bounced_soft")])
def test_a_bounce_that_may_pass_is_soft(kind: str, reason: str) -> None:
    bounce = load("ses/bounce.json")["bounce"] | {"bounceType": kind}
    assert receipt("bounce", bounce=bounce).reason == reason


def test_a_feedback_notification_says_the_same_as_an_event() -> None:
    body = load("ses/bounce.json")
    body["notificationType"] = body.pop("eventType")
    assert receive.parse(body).receipts == receive.parse(load("ses/bounce.json")).receipts


def test_an_event_type_of_the_future_is_parked() -> None:
    (parked,) = receive.parse(load("ses/send.json") | {"eventType": "Teleported"}).parked
    assert (parked.reason, parked.detail) == ("unknown_event", "Teleported")


def test_leaving_ses_own_list_is_a_stop() -> None:
    (said,) = receive.parse(load("ses/subscription.json")).inbound
    assert (said.kind, said.text, said.sender) == ("unsubscribe", "STOP", "recipient@example.com")


def test_joining_ses_own_list_is_parked() -> None:
    body = load("ses/subscription.json")
    body["subscription"]["newTopicPreferences"] = {"unsubscribeAll": False, "topicSubscriptionStatus": []}
    assert [parked.reason for parked in receive.parse(body).parked] == ["email_subscription"]


@pytest.mark.parametrize(
    ("name", "status"),
    [("send", "accepted"), ("delivered", "delivered"), ("open", "read"), ("click", "read")],
)
def test_an_event_of_the_old_generation_is_read_too(name: str, status: str) -> None:
    (found,) = receive.parse(load(f"sms/old_email_{name}.json")).receipts
    assert (found.channel, found.status, found.recipient) == ("email", status, "recipient@example.com")


def mail(**changes: Any) -> Inbound:
    (said,) = receive.parse(load("ses/received_with_content.json") | changes).inbound
    return said


def test_a_mail_that_came_inside_its_notification_has_its_text() -> None:
    said = mail()
    assert (said.kind, said.text, said.sender) == ("email", "Example content", "sender@example.com")
    assert (said.raw_location, said.provider_message_id) == (None, "d6iitobk75ur44p8kdnnp7g2n800")


def test_a_mail_that_came_in_base64_has_its_text() -> None:
    raw = load("ses/received_with_content.json")["content"].encode()
    assert mail(content=base64.b64encode(raw).decode()).text == "Example content"


def test_a_mail_in_s3_says_where_it_lies() -> None:
    body = load("ses/received_with_content.json")
    body["receipt"]["action"] = {"type": "S3", "bucketName": "inbound", "objectKey": "mail/d6iitobk"}
    said = mail(receipt=body["receipt"], content=None)
    assert (said.raw_location, said.text) == (("inbound", "mail/d6iitobk"), "")


def headers(*more: tuple[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = load("ses/received_with_content.json")["mail"]
    found["headers"] += [{"name": name, "value": value} for name, value in more]
    return found


def test_an_answer_quotes_the_message_id_of_ses() -> None:
    said = mail(mail=headers(("In-Reply-To", "<010001-abc-000000@ap-southeast-1.amazonses.com>")))
    assert said.quotes == "010001-abc-000000"


@pytest.mark.parametrize(
    "header",
    [("Auto-Submitted", "auto-replied"), ("X-Autoreply", "yes"), ("Precedence", "auto_reply")],
)
def test_an_absence_note_is_an_auto_reply(header: tuple[str, str]) -> None:
    assert mail(mail=headers(header)).kind == "auto_reply"


def test_a_person_who_says_that_he_is_one_is_believed() -> None:
    assert mail(mail=headers(("Auto-Submitted", "no"))).kind == "email"


@pytest.mark.parametrize("verdict", ["virus", "spam"])
def test_what_ses_found_to_be_bad_is_parked(verdict: str) -> None:
    found = load("ses/received_with_content.json")["receipt"]
    found[f"{verdict}Verdict"] = {"status": "FAIL"}
    received = receive.parse(load("ses/received_with_content.json") | {"receipt": found})
    assert ([parked.reason for parked in received.parked], received.inbound) == ([f"email_{verdict}"], [])


def test_the_name_before_a_mailbox_is_no_part_of_it() -> None:
    found = load("ses/received_with_content.json")["mail"]
    found["commonHeaders"]["from"] = ['"Siti, dr." <siti@example.com>']
    assert mail(mail=found).sender == "siti@example.com"
