"""Where the real payload samples lie, and how they are read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).resolve().parents[2] / "events"


def load(name: str) -> Any:
    """One sample, e.g. load("ses/bounce.json")."""
    return json.loads((EVENTS / name).read_text("utf-8"))


def webhooks() -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, webhook) of every WhatsApp sample as Meta sends it; a file holds several, some a step deeper."""
    for path in sorted((EVENTS / "whatsapp").glob("*.json")):
        if path.name != "wrapped_by_aws.json":
            yield from _webhooks(path.stem, json.loads(path.read_text("utf-8")))


def _webhooks(name: str, value: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if "entry" in value:
        yield name, value
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from _webhooks(f"{name}.{key}", inner)


def wrapped() -> dict[str, dict[str, Any]]:
    """Every WhatsApp sample as AWS End User Messaging Social wraps it, by name."""
    bodies: dict[str, dict[str, Any]] = load("whatsapp/wrapped_by_aws.json")
    return bodies


def webhook(name: str) -> dict[str, Any]:
    """One WhatsApp sample as AWS wraps it, e.g. webhook("message.text")."""
    return wrapped()[f"{name}.0"]
