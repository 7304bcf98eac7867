"""What SES publishes about an e-mail, and the mail that a customer writes back.

Shapes: Amazon SES developer guide, "Examples of event data" and "Contents of notifications for email receiving" (there:
the S3 action).
"""

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any, Final
from zoneinfo import ZoneInfo

from caring import clock
from infra.local.simulator.behaviours import Step
from infra.local.simulator.messages import Message, fresh_hex, fresh_uuid
from infra.local.simulator.settings import Settings

EVENTS_TOPIC: Final = "email_events"
REPLIES_TOPIC: Final = "email_replies"
# step → (bounce type, sub-type, SMTP status, diagnostic)
BOUNCES: Final[dict[Step, tuple[str, str, str, str]]] = {
    "for_good": ("Permanent", "General", "5.1.1", "smtp; 550 5.1.1 user unknown"),
    "for_now": ("Transient", "MailboxFull", "4.2.2", "smtp; 452 4.2.2 mailbox full"),
    "opted_out": (
        "Permanent",
        "OnAccountSuppressionList",
        "5.1.1",
        "Amazon SES did not send the message to this address because it is on the suppression list for your account.",
    ),
}
_JAKARTA = ZoneInfo("Asia/Jakarta")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")
_DAYS = ("Sen", "Sel", "Rab", "Kam", "Jum", "Sab", "Min")


def event(message: Message, step: Step, settings: Settings) -> dict[str, Any]:
    """The event record of one step."""
    now = clock.iso(clock.now())
    mail = _mail(message, settings)
    agent = {"timestamp": now, "ipAddress": "192.0.2.1", "userAgent": "Mozilla/5.0 (Linux; Android 14)"}
    if step in BOUNCES:
        kind, sub_type, status, diagnostic = BOUNCES[step]
        recipient = {
            "emailAddress": message.recipient,
            "action": "failed",
            "status": status,
            "diagnosticCode": diagnostic,
        }
        bounce = {
            "bounceType": kind,
            "bounceSubType": sub_type,
            "bouncedRecipients": [recipient],
            "timestamp": now,
            "feedbackId": f"{fresh_uuid()}-000000",
            "reportingMTA": "dsn; mta.example.com",
        }
        return {"eventType": "Bounce", "bounce": bounce, "mail": mail}
    if step == "spam_report":
        complaint = {
            "complainedRecipients": [{"emailAddress": message.recipient}],
            "timestamp": now,
            "feedbackId": f"{fresh_uuid()}-000000",
            "userAgent": "ExampleCorp Feedback Loop (V0.01)",
            "complaintFeedbackType": "abuse",
            "arrivalDate": now,
        }
        return {"eventType": "Complaint", "complaint": complaint, "mail": mail}
    if step == "read":
        return {"eventType": "Open", "mail": mail, "open": agent}
    if step == "delivered":
        delivery = {
            "timestamp": now,
            "processingTimeMillis": 200,
            "recipients": [message.recipient],
            "smtpResponse": "250 2.6.0 Message received",
            "reportingMTA": "mta.example.com",
        }
        return {"eventType": "Delivery", "mail": mail, "delivery": delivery}
    return {"eventType": "Send", "mail": mail, "send": {}}


def _mail(message: Message, settings: Settings) -> dict[str, Any]:
    address = parseaddr(message.sender)[1]
    subject = message.subject or ""
    headers = [("From", message.sender), ("To", message.recipient), ("Subject", subject), ("MIME-Version", "1.0")]
    tags = {
        "ses:operation": ["SendEmail"],
        "ses:source-ip": ["192.0.2.0"],
        "ses:from-domain": [address.rpartition("@")[2]],
        "ses:caller-identity": ["caring"],
    }
    if message.configuration_set:
        tags["ses:configuration-set"] = [message.configuration_set]
    if message.reference:
        tags["reference"] = [message.reference]
    return {
        "timestamp": clock.iso(message.at),
        "source": message.sender,
        "sourceArn": f"arn:aws:ses:{settings.region}:{settings.account_id}:identity/{address}",
        "sendingAccountId": settings.account_id,
        "messageId": message.provider_message_id,
        "destination": [message.recipient],
        "headersTruncated": False,
        "headers": [{"name": name, "value": value} for name, value in headers],
        "commonHeaders": {
            "from": [message.sender],
            "to": [message.recipient],
            "messageId": message.provider_message_id,
            "subject": subject,
        },
        "tags": tags,
    }


def message_id_header(provider_message_id: str, settings: Settings) -> str:
    """The Message-ID that SES writes into the mail it sends."""
    return f"<{provider_message_id}@{settings.region}.amazonses.com>"


def inbound(
    sender: str, text: str, quotes: Message | str | None, settings: Settings, subject: str | None = None
) -> tuple[str, dict[str, Any], bytes]:
    """A customer's mail: (its id and object key, SES's notification, the raw MIME).

    Topic and bucket of the notification's S3 action are filled in when it is published.
    """
    now = clock.now()
    object_key = fresh_hex()
    to = "caring@example.com"
    mail = EmailMessage()
    if isinstance(quotes, Message):
        to = parseaddr(quotes.reply_to or quotes.sender)[1]
        subject = subject or f"Re: {quotes.subject or ''}".strip()
        text = f"{text}\n\n{_quoted(quotes)}"
    quoted = quotes.provider_message_id if isinstance(quotes, Message) else quotes
    mail["From"], mail["To"], mail["Subject"] = sender, to, " ".join((subject or "").split())
    mail["Date"], mail["Message-ID"] = format_datetime(now), f"<{object_key}@mail.example.com>"
    if quoted:
        mail["In-Reply-To"] = mail["References"] = message_id_header(quoted, settings)
    mail.set_content(text, cte="8bit")
    passed = {"status": "PASS"}
    verdicts = {f"{name}Verdict": passed for name in ("spam", "virus", "spf", "dkim", "dmarc")}
    action = {"type": "S3", "topicArn": "", "bucketName": "", "objectKeyPrefix": "", "objectKey": object_key}
    notification = {
        "notificationType": "Received",
        "receipt": {
            "timestamp": clock.iso(now),
            "processingTimeMillis": 200,
            "recipients": [to],
            **verdicts,
            "action": action,
        },
        "mail": {
            "timestamp": clock.iso(now),
            "source": sender,
            "messageId": object_key,
            "destination": [to],
            "headersTruncated": False,
            "headers": [{"name": name, "value": str(value)} for name, value in mail.items()],
            "commonHeaders": {
                "returnPath": sender,
                "from": [sender],
                "date": str(mail["Date"]),
                "to": [to],
                "messageId": str(mail["Message-ID"]),
                "subject": str(mail["Subject"]),
            },
        },
    }
    return object_key, notification, mail.as_bytes(policy=SMTP)


def _quoted(message: Message) -> str:
    """The message below the reply, as the commonest mail programs write it in Indonesian."""
    at = message.at.astimezone(_JAKARTA)
    when = f"{_DAYS[at.weekday()]}, {at.day} {_MONTHS[at.month - 1]} {at.year} pukul {at:%H.%M}"
    lines = (message.body or "(pesan)").splitlines()
    return "\n".join([f"Pada {when} {message.sender} menulis:", "", *(f"> {line}" for line in lines)])
