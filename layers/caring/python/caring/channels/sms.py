"""SMS through AWS End User Messaging (pinpoint-sms-voice-v2), and the events of both its generations.

Event types: "Event types for SMS, MMS, and voice", AWS End User Messaging SMS User Guide. TEXT_SUCCESSFUL and
TEXT_DELIVERED are used interchangeably, depending on the country: a final one of either is the best word there will be.
"""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from caring import configuration, environment
from caring.channels import outcomes, reading
from caring.channels.outcomes import halted, refused
from caring.channels.types import Clients, Inbound, Outcome, Outgoing, Parked, Receipt, ReceiptStatus, Received

# SendTextMessage's and SendVoiceMessage's errors, "Code.Reason" before "Code" (API reference, data types).
ERRORS: outcomes.Table = {
    "ServiceQuotaExceededException": halted("quota_reached"),
    "AccessDeniedException.ACCOUNT_DISABLED": halted("account_blocked"),
    "AccessDeniedException.INSUFFICIENT_ACCOUNT_REPUTATION": halted("account_blocked"),
    "ResourceNotFoundException": halted("provider_setup"),
    "ConflictException.DESTINATION_PHONE_NUMBER_OPTED_OUT": refused("opted_out_at_provider"),
    "ConflictException.DESTINATION_PHONE_NUMBER_NOT_VERIFIED": refused("sandbox"),
    "ConflictException.DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION": refused("blocked_by_protection"),
    "ConflictException.DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE": refused("blocked_by_protection"),
    "ConflictException": halted("provider_setup"),
    "ValidationException.CHANNEL_NOT_ENABLED": halted("provider_setup"),
    "ValidationException.COUNTRY_CODE_MISMATCH": refused("country_not_enabled"),
    "ValidationException.COUNTRY_NOT_ENABLED": refused("country_not_enabled"),
    "ValidationException.DESTINATION_COUNTRY_BLOCKED": refused("country_not_enabled"),
    "ValidationException.INTERNATIONAL_SENDING_NOT_SUPPORTED": refused("country_not_enabled"),
    "ValidationException.INVALID_IDENTITY_FOR_DESTINATION_COUNTRY": refused("country_not_enabled"),
    "ValidationException.MAXIMUM_SIZE_EXCEEDED": refused("too_long"),
    "ValidationException.PRICE_OVER_THRESHOLD": refused("price_over_limit"),
    "ValidationException.RESOURCE_NOT_ACCESSIBLE": halted("provider_setup"),
    "ValidationException.SENDER_ID_NOT_REGISTERED": halted("provider_setup"),
    "ValidationException.SENDER_ID_NOT_SUPPORTED": halted("provider_setup"),
    "ValidationException.SENDER_ID_REQUIRES_REGISTRATION": halted("provider_setup"),
    "ValidationException.VOICE_CAPABILITY_NOT_AVAILABLE": halted("provider_setup"),
    "ValidationException": refused("invalid_request"),
}

# The part of an event type after TEXT_ or VOICE_, and the old record_status → status and reason.
STATUSES: Mapping[str, tuple[ReceiptStatus, str | None]] = {
    "QUEUED": ("accepted", None),
    "PENDING": ("accepted", None),
    "SENT": ("accepted", None),
    "SUCCESSFUL": ("delivered", None),
    "DELIVERED": ("delivered", None),
    "INVALID": ("failed", "invalid_number"),
    "INVALID_MESSAGE": ("failed", "invalid_message"),
    "UNREACHABLE": ("failed", "not_reachable"),
    "CARRIER_UNREACHABLE": ("failed", "carrier_unreachable"),
    "BLOCKED": ("failed", "recipient_blocked"),
    "CARRIER_BLOCKED": ("failed", "carrier_blocked"),
    "PROTECT_BLOCKED": ("failed", "blocked_by_protection"),
    "SPAM": ("failed", "spam_blocked"),
    "TTL_EXPIRED": ("failed", "expired"),
    "MAX_PRICE_EXCEEDED": ("failed", "price_over_limit"),
    "OPTED_OUT": ("failed", "opted_out_at_provider"),
    "UNKNOWN": ("other", "no_final_word"),  # 72 h without a word from the carrier
    "INITIATED": ("accepted", None),
    "RINGING": ("accepted", None),
    "ANSWERED": ("delivered", None),
    "COMPLETED": ("delivered", None),
    "BUSY": ("failed", "busy"),
    "NO_ANSWER": ("failed", "no_answer"),
    "FAILED": ("failed", "provider_error"),
}

_CHANNELS = {"TEXT": "sms", "VOICE": "voice"}


def read_fields(error: ClientError) -> Outcome | None:
    """invalid_number when the provider names the destination as the field that is wrong."""
    fields = [reading.text(field.get("Name")) for field in reading.objects(error.response.get("Fields"))]
    return refused("invalid_number") if "DestinationPhoneNumber" in fields else None


def send(outgoing: Outgoing, clients: Clients) -> Outcome:
    """Send one SMS; never raises."""
    return call(clients, "send_text_message", lambda: _request(outgoing))


def call(clients: Clients, operation: str, build: Callable[[], dict[str, Any]]) -> Outcome:
    """Call one operation of End User Messaging, which answers alike for texts and voice; never raises."""
    return outcomes.attempt(
        clients,
        "pinpoint-sms-voice-v2",
        operation,
        build,
        answer_id="MessageId",
        table=ERRORS,
        read=read_fields,
    )


def _request(outgoing: Outgoing) -> dict[str, Any]:
    providers = configuration.get().providers
    return {
        "DestinationPhoneNumber": outgoing.to,
        "OriginationIdentity": environment.get("SMS_ORIGINATION_IDENTITY"),
        "ConfigurationSetName": environment.get("SMS_CONFIGURATION_SET"),
        "MessageBody": outgoing.body,
        # Carriers treat promotion by stricter rules: say truly what it is.
        "MessageType": "PROMOTIONAL" if outgoing.purpose == "offers" else "TRANSACTIONAL",
        "Context": {"reference": outgoing.reference},
        "TimeToLive": outgoing.ttl_seconds or providers.sms_ttl_seconds,
        "MaxPrice": providers.sms_max_price_usd,
    }


def take_event(event: Mapping[str, Any], received: Received) -> None:
    """Read an event of the v2 API: eventType TEXT_*, VOICE_*; others are parked."""
    prefix, _, rest = reading.code(event.get("eventType")).partition("_")
    status, reason = STATUSES.get(rest, (None, None))
    if prefix not in _CHANNELS or status is None:
        received.parked.append(Parked("unknown_event", reading.code(event.get("eventType"))))
        return
    if event.get("isFinal") is False and status != "accepted":
        # Not the last word: a carrier that will try again, or one that has only taken the message over.
        status = "accepted" if status == "delivered" and rest == "SUCCESSFUL" else status
        status = "other" if status == "failed" else status
    received.receipts.append(
        Receipt(
            reference=reading.text(reading.mapping(event, "context").get("reference")),
            provider_message_id=reading.text(event.get("messageId")),
            channel=_CHANNELS[prefix],
            status=status,
            reason=reason,
            at=reading.moment(event.get("eventTimestamp")),
            recipient=reading.phone(event.get("destinationPhoneNumber")),
        )
    )


def take_old_event(event: Mapping[str, Any], received: Received) -> None:
    """Read an event of the first generation: event_type _SMS.*, with everything in `attributes`."""
    attributes = reading.mapping(event, "attributes")
    record = reading.code(attributes.get("record_status"))
    kind = reading.code(event.get("event_type"))
    if kind == "_SMS.OPTOUT":
        record = "OPTED_OUT"
    status, reason = STATUSES.get(record, (None, None))
    if status is None:
        received.parked.append(Parked("unknown_event", f"{kind} {record}".strip()))
        return
    context = reading.mapping(reading.json(attributes.get("customer_context")))
    received.receipts.append(
        Receipt(
            reference=reading.text(context.get("reference")),
            provider_message_id=reading.text(attributes.get("message_id")),
            channel="sms",
            status=status,
            reason=reason,
            at=reading.moment(event.get("event_timestamp"), event.get("arrival_timestamp")),
            recipient=reading.phone(attributes.get("destination_phone_number")),
        )
    )


def take_reply(body: Mapping[str, Any], received: Received) -> None:
    """Read a two-way SMS: who wrote, what, and the id of our message that it follows."""
    received.inbound.append(
        Inbound(
            channel="sms",
            sender=reading.phone(body.get("originationNumber")),
            user_id=None,
            text=reading.text(body.get("messageBody")) or "",
            kind="text",
            provider_message_id=reading.text(body.get("inboundMessageId")),
            quotes=reading.text(body.get("previousPublishedMessageId")),
            at=reading.moment(body.get("timestamp")),
        )
    )
