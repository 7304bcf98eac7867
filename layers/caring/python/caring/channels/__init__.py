"""The channels: one module per provider, each with its table of codes; what goes out and what comes back.

`send` gives one message to its provider and says what came of it; `receive.parse` reads whatever a provider delivers.
Neither knows why a message was sent.
"""

from collections.abc import Callable, Mapping, Sequence

from caring import aws
from caring.channels import email, email_bulk, sms, voice, whatsapp
from caring.channels.types import Clients, Outcome, Outgoing

__all__ = ["SENDERS", "Outcome", "Outgoing", "email", "many", "send", "sms", "voice", "whatsapp"]

SENDERS: Mapping[str, Callable[[Outgoing, Clients], Outcome]] = {
    "whatsapp": whatsapp.send,
    "sms": sms.send,
    "email": email.send,
    "voice": voice.send,
}


def send(outgoing: Outgoing, clients: Clients = aws.sender_client) -> Outcome:
    """Send one message over its channel, with one HTTP request at most; never raises.

    `clients` maps a boto3 service name to a client that makes one attempt only.
    """
    sender = SENDERS.get(outgoing.channel)
    return sender(outgoing, clients) if sender else Outcome("rejected", None, "unknown_channel")


def many(channel: str, clients: Clients = aws.sender_client) -> Callable[[Sequence[Outgoing]], list[Outcome]] | None:
    """The channel's way to send many with one request, an outcome each; None where there is none."""
    return (lambda outgoing: email_bulk.send(outgoing, clients)) if channel == "email" else None
