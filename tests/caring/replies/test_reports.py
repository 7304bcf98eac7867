"""Mails of mail servers and of absent people, as SES puts them into the bucket: no replies, but facts."""

from __future__ import annotations

import json

import pytest

from caring import parked
from caring.customers import store as customers
from caring.replies import inbound
from tests.caring.conftest import CUSTOMER, Talk
from tests.caring.replies.conftest import Rooms, heard, lockers

BOUNCE = """From: MAILER-DAEMON@mx.example.net
To: caring@example.com
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="b"
MIME-Version: 1.0

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {told}

--b--
"""
REPLY = """From: Budi <budi@example.com>
To: caring@example.com
Subject: Re: Survei
{header}Content-Type: text/plain; charset=utf-8
MIME-Version: 1.0

{text}

Pada Sel, 24 Nov 2026 pukul 09.00 Caring <caring@example.com> menulis:
> Berapa nilai Bapak/Ibu, 0 sampai 10?
"""


@pytest.fixture
def post(unit: Talk, rooms: Rooms) -> Talk:
    return unit


def receive(unit: Talk, raw: str, name: str, sender: str = "budi@example.com") -> dict[str, int]:
    """SES has stored a mail and tells of it."""
    bucket, key = unit.cloud.environment["INBOUND_BUCKET"], f"replies/{name}"
    unit.cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=raw.encode())
    notification = {
        "notificationType": "Received",
        "mail": {
            "timestamp": "2026-11-24T02:59:00.000Z",
            "messageId": name,
            "source": sender,
            "commonHeaders": {"from": [sender]},
            "headers": [],
        },
        "receipt": {"action": {"type": "S3", "bucketName": bucket, "objectKey": key}},
    }
    return inbound.take_body(json.dumps(notification))


@pytest.mark.parametrize(
    ("status", "action", "told", "reason"),
    [
        ("5.1.1", "failed", "550 5.1.1 user unknown", "bounced_hard"),
        ("4.2.2", "delayed", "452 4.2.2 mailbox full", None),
    ],
)
def test_a_servers_report_is_a_fact_about_the_mailbox_and_no_reply(
    post: Talk, status: str, action: str, told: str, reason: str | None
) -> None:
    raw = BOUNCE.format(address="budi@example.com", status=status, action=action, told=told)
    for _ in range(3):
        receive(post, raw, "b1", "MAILER-DAEMON@mx.example.net")
    mailbox = next(
        point for point in customers.view(customers.get(CUSTOMER))["contact_points"] if point["channel"] == "email"
    )
    assert (mailbox["valid"], mailbox["reason"]) == (reason is None, reason)
    assert heard(post) == []
    assert [item["kind"] for item in lockers(post) if item["kind"] in ("reply", "unmatched")] == []
    assert [entry["reason"] for entry in parked.read("reply", 10)] == ["mail_bounce"]


def test_a_report_on_a_stranger_is_kept_for_a_person(post: Talk) -> None:
    raw = BOUNCE.format(address="x@example.net", status="5.1.1", action="failed", told="550 user unknown")
    receive(post, raw, "b2", "MAILER-DAEMON@mx.example.net")
    assert [entry["reason"] for entry in parked.read("reply", 10)] == ["mail_bounce_of_nobody"]


def test_an_absence_note_stands_on_the_timeline_and_asks_nobody_to_do_anything(post: Talk) -> None:
    receive(post, REPLY.format(header="Auto-Submitted: auto-replied\n", text="Saya cuti sampai tanggal 9."), "a1")
    (event,) = heard(post)
    assert (event["message_kind"], event["understood"]["quiet"]) == ("auto_reply", True)
    assert lockers(post) == []


def test_a_mails_reply_is_read_without_what_it_quotes(post: Talk) -> None:
    receive(post, REPLY.format(header="", text="Tolong telepon saya besok siang"), "r1")
    (event,) = heard(post)
    assert event["text"] == "Tolong telepon saya besok siang"
    assert [item["kind"] for item in lockers(post)] == ["reply"]
