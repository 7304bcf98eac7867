"""Any body that a provider or a topic delivers, told apart and read: receipts, customers' messages, the rest parked.

Nothing here raises: a queue that meets an odd body must keep its others, and the odd one is kept for a person.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from caring import observability
from caring.channels import email, mailbox, reading, sms, whatsapp_webhook
from caring.channels.types import Parked, Received, nothing

_ENVELOPES = 4  # SNS around SQS around SNS: no more than this


def parse(body: str | bytes | Mapping[str, Any]) -> Received:
    """Everything in one body: (receipts, inbound messages, what is parked). Never raises, is never empty-handed."""
    received = nothing()
    try:
        take(body, received)
    except Exception as error:  # noqa: BLE001 - the last net: what no rule foresaw is parked, and the log says so
        observability.logger().error("a provider's body broke its reader", extra={"error": observability.safe(error)})
        received.parked.append(Parked("unreadable", type(error).__name__))
    return received


def take(body: object, received: Received, depth: int = 0) -> None:
    """Read one body, envelope by envelope, into `received`."""
    if isinstance(body, str | bytes):
        try:
            body = orjson.loads(body)
        except orjson.JSONDecodeError:
            received.parked.append(Parked("not_json"))
            return
    if not isinstance(body, Mapping):
        received.parked.append(Parked("not_an_object", type(body).__name__))
        return
    if depth >= _ENVELOPES:
        received.parked.append(Parked("too_many_envelopes"))
        return
    _take_object(body, received, depth)


def _take_object(body: Mapping[str, Any], received: Received, depth: int) -> None:
    if "whatsAppWebhookEntry" in body:
        _take_whatsapp(body, received)
    elif body.get("object") == "whatsapp_business_account":
        _take_webhook(body, received)
    elif "Message" in body and body.get("Type") in ("Notification", None):
        take(body["Message"], received, depth + 1)
    elif "Type" in body and "TopicArn" in body:
        received.parked.append(Parked(f"sns_{reading.snake(body['Type']) or 'unknown'}"))
    elif body.get("notificationType") == "Received":
        mailbox.take_notification(body, received)
    elif "event_type" in body:
        _take_old_generation(body, received)
    elif "inboundMessageId" in body or "originationNumber" in body:
        sms.take_reply(body, received)
    elif "mail" in body:
        email.take_event(body, received)
    elif "eventType" in body:
        sms.take_event(body, received)
    else:
        received.parked.append(Parked("unknown_body", ",".join(sorted(filter(None, map(reading.code, body))))[:200]))


def _take_whatsapp(body: Mapping[str, Any], received: Received) -> None:
    """AWS's wrapper: the entry is a JSON string inside the JSON."""
    entry = body["whatsAppWebhookEntry"]
    decoded = reading.json(entry) if isinstance(entry, str) else entry
    if not isinstance(decoded, Mapping):
        received.parked.append(Parked("whatsapp_entry_not_json"))
        return
    whatsapp_webhook.take_entry(decoded, received, body.get("message_timestamp"))


def _take_webhook(body: Mapping[str, Any], received: Received) -> None:
    """A bare webhook of Meta: several entries in one."""
    entries = list(reading.objects(body.get("entry")))
    for entry in entries:
        whatsapp_webhook.take_entry(entry, received)
    if not entries:
        received.parked.append(Parked("whatsapp_without_entries"))


def _take_old_generation(body: Mapping[str, Any], received: Received) -> None:
    kind = reading.code(body.get("event_type"))
    if kind.startswith("_SMS."):
        sms.take_old_event(body, received)
    elif kind.startswith("_email."):
        email.take_old_event(body, received)
    else:
        received.parked.append(Parked("unknown_event", kind))
