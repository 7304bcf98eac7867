"""Ids, causes and references.

A cause says why a message was sent (a run and wave, a ticket and round, an episode). Customer and cause are the key of
the ledger; the reference that travels through every provider and back in its receipts is that key itself, so a receipt
needs no index to find its message.
"""

import re
import secrets
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32: no i, l, o, u to misread
_REFERENCE = re.compile(r"[A-Za-z0-9_-]{3,128}\Z")
ID = re.compile(r"[A-Za-z0-9._~-]{1,80}\Z")
CUSTOMER_ID = re.compile(r"1[0-9]{11}")  # of the import contract


def _base32(number: int, length: int) -> str:
    return "".join(_ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(length)))


def new_id() -> str:
    """A new 22-character id that sorts by the real time it was made (45 bits of milliseconds, 65 random bits)."""
    return _base32(int(time.time() * 1000), 9) + _base32(secrets.randbits(65), 13)


def run_cause(run_id: str, wave: int) -> str:
    """The cause of a run's message in one wave."""
    return f"run-{run_id}-w{wave}"


def reference(cause: str, customer_id: str) -> str:
    """The reference that a message carries through the provider: fits SES tags, SMS context and WhatsApp's callback."""
    return f"{cause}_{customer_id}"


def split_reference(text: str | None) -> tuple[str, str] | None:
    """(cause, customer_id) of one of our references; None for a text that is none."""
    if not text or not _REFERENCE.match(text) or "_" not in text:
        return None
    cause, _, customer_id = text.rpartition("_")
    return (cause, customer_id) if cause and customer_id else None


def run_of(cause: str) -> tuple[str, int] | None:
    """(run_id, wave) of a run's cause; None for another kind of cause."""
    head, _, wave = cause.rpartition("-w")
    return (head[4:], int(wave)) if head.startswith("run-") and wave.isdigit() else None
