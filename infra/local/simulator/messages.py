"""What the wire protocols have in common: a message that asks to be sent, and a refusal."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from caring import clock
from infra.local.simulator.behaviours import Channel

NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class Message:
    """One message to one recipient; id and time are the provider's, given when he takes it."""

    channel: Channel
    recipient: str
    sender: str
    body: str
    reference: str | None = None
    template: dict[str, Any] | None = None
    free_text: bool = False  # WhatsApp: not a template, so only inside the customer's 24 h window
    subject: str | None = None
    html: str | None = None
    headers: dict[str, str] | None = None
    reply_to: str | None = None
    configuration_set: str | None = None
    context: dict[str, str] | None = None
    provider_message_id: str = ""
    at: datetime = NEVER

    def as_json(self) -> dict[str, Any]:
        """The message as GET /sent shows it; e-mail has its subject, HTML and headers besides."""
        shown: dict[str, Any] = {
            "provider_message_id": self.provider_message_id,
            "reference": self.reference,
            "channel": self.channel,
            "recipient": self.recipient,
            "sender": self.sender,
            "body": self.body,
            "template": self.template,
            "at": clock.iso(self.at),
        }
        if self.channel == "email":
            shown |= {"subject": self.subject, "html": self.html, "headers": self.headers or {}}
        return shown


class Refused(Exception):
    """An error answer of a provider: HTTP status, the service's error code, a message, further members."""

    def __init__(self, status: int, code: str, message: str, **members: Any) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.members = status, code, message, members


def fresh_hex() -> str:
    """32 hexadecimal digits that were not there before; no system call, of which a send would need six."""
    return f"{random.getrandbits(128):032x}"


def fresh_uuid() -> str:
    """A name in a UUID's form."""
    digits = fresh_hex()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def e164(number: str) -> str:
    """A phone number with its plus: 0812… and 62812… are Indonesian, as people write them."""
    digits = "".join(c for c in number if c.isascii() and c.isdigit())
    return f"+62{digits[1:]}" if digits.startswith("0") else f"+{digits}"
