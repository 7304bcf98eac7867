"""Synthetic customers, as many as wanted: each is computed from its number when it is asked for, and none is stored.

They all owe, may be reached over every channel, and differ in id, numbers, mailbox, name, address and language, so that
one customer planned is one message sent. Their shape is that of an imported customer.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from tests.bench.canned.sizes import item_size

SAMPLES = Path(__file__).resolve().parents[3] / "samples" / "customers.csv"
PATTERNS = 64
PAGE_BYTES = 1_000_000  # DynamoDB ends a scan's page at 1 MB of items, before the projection

_ID, _NUMBER, _MAILBOX = "000000000000", "+62811000000000", "c000000000000@example.com"


def customer_id(number: int) -> str:
    """The id of the customer with a number."""
    return f"131{number:09d}"


@lru_cache(maxsize=1)
def _patterns() -> tuple[dict[str, Any], ...]:
    with SAMPLES.open(encoding="utf-8", newline="") as file:
        rows = [row for _, row in zip(range(PATTERNS), csv.DictReader(file), strict=False)]
    return tuple(_pattern(row) for row in rows)


def _pattern(row: dict[str, str]) -> dict[str, Any]:
    texts = ("name", "segment", "address", "village", "district", "witel", "product", "activated_on")
    item: dict[str, Any] = {name: {"S": row[name]} for name in texts if row[name]}
    item |= {
        "customer_id": {"S": _ID},
        "phone": {"S": _NUMBER},
        "whatsapp": {"S": _NUMBER},
        "email": {"S": _MAILBOX},
        "email_key": {"S": _MAILBOX},
        "language": {"S": "su" if row["language"] == "su" else "id"},
        "witel": {"S": "BANDUNG"},
        "witel_key": {"S": "bandung"},
        "due_date": {"S": "2026-11-27"},
        "consent_at": {"S": "2025-05-02T08:32:00Z"},
        "created_at": {"S": "2026-10-01T01:00:00.000Z"},
        "updated_at": {"S": "2026-11-20T01:00:00.000Z"},
        "monthly_charge": {"N": row["monthly_charge"] or "285000"},
        "amount_due": {"N": row["monthly_charge"] or "285000"},
        "points": {"N": row["points"] or "0"},
        "version": {"N": "3"},
    }
    return item | {f"consent_{channel}": {"BOOL": True} for channel in ("whatsapp", "sms", "email", "voice")}


@lru_cache(maxsize=16)
def _templates(fields: tuple[str, ...] | None) -> tuple[bytes, ...]:
    """JSON of each pattern, narrowed to `fields`, with %(…) where customers differ."""
    made = []
    for pattern in _patterns():
        item = {name: value for name, value in pattern.items() if fields is None or name in fields}
        text = orjson.dumps(item).replace(b"%", b"%%")
        text = text.replace(_NUMBER.encode(), b"+62811%(nine)b").replace(_MAILBOX.encode(), b"c%(nine)b@example.com")
        made.append(text.replace(_ID.encode(), b"131%(nine)b"))
    return tuple(made)


@lru_cache(maxsize=1)
def sizes() -> tuple[int, ...]:
    """Bytes of each pattern as DynamoDB weighs it."""
    return tuple(item_size(pattern) for pattern in _patterns())


def size(number: int) -> int:
    """Bytes of one customer."""
    return sizes()[number % len(sizes())]


def encoded(numbers: Sequence[int], fields: tuple[str, ...] | None = None) -> bytes:
    """Customers as JSON objects, comma-separated."""
    templates = _templates(fields)
    count = len(templates)
    return b",".join([templates[number % count] % {b"nine": b"%09d" % number} for number in numbers])


def pages(segment: int, segments: int, total: int) -> Iterator[range]:
    """The numbers of a segment's customers, page by page."""
    first, end = segment * total // segments, (segment + 1) * total // segments
    each = PAGE_BYTES * len(sizes()) // sum(sizes())
    for start in range(first, max(end, first + 1), each):
        yield range(start, min(end, start + each))
