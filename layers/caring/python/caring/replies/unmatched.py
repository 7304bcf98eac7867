"""Messages that no customer could be found for: kept with their text, for the unit to find out whose they are."""

from datetime import datetime, timedelta

import orjson

from caring import clock, configuration, parked
from caring.channels.types import Inbound
from caring.work import items

# Nothing that anybody has to answer.
_NO_WORD = ("system", "number_changed", "call_permission", "auto_reply", "deleted")


def keep(message: Inbound, event_id: str, at: datetime) -> None:
    """Park the message as it came, and make a work item of one that somebody wrote; again is harmless."""
    settings = configuration.get()
    words = message.text[: settings.replies.kept_characters]
    kept = {
        "channel": message.channel,
        "message_kind": message.kind,
        "text": words,
        "quotes": message.quotes,
        "provider_message_id": message.provider_message_id,
        "raw": "/".join(message.raw_location) if message.raw_location else None,
        "sender": message.sender,
        "user_id": message.user_id,
        "at": clock.iso(at),
    }
    at_id = parked.park("reply", "no_customer_with_this_sender", orjson.dumps(kept).decode(), at=at)
    if message.kind in _NO_WORD:
        return
    due = clock.now() + timedelta(hours=settings.work.due_hours["unmatched"])
    item = {
        "work_id": f"unmatched-{event_id}",
        "kind": "unmatched",
        "unit": "crm",
        "state": "open",
        "witel": settings.replies.home_witel,
        "parked": at_id,
        "reason": "nobody with this number or mailbox is a customer: find out who wrote",
        "created_at": clock.iso(clock.now()),
        "due_at": clock.iso(due),
    }
    items.enter([item | kept])
