"""What the tests of this room share: a customer who writes, and questions that we asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from caring.channels.types import Inbound
from caring.understanding.meaning import Kind, Pending

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def says(text: str, kind: str = "text", quotes: str | None = None, channel: str = "whatsapp") -> Inbound:
    """A message of a customer, now."""
    return Inbound(channel, "+6281200000001", None, text, kind, "wamid.1", quotes, NOW)


def asked(kind: Kind, hours_ago: float = 1, message_id: str | None = None) -> Pending:
    """A question of ours that is open."""
    return Pending(kind, f"{kind}-1", NOW - timedelta(hours=hours_ago), message_id or f"{kind}-message")
