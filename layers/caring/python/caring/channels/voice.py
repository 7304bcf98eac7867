"""Spoken messages by telephone through AWS End User Messaging (pinpoint-sms-voice-v2); its events are read by sms."""

from typing import Any

from caring import configuration, environment
from caring.channels import sms
from caring.channels.types import Clients, Outcome, Outgoing


def send(outgoing: Outgoing, clients: Clients) -> Outcome:
    """Have one text read out by telephone; never raises. A body that starts with <speak> is SSML."""
    return sms.call(clients, "send_voice_message", lambda: _request(outgoing))


def _request(outgoing: Outgoing) -> dict[str, Any]:
    providers = configuration.get().providers
    request: dict[str, Any] = {
        "DestinationPhoneNumber": outgoing.to,
        "OriginationIdentity": environment.get("VOICE_ORIGINATION_IDENTITY"),
        # Voice events go to the same destination as those of SMS, over the same configuration set.
        "ConfigurationSetName": environment.get("SMS_CONFIGURATION_SET"),
        "MessageBody": outgoing.body,
        "MessageBodyTextType": "SSML" if outgoing.body.lstrip().startswith("<speak") else "TEXT",
        "Context": {"reference": outgoing.reference},
        "TimeToLive": outgoing.ttl_seconds or providers.voice_ttl_seconds,
        "MaxPricePerMinute": providers.voice_max_price_usd,
    }
    if providers.voice_id:
        request["VoiceId"] = providers.voice_id
    return request
