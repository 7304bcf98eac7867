"""What an item weighs and what a request consumes, by DynamoDB's own rules.

Sizes: "DynamoDB item sizes and formats" of its Developer Guide; units: "DynamoDB read and write operations" there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Attribute = Mapping[str, Any]


def attribute_size(attribute: Attribute) -> int:
    """Bytes of one typed attribute's value."""
    tag: str
    value: Any
    ((tag, value),) = attribute.items()
    if tag in ("S", "B"):
        return len(value.encode())
    if tag == "N":
        digits = len(value.lstrip("-").replace(".", "").strip("0")) or 1
        return int((digits + 1) // 2 + 1 + value.startswith("-"))
    if tag == "M":
        return 3 + sum(1 + len(name.encode()) + attribute_size(inner) for name, inner in value.items())
    if tag == "L":
        return 3 + sum(1 + attribute_size(inner) for inner in value)
    return 1 if tag in ("BOOL", "NULL") else sum(len(entry) for entry in value)


def item_size(item: Mapping[str, Attribute]) -> int:
    """Bytes of an item: the names and values of its attributes."""
    return sum(len(name.encode()) + attribute_size(attribute) for name, attribute in item.items())


def write_units(size: int) -> int:
    """WRU of writing an item of `size` bytes; a write that its condition refuses costs the same."""
    return max(1, -(-size // 1024))


def read_units(size: int, *, consistent: bool) -> float:
    """RRU of reading `size` bytes."""
    units = max(1, -(-size // 4096))
    return float(units) if consistent else units / 2
