"""What Meta's webhooks say: statuses of our messages, customers' messages of every type, news of the account.

Field by field after Meta's webhook reference (WhatsApp Business Platform, "Webhooks"); AWS passes each webhook entry on
unchanged as a JSON string. A customer who hides his number is named by `user_id` alone.
"""

from collections.abc import Callable, Mapping
from typing import Any

from caring.channels import reading
from caring.channels.types import Inbound, Parked, Receipt, ReceiptStatus, Received
from caring.channels.whatsapp import REASONS

Value = Mapping[str, Any]

STATUSES: Mapping[str, ReceiptStatus] = {
    "sent": "accepted",
    "accepted": "accepted",
    "delivered": "delivered",
    "read": "read",
    "played": "read",  # a voice message was listened to
    "failed": "failed",
    "undeliverable": "failed",
    "deleted": "other",
    "warning": "other",
}

_MEDIA = ("image", "video", "audio", "document", "sticker")


def take_entry(entry: Value, received: Received, at: object = None) -> None:
    """Read one webhook entry into `received`; `at` is the wrapper's time, used where the entry tells none."""
    changes = list(reading.objects(entry.get("changes")))
    for change in changes:
        value = reading.mapping(change.get("value"))
        _take_change(reading.code(change.get("field")), value, received, entry.get("time") or at)
    if not changes:
        received.parked.append(Parked("whatsapp_without_changes"))


def _take_change(field: str, value: Value, received: Received, at: object) -> None:
    before = _count(received)
    if field == "messages":
        contacts = list(reading.objects(value.get("contacts")))
        received.receipts.extend(_receipt(status, contacts, at) for status in reading.objects(value.get("statuses")))
        received.inbound.extend(_inbound(m, contacts, at) for m in reading.objects(value.get("messages")))
    elif field == "user_preferences":
        received.inbound.extend(_preference(p, at) for p in reading.objects(value.get("user_preferences")))
    errors = [reading.code(error.get("code")) for error in reading.objects(value.get("errors"))]
    if errors:
        received.parked.append(Parked("whatsapp_error", ",".join(errors)[:200]))
    if _count(received) == before:
        # News of the account, of templates, of calls, and of what staff write in the app itself: for a person to see.
        detail = reading.code(value.get("event") or value.get("message_template_name"))
        received.parked.append(Parked(f"whatsapp_{reading.snake(field) or 'unknown'}", detail))


def _count(received: Received) -> int:
    return len(received.receipts) + len(received.inbound) + len(received.parked)


def _contact(contacts: list[Value], number: str | None) -> Value:
    """The contact with a number, or the only one: one webhook may speak of several people."""
    return next((c for c in contacts if number and c.get("wa_id") == number), contacts[0] if len(contacts) == 1 else {})


def _receipt(status: Value, contacts: list[Value], at: object) -> Receipt:
    kind = STATUSES.get(reading.code(status.get("status")), "other")
    code = next((reading.code(error.get("code")) for error in reading.objects(status.get("errors"))), "")
    reason = None
    if kind == "failed":
        reason = REASONS.get(int(code), "provider_error") if code.isdecimal() else "provider_error"
    elif kind == "other":
        reason = reading.snake(status.get("status")) or None
    return Receipt(
        reference=reading.text(status.get("biz_opaque_callback_data")),
        provider_message_id=reading.text(status.get("id")),
        channel="whatsapp",
        status=kind,
        reason=reason,
        at=reading.moment(status.get("timestamp"), at),
        recipient=reading.phone(status.get("recipient_id")),
        user_id=reading.text(_contact(contacts, reading.text(status.get("recipient_id"))).get("user_id")),
    )


def _inbound(message: Value, contacts: list[Value], at: object) -> Inbound:
    kind, said, quotes = _said(message)
    number = reading.text(message.get("from"))
    contact = _contact(contacts, number)
    return Inbound(
        channel="whatsapp",
        sender=reading.phone(number),
        user_id=reading.text(message.get("from_user_id")) or reading.text(contact.get("user_id")),
        text=said,
        kind=kind,
        provider_message_id=reading.text(message.get("id")),
        quotes=quotes or reading.text(reading.mapping(message, "context").get("id")),
        at=reading.moment(message.get("timestamp"), at),
    )


Said = tuple[str, str, str | None]  # kind, text, what it refers to


def _said(message: Value) -> Said:
    kind = reading.code(message.get("type"))
    content = reading.mapping(message, kind)
    if kind in _MEDIA:
        return "media", reading.text(content.get("caption")) or "", None
    reader = _READERS.get(kind)
    return reader(content) if reader else ("unsupported", "", None)


def _interactive(content: Value) -> Said:
    kind = reading.code(content.get("type"))
    reply = reading.mapping(content, kind)
    title = reading.text(reply.get("title")) or ""
    if kind == "button_reply":
        return "button", title, None
    if kind == "list_reply":
        return "list", title, None
    if kind == "nfm_reply":
        return "flow", reading.text(reply.get("response_json")) or "", None
    if kind == "call_permission_reply":
        return "call_permission", reading.text(reply.get("response")) or "", None
    return "unsupported", "", None


def _edited(content: Value) -> Said:
    _, said, _ = _said(reading.mapping(content, "message"))
    return "edited", said, reading.text(content.get("original_message_id"))


_SYSTEM = dict.fromkeys(("user_changed_number", "customer_changed_number"), "number_changed")
_READERS: Mapping[str, Callable[[Value], Said]] = {
    "text": lambda c: ("text", reading.text(c.get("body")) or "", None),
    "button": lambda c: ("button", reading.text(c.get("text")) or "", None),
    "interactive": _interactive,
    "reaction": lambda c: ("reaction", reading.text(c.get("emoji")) or "", reading.text(c.get("message_id"))),
    "location": lambda c: ("location", reading.text(c.get("name")) or "", None),
    "contacts": lambda _: ("contacts", "", None),
    "order": lambda c: ("order", reading.text(c.get("text")) or "", None),
    "edit": _edited,
    "revoke": lambda c: ("deleted", "", reading.text(c.get("original_message_id"))),
    "system": lambda c: (_SYSTEM.get(reading.code(c.get("type")), "system"), reading.text(c.get("body")) or "", None),
    "request_welcome": lambda _: ("system", "", None),
}


def _preference(preference: Value, at: object) -> Inbound:
    # Pressed in WhatsApp's own menu, not written: said here in the words that a reply would use.
    stopped = preference.get("value") == "stop"
    return Inbound(
        channel="whatsapp",
        sender=reading.phone(preference.get("wa_id")),
        user_id=reading.text(preference.get("user_id")),
        text="STOP" if stopped else "",
        kind="unsubscribe" if stopped else "resubscribe",
        provider_message_id=None,
        quotes=None,
        at=reading.moment(preference.get("timestamp"), at),
    )
