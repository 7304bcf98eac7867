"""Faults that are laid over the table of behaviours: a seeded share of a channel's sends, until a time."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from caring import clock
from infra.local.simulator.behaviours import CHANNELS, Answer

# kind → (answer when nothing is taken, answer when the message is taken; None: it cannot have been taken).
KINDS: Final[dict[str, tuple[Answer, Answer | None]]] = {
    "timeout": ("hang_lost", "hang"),
    "http_500": ("error", "error_taken"),
    "throttle": ("throttle", None),
    "down": ("drop", None),
}
# As in the table: a time-out is a message that was taken (88), an HTTP 500 one that was not (93).
TAKEN_BY_DEFAULT: Final = frozenset({"timeout"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; `until` on the local clock, None for as long as it is not deleted."""

    channel: str
    kind: str
    share: float
    seed: int | str
    until: datetime | None
    answer: Answer

    def hits(self, channel: str, key: str) -> bool:
        """Does it strike this try? Decided by seed and key alone, so the order of arrival does not matter."""
        if self.channel not in ("all", channel) or (self.until is not None and clock.now() >= self.until):
            return False
        draw = hashlib.blake2b(f"{self.seed}:{self.kind}:{key}".encode(), digest_size=6).digest()
        return int.from_bytes(draw, "big") / 2**48 < self.share

    def as_json(self) -> dict[str, Any]:
        """The fault as the control route shows it."""
        until = clock.iso(self.until) if self.until else None
        return {"channel": self.channel, "kind": self.kind, "share": self.share, "seed": self.seed, "until": until}


def parse_time(value: object) -> datetime | None:
    """A time on the local clock: ISO 8601 (a space for a lost `+` is forgiven) or epoch seconds. Raises ValueError."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return clock.parse(_with_plus(str(value).strip()))
    try:
        return datetime.fromtimestamp(value, UTC)  # type: ignore[arg-type]
    except (OverflowError, OSError, TypeError) as wrong:
        raise ValueError("a time is ISO 8601 or epoch seconds") from wrong


def _with_plus(text: str) -> str:
    head, space, zone = text.rpartition(" ")
    return f"{head}+{zone}" if space and "T" in head else text


def parse(body: dict[str, Any]) -> Fault:
    """The fault that a control request asks for. Raises ValueError saying what to mend."""
    channel, kind = body.get("channel") or "all", body.get("kind")
    share, seed = body.get("share", 1.0), body.get("seed", 0)
    if channel not in ("all", *CHANNELS):
        raise ValueError(f"channel is one of {', '.join(CHANNELS)} or all")
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"kind is one of {', '.join(KINDS)}")
    if type(share) not in (int, float) or not 0 <= share <= 1:
        raise ValueError("share is a number from 0 to 1")
    if type(seed) not in (int, str):
        raise ValueError("seed is a whole number or a text")
    lost, taken = KINDS[kind]
    answer = taken if taken and body.get("taken", kind in TAKEN_BY_DEFAULT) else lost
    return Fault(channel, kind, float(share), seed, parse_time(body.get("until")), answer)
