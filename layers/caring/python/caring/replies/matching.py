"""A message whose customer a person has found out."""

from collections.abc import Mapping
from typing import Any

from caring import clock, parked
from caring.channels.types import Inbound
from caring.replies import inbound


def take(item: Mapping[str, Any], customer_id: str) -> None:
    """Take the message that a work item of kind unmatched holds as the customer's; again is harmless."""
    at = clock.parse(item["at"])
    bucket, _, key = str(item.get("raw") or "").partition("/")
    message = Inbound(
        channel=item["channel"],
        sender=item.get("sender"),
        user_id=item.get("user_id"),
        text=item["text"],
        kind=item["message_kind"],
        provider_message_id=item.get("provider_message_id"),
        quotes=item.get("quotes"),
        at=at,
        raw_location=(bucket, key) if key else None,
    )
    inbound.take_for(customer_id, message, at, [customer_id])
    parked.remove("reply", item["parked"])
