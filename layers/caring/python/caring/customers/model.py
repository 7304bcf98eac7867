"""A customer as the customers table holds it, and the questions that every rule asks of one.

Items are DynamoDB's own typed maps ({"phone": {"S": "+62…"}}): plans and sends read millions of them, and turning each
into an object first would cost more than the rules themselves.
"""

from typing import Any

Item = dict[str, dict[str, Any]]

TEXT_FIELDS = [
    "customer_id",
    "name",
    "segment",
    "phone",
    "whatsapp",
    "home_phone",
    "email",
    "language",
    "address",
    "village",
    "district",
    "witel",
    "product",
]
DATE_FIELDS = ("activated_on", "due_date", "paid_on")
NUMBER_FIELDS = ("monthly_charge", "amount_due", "points")
CONSENT_FIELDS = ("consent_whatsapp", "consent_sms", "consent_email", "consent_voice")
FIELDS = (*TEXT_FIELDS, *DATE_FIELDS, *NUMBER_FIELDS, *CONSENT_FIELDS, "consent_at")  # of the import contract

CHANNELS = ("whatsapp", "sms", "email", "voice")
PURPOSES = ("offers", "service", "survey")
CONTACT_FIELD = {"whatsapp": "whatsapp", "sms": "phone", "email": "email", "voice": "phone"}


def text(item: Item, field: str) -> str | None:
    """A text field's value, or None."""
    value = item.get(field)
    return value["S"] if value and "S" in value else None


def number(item: Item, field: str) -> int | None:
    """A whole number field's value (money in rupiah), or None."""
    value = item.get(field)
    return int(value["N"]) if value and "N" in value else None


def flag(item: Item, field: str) -> bool:
    """A yes/no field's value; absent is no."""
    value = item.get(field)
    return bool(value and value.get("BOOL"))


def contact_value(item: Item, channel: str) -> str | None:
    """The number or mailbox that a channel would use, valid or not; None when there is none."""
    return text(item, CONTACT_FIELD[channel])


def invalid_reason(item: Item, channel: str) -> str | None:
    """Why the channel's contact point is known not to work; None while it is thought valid."""
    invalid = item.get("invalid")
    entry = invalid["M"].get(channel) if invalid else None
    return str(entry["M"]["reason"]["S"]) if entry else None


def invalid_since(item: Item, channel: str) -> str | None:
    """Since when (ISO) the channel's contact point is known not to work, where that was noted."""
    entry = item["invalid"]["M"].get(channel) if "invalid" in item else None
    return str(entry["M"]["at"]["S"]) if entry and "at" in entry["M"] else None


def choice(item: Item, channel: str, purpose: str) -> bool | None:
    """The customer's own word on a channel and purpose; None when he has said nothing."""
    choices = item.get("choices")
    entry = choices["M"].get(f"{channel}:{purpose}") if choices else None
    return bool(entry["M"]["granted"]["BOOL"]) if entry else None


def consent(item: Item, channel: str, purpose: str) -> bool:
    """Whether the customer may be reached: his own word if there is one, else the imported consent of the channel."""
    own = choice(item, channel, purpose)
    return flag(item, f"consent_{channel}") if own is None else own


def contact_points(item: Item) -> list[dict[str, Any]]:
    """[{channel, value, valid, reason, since, consent: {offers, service, survey}}] for each channel that has a value.

    `reason` and `since` (ISO) say why and from when on it is invalid.
    """
    points = []
    for channel in CHANNELS:
        value = contact_value(item, channel)
        if value is None:
            continue
        reason = invalid_reason(item, channel)
        consents = {purpose: consent(item, channel, purpose) for purpose in PURPOSES}
        since = invalid_since(item, channel)
        known = {"valid": reason is None, "reason": reason, "since": since}
        points.append({"channel": channel, "value": value, **known, "consent": consents})
    return points
