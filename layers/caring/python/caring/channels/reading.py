"""Careful reading of what providers send: any JSON may come, and none of it may raise."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from caring import clock

_PHONE = re.compile(r"\+?([1-9][0-9]{5,17})\Z", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9_. -]{1,64}\Z", re.ASCII)
_NONE: Mapping[str, Any] = {}


def mapping(value: object, *keys: str) -> Mapping[str, Any]:
    """The JSON object at a path of keys under `value`; an empty one when there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else _NONE


def objects(value: object) -> Iterator[Mapping[str, Any]]:
    """The JSON objects of a list; none when it is no list."""
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, Mapping))


def text(value: object) -> str | None:
    """A non-empty string as it is, a whole number as digits, else None."""
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def first_text(value: object) -> str | None:
    """The first string of a list, or the string itself."""
    return text(value[0]) if isinstance(value, list) and value else text(value)


def phone(value: object) -> str | None:
    """A provider's number in E.164 (they leave the + away); None when it is none."""
    found = _PHONE.match(text(value) or "")
    return f"+{found[1]}" if found else None


def code(value: object) -> str:
    """A code or type fit for a log and a parking reason: short and without personal data; "" for anything else."""
    found = text(value)
    return found if found and _CODE.match(found) else ""


def snake(value: object) -> str:
    """A code in snake_case."""
    return re.sub(r"[^a-z0-9]+", "_", code(value).lower()).strip("_")


def moment(*values: object) -> datetime:
    """The first of the values that is a time (ISO 8601, epoch seconds or milliseconds), in UTC; else now."""
    for value in values:
        found = _moment(value)
        if found is not None:
            return found
    return clock.now()


def _moment(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        if isinstance(value, str) and not value.isdecimal():
            # Meta's wrapper has nanoseconds, which fromisoformat refuses: microseconds are enough
            return clock.parse(re.sub(r"(\.\d{6})\d+", r"\1", value))
        seconds = float(value)
        return datetime.fromtimestamp(seconds / 1000 if seconds > 100_000_000_000 else seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def json(value: object) -> object:
    """The JSON value inside a string; None when it holds none."""
    if not isinstance(value, str | bytes):
        return None
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
