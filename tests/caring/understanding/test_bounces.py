"""Reports of mail servers, and mails that only look like them. All are made up, after RFC 3464 and common servers."""

from __future__ import annotations

import pytest

from caring.understanding import bounces, incoming


def report(status: str, diagnostic: str, action: str = "failed", address: str = "budi@example.id") -> bytes:
    """A delivery report as RFC 3464 has it."""
    return (
        "From: MAILER-DAEMON@mx.example.id\nTo: care@example.org\nSubject: Undelivered Mail Returned to Sender\n"
        'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nThis is the mail system. I could not deliver your message.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.id\n\n"
        f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {diagnostic}\n"
        "--b\nContent-Type: message/rfc822\n\nFrom: care@example.org\nSubject: Tagihan\n\n"
        "User unknown is only a word here.\n"
        "--b--\n"
    ).encode()


def plain(sender: str, subject: str, body: str, headers: str = "") -> bytes:
    """A mail of one text."""
    head = f"From: {sender}\nTo: care@example.org\nSubject: {subject}\n{headers}"
    return f"{head}Content-Type: text/plain\n\n{body}".encode()


@pytest.mark.parametrize(
    ("status", "diagnostic", "reason", "kind"),
    [
        ("5.1.1", "550 5.1.1 User unknown", "address_unknown", "hard"),
        ("5.1.1", "550 No such user here", "address_unknown", "hard"),
        ("5.4.4", "Host or domain name not found", "host_unknown", "hard"),
        ("5.1.10", "556 5.1.10 Recipient domain has null MX", "no_mail_accepted", "hard"),
        ("5.1.6", "551 user has moved", "moved", "hard"),
        ("5.2.2", "552 5.2.2 Mailbox full", "mailbox_full", "soft"),
        ("4.2.2", "452 4.2.2 Over quota", "mailbox_full", "soft"),
        ("5.7.26", "550 5.7.26 unauthenticated mail, SPF did not pass", "authentication", "soft"),
        ("5.7.1", "554 5.7.1 blocked using Spamhaus", "spam", "soft"),
        ("5.2.3", "552 message size exceeds fixed limit", "message_too_big", "soft"),
        ("4.4.1", "connection timed out", "expired", "soft"),
        ("5.2.1", "550 account suspended", "suspended", "soft"),
    ],
)
def test_hard_and_soft_are_told_apart(status: str, diagnostic: str, reason: str, kind: str) -> None:
    found = bounces.read(report(status, diagnostic))
    assert found.kind == "bounce"
    (bounce,) = found.bounces
    assert (bounce.address, bounce.status, bounce.reason, bounce.kind) == ("budi@example.id", status, reason, kind)


def test_a_mail_that_is_still_tried_is_soft() -> None:
    (bounce,) = bounces.read(report("4.1.1", "user unknown, will retry", action="delayed")).bounces
    assert bounce.kind == "soft"


def test_a_delivered_mail_is_no_bounce() -> None:
    assert bounces.read(report("2.0.0", "250 ok", action="delivered")) == bounces.Report("delivered")


def test_a_server_without_reports_is_read_line_by_line() -> None:
    raw = plain(
        "MAILER-DAEMON@mx.example.id",
        "failure notice",
        "Hi. I wasn't able to deliver your message.\n\n<ani@example.id>:\nSorry, no mailbox here by that name.\n\n"
        "<budi@example.id>:\nMailbox full.\n\n--- Below this line is a copy of the message.\n\nTo: <x@example.id>\n",
    )
    found = {(one.address, one.kind, one.reason) for one in bounces.read(raw).bounces}
    assert found == {
        ("ani@example.id", "hard", "address_unknown"),
        ("budi@example.id", "soft", "mailbox_full"),
    }


def test_a_refusal_after_the_whole_mail_is_not_about_the_address() -> None:
    raw = report("5.0.0", "550 Unknown user").replace(
        b"could not deliver your message.", b"said: 550 Unknown user (in reply to end of DATA command)"
    )
    (bounce,) = bounces.read(raw).bounces
    assert (bounce.reason, bounce.kind) == ("filtered", "soft")


@pytest.mark.parametrize(
    "raw",
    [
        plain("ani@example.id", "Out of office: Tagihan", "Saya kembali Senin."),
        plain("ani@example.id", "Balasan otomatis", "Saya sedang cuti."),
        plain("ani@example.id", "Tagihan", "Away.", "Auto-Submitted: auto-replied\n"),
        plain("ani@example.id", "Tagihan", "Away.", "Precedence: auto_reply\n"),
    ],
)
def test_an_absence_note_is_neither_a_bounce_nor_a_reply(raw: bytes) -> None:
    found = incoming.read(raw)
    assert (found.kind, found.unreached, found.reply) == ("auto_reply", (), "")


def test_a_spam_report_is_no_bounce() -> None:
    raw = (
        b"From: feedback@example.id\nSubject: complaint\nContent-Type: multipart/report; report-type=feedback-report;"
        b' boundary="b"\n\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n--b--\n'
    )
    assert incoming.read(raw).kind == "feedback"


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Re: Status gangguan", "masih error, internet tidak bisa connect"),
        ("Internet gagal terus", "teknisi tidak datang, email saya budi@example.id"),
        ("problem tagihan", "user unknown katanya waktu login"),
        ("Holiday di Bali", "saya pergi, tolong hentikan sementara"),
        ("Re: delivery failed?", "maksudnya apa ya"),
    ],
)
def test_a_customer_who_writes_of_failures_is_no_mail_server(subject: str, body: str) -> None:
    found = incoming.read(plain("budi@example.id", subject, body))
    assert (found.kind, found.reply, found.unreached) == ("reply", body, ())


def test_a_mail_in_html_alone_is_read_without_what_it_quotes() -> None:
    raw = (
        b"From: budi@example.id\nSubject: Re: Survei\nContent-Type: text/html; charset=utf-8\n\n"
        b"<html><head><style>p{}</style></head><body><p>9, <b>mantap</b></p>"
        b'<div class="gmail_quote"><div>Pada Sel</div><blockquote>Seberapa puas?</blockquote></div></body></html>'
    )
    found = incoming.read(raw)
    assert (found.kind, found.reply) == ("reply", "9, mantap")
