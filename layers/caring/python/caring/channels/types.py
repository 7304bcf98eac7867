"""What goes out over a channel, what comes of it, and what comes back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

Clients = Callable[[str], Any]  # boto3 service name → client, as caring.aws.sender_client

OutcomeStatus = Literal["accepted", "rejected", "unknown", "not_taken"]
ReceiptStatus = Literal["accepted", "delivered", "read", "failed", "spam_report", "other"]

# Reasons that will meet the next customer too, whoever he is: the run pauses until a person has mended the cause.
# Providers that answer later (WhatsApp) say them in a receipt, so receipts are compared with this set as well.
STOP_RUN_REASONS = frozenset(
    {
        "access_denied",
        "account_blocked",
        "no_credentials",
        "payment_due",
        "provider_setup",
        "quota_reached",
        "sending_paused",
        "spam_rate_limit",
        "template_missing",
        "template_params",
        "template_paused",
    }
)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message, ready for its provider.

    `to` is E.164 or a mailbox (WhatsApp: or a business-scoped user id). `template` is a WhatsApp template:
    {name, language, params: [text], header_image?: url, buttons?: [{type: "url"|"quick_reply", index, text}]}; without
    it WhatsApp gets free text, allowed within 24 h of the customer's last message, with `replies` as its buttons (three
    at most). `html` and `subject` are e-mail's.
    """

    channel: str
    to: str
    reference: str
    body: str
    subject: str | None = None
    html: str | None = None
    template: Mapping[str, Any] | None = None
    language: str = "id"
    unsubscribe_url: str | None = None
    ttl_seconds: int | None = None
    purpose: str = "service"
    replies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one call to a provider came to.

    accepted: taken. rejected: refused for this message, for good. not_taken: proven not taken, may be given back and
    tried again. unknown: nobody can say, so it is never sent again. With `stop_run` the next message would fare alike.
    """

    status: OutcomeStatus
    provider_message_id: str | None = None
    reason: str | None = None
    stop_run: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """A provider's word on a message we sent; `at` is aware UTC, `recipient` E.164 or mailbox where it is told.

    `user_id` is the recipient's business-scoped id at WhatsApp.
    """

    reference: str | None
    provider_message_id: str | None
    channel: str
    status: ReceiptStatus
    reason: str | None
    at: datetime
    recipient: str | None = None
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class Inbound:
    """A customer's own message.

    kind: text, button, list, flow, reaction, media, location, contacts, order, call_permission, edited, deleted,
    system, number_changed, unsupported, email, auto_reply, unsubscribe, resubscribe. `sender` is
    E.164 or a mailbox, None when WhatsApp tells only its `user_id`. `quotes` is the provider's id of the message
    answered. `raw_location` is (bucket, key) of an e-mail whose text is still to be read.
    """

    channel: str
    sender: str | None
    user_id: str | None
    text: str
    kind: str
    provider_message_id: str | None
    quotes: str | None
    at: datetime
    raw_location: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Parked:
    """A body, or part of one, that is kept for a person: why (snake_case), and a detail without personal data."""

    reason: str
    detail: str = ""


class Received(NamedTuple):
    """Everything that one body from a provider held."""

    receipts: list[Receipt]
    inbound: list[Inbound]
    parked: list[Parked]


def nothing() -> Received:
    """A Received with three empty lists."""
    return Received([], [], [])
