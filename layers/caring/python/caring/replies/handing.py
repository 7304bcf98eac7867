"""A customer's message on its way from the body of receipts that it came in to the reply queue."""

import json
from typing import Any

from caring import aws, clock, environment
from caring.channels.types import Inbound


def hand_on(message: Inbound) -> None:
    """Put a message that came in a receipt's body on the reply queue."""
    body = {
        "v": 1,
        "kind": "inbound",
        "channel": message.channel,
        "sender": message.sender,
        "user_id": message.user_id,
        "text": message.text,
        "message_kind": message.kind,
        "provider_message_id": message.provider_message_id,
        "quotes": message.quotes,
        "at": clock.iso(message.at),
        "raw_location": message.raw_location,
    }
    # In ASCII: people may type characters that a queue refuses (U+FFFE and the like).
    aws.client("sqs").send_message(QueueUrl=environment.get("REPLIES_QUEUE_URL"), MessageBody=json.dumps(body))


def of_body(data: dict[str, Any]) -> Inbound:
    """The message of such a body."""
    raw = data["raw_location"]
    return Inbound(
        channel=data["channel"],
        sender=data["sender"],
        user_id=data["user_id"],
        text=data["text"],
        kind=data["message_kind"],
        provider_message_id=data["provider_message_id"],
        quotes=data["quotes"],
        at=clock.parse(data["at"]),
        raw_location=(raw[0], raw[1]) if raw else None,
    )
