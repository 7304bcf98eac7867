"""WhatsApp as AWS End User Messaging Social speaks it: the send call, and the webhooks it passes on to SNS.

Where Meta's errors arrive: AWS takes a message before Meta has judged it, so Meta's verdicts (131026, 131047 …) come as
a `failed` status with `errors[].code`. Only a throttle is answered at once, as the service's own
ThrottledRequestException (HTTP 429); Meta's code for it, 130429, stands in the message.
"""

import base64
import binascii
import re
from typing import Any, Final

import orjson

from caring import clock
from infra.local.simulator.behaviours import Step
from infra.local.simulator.messages import Message, Refused, e164, fresh_hex, fresh_uuid
from infra.local.simulator.settings import Settings

TOPIC: Final = "whatsapp_events"
STATUSES: Final[dict[Step, str]] = {"sent": "sent", "delivered": "delivered", "read": "read"}
# Meta's code, title and details of each failure.
FAILURES: Final[dict[Step, tuple[int, str, str]]] = {
    "for_good": (131026, "Message undeliverable", "Message Undeliverable."),
    "not_on_whatsapp": (131026, "Message undeliverable", "Message Undeliverable."),
    "for_now": (
        131049,
        "This message was not delivered to maintain healthy ecosystem engagement.",
        "In order to maintain a healthy ecosystem engagement, the message failed to be delivered.",
    ),
    "opted_out": (
        131050,
        "User has stopped marketing messages",
        "The recipient has chosen to stop marketing messages from you.",
    ),
    "spam": (
        131048,
        "Spam rate limit hit",
        "Message failed to send because too many previous messages were blocked or flagged as spam.",
    ),
    "window_closed": (
        131047,
        "Re-engagement message",
        "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
    ),
}
ERRORS: Final = {
    "throttle": Refused(
        429, "ThrottledRequestException", "(#130429) Rate limit hit: the number's throughput has been reached"
    ),
    "error": Refused(
        500, "InternalServiceException", "The request could not be processed because of an internal error"
    ),
}
_SENDER = re.compile(r"^phone-number-id-.+$|^arn:.*:phone-number-id/[0-9a-zA-Z]+$")


def parse_send(body: Any) -> Message:
    """The message of a SendWhatsAppMessage call. Raises Refused as the service and Meta do for a malformed one."""
    sender = body.get("originationPhoneNumberId") if isinstance(body, dict) else None
    if not isinstance(sender, str) or not _SENDER.match(sender):
        raise Refused(400, "ValidationException", "originationPhoneNumberId is phone-number-id-… or its ARN")
    if not body.get("metaApiVersion"):
        raise Refused(400, "ValidationException", "metaApiVersion is missing")
    try:
        content = orjson.loads(base64.b64decode(body.get("message") or "", validate=True))
    except (binascii.Error, TypeError, ValueError):
        raise Refused(400, "InvalidParametersException", "message is not JSON in base64") from None
    if not isinstance(content, dict) or content.get("messaging_product") != "whatsapp":
        raise Refused(400, "InvalidParametersException", "(#100) messaging_product must be whatsapp")
    kind, to = content.get("type", "text"), content.get("to")
    part = content.get(kind) if isinstance(kind, str) else None
    if not isinstance(to, str) or not re.fullmatch(r"\+?[0-9]{5,15}", to) or not isinstance(part, dict):
        raise Refused(400, "InvalidParametersException", "(#100) to and the member named by type are required")
    template = part if kind == "template" else None
    if template is not None and not template.get("name"):
        raise Refused(400, "InvalidParametersException", "(#132000) a template has a name and its parameters")
    return Message(
        channel="whatsapp",
        recipient=e164(to),
        sender=sender,
        body=_text(kind, part),
        reference=content.get("biz_opaque_callback_data"),
        template=template,
        free_text=template is None,
    )


def _text(kind: str, part: dict[str, Any]) -> str:
    """What the customer reads: the text, or a template's parameters in their order."""
    if kind == "template":
        parameters = [p for c in part.get("components") or [] for p in c.get("parameters") or []]
        return " ".join(str(p["text"]) for p in parameters if isinstance(p, dict) and "text" in p)
    if kind == "text":
        return str(part.get("body", ""))
    inner = part.get("body")
    return str(inner.get("text", "")) if isinstance(inner, dict) else str(part.get("caption", ""))


def new_id() -> str:
    """A message id in Meta's form."""
    return f"wamid.HBgN{fresh_hex().upper()}"


def status(message: Message, step: Step, settings: Settings) -> dict[str, Any]:
    """The status webhook of one step, in AWS's envelope."""
    now = clock.now()
    body: dict[str, Any] = {
        "id": message.provider_message_id,
        "status": STATUSES.get(step, "failed"),
        "timestamp": str(int(now.timestamp())),
        "recipient_id": message.recipient[1:],
    }
    if message.reference:
        body["biz_opaque_callback_data"] = message.reference
    if step in FAILURES:
        code, title, details = FAILURES[step]
        href = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"
        body["errors"] = [
            {"code": code, "title": title, "message": title, "error_data": {"details": details}, "href": href}
        ]
    else:
        category = "service" if message.free_text else "utility"
        body["conversation"] = {"id": fresh_hex()[:30], "origin": {"type": category}}
        body["pricing"] = {"billable": not message.free_text, "pricing_model": "PMP", "category": category}
    return _webhook({"statuses": [body]}, message.recipient, message.sender, settings)


def inbound(sender: str, text: str, quotes: Message | str | None, settings: Settings) -> tuple[str, dict[str, Any]]:
    """A customer's text message: (its id, the webhook in AWS's envelope)."""
    wamid = new_id()
    body: dict[str, Any] = {
        "from": sender.lstrip("+"),
        "id": wamid,
        "timestamp": str(int(clock.now().timestamp())),
        "text": {"body": text},
        "type": "text",
    }
    if quotes is not None:
        quoted = quotes.provider_message_id if isinstance(quotes, Message) else quotes
        body["context"] = {"from": settings.whatsapp_number, "id": quoted}
    to = quotes.sender if isinstance(quotes, Message) else "phone-number-id-simulator"
    return wamid, _webhook({"messages": [body]}, sender, to, settings)


def _webhook(value: dict[str, Any], customer: str, number_id: str, settings: Settings) -> dict[str, Any]:
    now = clock.now()
    resource = f"arn:aws:social-messaging:{settings.region}:{settings.account_id}"
    bare = number_id.rpartition("/")[2].removeprefix("phone-number-id-")
    meta_id = "1470001470001"
    contact = {"profile": {"name": "Pelanggan"}, "wa_id": customer.lstrip("+"), "user_id": f"ID.{customer.lstrip('+')}"}
    entry = {
        "id": "147000147000",
        "changes": [
            {
                "value": {
                    "messaging_product": "whatsapp",
                    "metadata": {"display_phone_number": settings.whatsapp_number, "phone_number_id": meta_id},
                    "contacts": [contact],
                    **value,
                },
                "field": "messages",
            }
        ],
    }
    return {
        "context": {
            "MetaWabaIds": [{"wabaId": "147000147000", "arn": f"{resource}:waba/147000147000"}],
            "MetaPhoneNumberIds": [{"metaPhoneNumberId": meta_id, "arn": f"{resource}:phone-number-id/{bare}"}],
        },
        "whatsAppWebhookEntry": orjson.dumps(entry).decode(),
        "aws_account_id": settings.account_id,
        "message_timestamp": clock.iso(now),
        "messageId": fresh_uuid(),
    }
