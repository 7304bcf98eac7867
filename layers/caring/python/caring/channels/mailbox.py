"""Customers' e-mails, as SES receives them: its notification, and where the mail itself lies.

Contents: "Contents of notifications for Amazon SES email receiving", SES Developer Guide.
"""

import base64
import binascii
import email
import email.policy
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

from caring.channels import reading
from caring.channels.types import Inbound, Parked, Received


def take_notification(notification: Mapping[str, Any], received: Received) -> None:
    """Read a "Received" notification; what SES found to be a virus or spam is parked."""
    receipt = reading.mapping(notification, "receipt")
    mail = reading.mapping(notification, "mail")
    for verdict in ("virus", "spam"):
        if reading.mapping(receipt, f"{verdict}Verdict").get("status") == "FAIL":
            received.parked.append(Parked(f"email_{verdict}", reading.code(mail.get("messageId"))))
            return
    headers = _headers(mail)
    sender = reading.first_text(reading.mapping(mail, "commonHeaders").get("from")) or reading.text(mail.get("source"))
    address = parseaddr(sender or "")[1]
    received.inbound.append(
        Inbound(
            channel="email",
            sender=address if "@" in address else None,
            user_id=None,
            text=_text(notification.get("content")),
            kind="auto_reply" if _is_automatic(headers) else "email",
            provider_message_id=reading.text(mail.get("messageId")),
            quotes=_quoted(headers),
            at=reading.moment(mail.get("timestamp"), receipt.get("timestamp")),
            raw_location=_location(reading.mapping(receipt, "action")),
        )
    )


def _headers(mail: Mapping[str, Any]) -> dict[str, str]:
    pairs = ((reading.text(h.get("name")), reading.text(h.get("value"))) for h in reading.objects(mail.get("headers")))
    return {name.lower(): value for name, value in pairs if name and value}


def _is_automatic(headers: Mapping[str, str]) -> bool:
    """An absence note or another machine's mail (RFC 3834): answering it could start an endless exchange."""
    if headers.get("auto-submitted", "no").strip().lower() not in ("no", ""):
        return True
    return (
        "x-autoreply" in headers
        or headers.get("precedence", "").strip().lower() in ("auto_reply", "bulk", "junk")
        or headers.get("content-type", "").lower().startswith("multipart/report")
    )


def _quoted(headers: Mapping[str, str]) -> str | None:
    """The SES message id of the mail that is answered: SES makes the Message-ID of it and a domain of its own."""
    answered = headers.get("in-reply-to", "").strip().strip("<>")
    return answered.partition("@")[0] or None


def _location(action: Mapping[str, Any]) -> tuple[str, str] | None:
    bucket, key = reading.text(action.get("bucketName")), reading.text(action.get("objectKey"))
    return (bucket, key) if bucket and key else None


def _text(content: object) -> str:
    """The plain text of a mail that came inside the notification (plain or base64); "" when it lies in S3."""
    raw = reading.text(content)
    if raw is None:
        return ""
    try:
        source = base64.b64decode(raw, validate=True)
    except (binascii.Error, ValueError):
        source = raw.encode("utf-8", "replace")
    return text_of(source)


def text_of(source: bytes) -> str:
    """The text part of a raw mail, "" when it has none; never raises, whatever the bytes."""
    try:
        message = email.message_from_bytes(source, EmailMessage, policy=email.policy.default)
        part = message.get_body(("plain",))
        return str(part.get_content()).strip() if part is not None else ""
    except Exception:  # noqa: BLE001 - the parser raises many kinds on mails that break the rules; a person reads those
        return ""
