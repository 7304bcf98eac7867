"""SMS and voice as pinpoint-sms-voice-v2 speaks them (JSON 1.0), and their events.

Event names and members: AWS End User Messaging SMS user guide, "Event types for SMS, MMS, and voice" and "Example event
data". JSON 1.0 gives its client errors HTTP 400, a throttle too: the code in `__type` tells them apart.
"""

import re
from typing import Any, Final

from caring import clock
from infra.local.simulator.behaviours import Channel, Step
from infra.local.simulator.messages import Message, Refused, e164, fresh_uuid
from infra.local.simulator.settings import Settings

EVENTS_TOPIC: Final = "sms_events"
REPLIES_TOPIC: Final = "sms_replies"
TARGETS: Final[dict[str, Channel]] = {
    "PinpointSMSVoiceV2.SendTextMessage": "sms",
    "PinpointSMSVoiceV2.SendVoiceMessage": "voice",
}
# step → (event type, status, its description, final)
EVENTS: Final[dict[tuple[Channel, Step], tuple[str, str, str, bool]]] = {
    ("sms", "sent"): ("TEXT_PENDING", "PENDING", "Message is being delivered to the carrier", False),
    ("sms", "delivered"): ("TEXT_DELIVERED", "DELIVERED", "Message has been accepted by phone", True),
    ("sms", "for_good"): ("TEXT_INVALID", "INVALID", "The destination phone number is not valid", True),
    ("sms", "for_now"): ("TEXT_UNREACHABLE", "UNREACHABLE", "The recipient's device is off or unreachable", True),
    ("sms", "spam"): ("TEXT_SPAM", "SPAM", "The carrier blocked the message as spam", True),
    ("voice", "sent"): ("VOICE_INITIATED", "INITIATED", "The call has been initiated", False),
    ("voice", "delivered"): ("VOICE_ANSWERED", "ANSWERED", "The recipient answered the call", False),
    ("voice", "read"): ("VOICE_COMPLETED", "COMPLETED", "The message was played to its end", True),
    ("voice", "for_good"): ("VOICE_FAILED", "FAILED", "The call could not be connected", True),
    ("voice", "for_now"): ("VOICE_NO_ANSWER", "NO_ANSWER", "The recipient did not answer", True),
    ("voice", "spam"): ("VOICE_FAILED", "FAILED", "The carrier blocked the call as spam", True),
}
ERRORS: Final = {
    "throttle": Refused(
        400, "ThrottlingException", "Rate exceeded: message parts per second of the origination identity"
    ),
    "error": Refused(
        500, "InternalServerException", "The service encountered an internal error", RequestId="simulated"
    ),
    "opted_out": Refused(
        400,
        "ConflictException",
        "The destination phone number is opted out",
        Reason="DESTINATION_PHONE_NUMBER_OPTED_OUT",
        ResourceType="phone-number",
    ),
}
LIMITS: Final[dict[Channel, int]] = {"sms": 1600, "voice": 6000}
_GSM = re.compile(r"[A-Za-z0-9 \r\n@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ!\"#¤%&'()*+,\-./:;<=>?¡ÄÖÑÜ§¿äöñüà^{}\\\[~\]|€]*")
_EXTENDED = re.compile(r"[\^{}\\\[~\]|€]")


def parse_send(channel: Channel, body: Any) -> Message | None:
    """The message of a send call; None for a dry run. Raises Refused (ValidationException) for a malformed one."""
    if not isinstance(body, dict):
        raise _invalid("INVALID_REQUEST", "the request is not a JSON object")
    number, sender, text = body.get("DestinationPhoneNumber"), body.get("OriginationIdentity"), body.get("MessageBody")
    if not isinstance(number, str) or not re.fullmatch(r"\+?[1-9][0-9]{1,18}", number):
        raise _invalid("FIELD_VALIDATION_FAILED", "DestinationPhoneNumber is E.164", "DestinationPhoneNumber")
    if channel == "voice" and not sender:
        raise _invalid("MISSING_PARAMETER", "OriginationIdentity is missing", "OriginationIdentity")
    if not isinstance(text, str) or not text.strip() or len(text) > LIMITS[channel]:
        raise _invalid("FIELD_VALIDATION_FAILED", f"MessageBody has 1 to {LIMITS[channel]} characters", "MessageBody")
    context = body.get("Context") or {}
    if not isinstance(context, dict) or len(context) > 5:
        raise _invalid("FIELD_VALIDATION_FAILED", "Context has at most 5 entries", "Context")
    if body.get("DryRun"):
        return None
    return Message(
        channel=channel,
        recipient=e164(number),
        sender=str(sender or ""),
        body=text,
        reference=context.get("reference"),
        configuration_set=body.get("ConfigurationSetName"),
        context=context,
    )


def _invalid(reason: str, message: str, *fields: str) -> Refused:
    shown = [{"Name": field, "Message": message} for field in fields]
    return Refused(400, "ValidationException", message, Reason=reason, Fields=shown)


def new_id() -> str:
    """A message id in the service's form."""
    return fresh_uuid()


def event(message: Message, step: Step) -> dict[str, Any]:
    """The event of one step of an SMS or a call."""
    kind, status, description, final = EVENTS[message.channel, step]
    shown: dict[str, Any] = {
        "eventType": kind,
        "eventVersion": "1.0",
        "eventTimestamp": _millis(clock.now().timestamp()),
        "isFinal": final,
        "originationPhoneNumber": message.sender,
        "destinationPhoneNumber": message.recipient,
        "isoCountryCode": "ID",
        "messageId": message.provider_message_id,
        "messageRequestTimestamp": _millis(message.at.timestamp()),
        "messageStatus": status,
        "messageStatusDescription": description,
        "context": message.context or {},
    }
    if message.channel == "sms":
        gsm = _GSM.fullmatch(message.body) is not None
        parts = _parts(message.body, gsm)
        shown |= {
            "isInternationalSend": False,
            "mcc": "510",
            "mnc": "10",
            "messageEncoding": "GSM" if gsm else "Unicode",
            "messageType": "TRANSACTIONAL",
            "totalMessageParts": parts,
            "totalMessagePrice": 0.04 * parts,
            "totalCarrierFee": 0.0,
        }
    else:
        shown["callDurationInSeconds"] = 21 if step == "read" else 0
    return shown


def inbound(sender: str, text: str, quotes: Message | str | None, settings: Settings) -> tuple[str, dict[str, Any]]:
    """A customer's SMS: (its id, the two-way notification). A sender's name cannot receive: the reply number does."""
    to = quotes.sender if isinstance(quotes, Message) else ""
    quoted = quotes.provider_message_id if isinstance(quotes, Message) else quotes
    words = text.split()
    message_id = new_id()
    return message_id, {
        "originationNumber": sender,
        "destinationNumber": to if re.fullmatch(r"\+[0-9]{3,15}", to) else settings.sms_reply_number,
        "messageKeyword": f"KEYWORD_{settings.account_id}" if not words else words[0].upper(),
        "messageBody": text,
        "inboundMessageId": message_id,
        **({"previousPublishedMessageId": quoted} if quoted else {}),
    }


def _parts(text: str, gsm: bool) -> int:
    """How many parts the carrier charges: septets, or UTF-16 units, of one message or of each part of a long one."""
    units = len(text) + len(_EXTENDED.findall(text)) if gsm else len(text.encode("utf-16-le")) // 2
    whole, part = (160, 153) if gsm else (70, 67)
    return 1 if units <= whole else -(-units // part)


def _millis(seconds: float) -> int:
    return round(seconds * 1000)
