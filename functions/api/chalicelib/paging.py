"""Lists: `?limit=&next=` in, {"items", "next"} out. A `next` is opaque to its reader and checked when it comes back."""

import base64
import binascii
from typing import TYPE_CHECKING, Any

import orjson

from caring.errors import CaringError

if TYPE_CHECKING:
    from chalicelib.models import Page


def decode(token: str) -> str:
    """The key in a token."""
    try:
        key = orjson.loads(base64.b64decode(token.encode("ascii") + b"==", altchars=b"-_", validate=False))
    except (ValueError, binascii.Error):
        key = None
    if not isinstance(key, list) or len(key) != 1 or not isinstance(key[0], str) or not 1 <= len(key[0]) <= 300:
        raise CaringError("bad_next", "next must be the `next` of an earlier page of this list, unchanged")
    return key[0]


def encode(key: str | None) -> str | None:
    """A key as a token; None stays None."""
    return base64.urlsafe_b64encode(orjson.dumps([key])).decode().rstrip("=") if key is not None else None


def page(items: list[Any], after: str | None) -> dict[str, Any]:
    """A page: `after` is the key after which the next one begins, None on the last."""
    return {"items": items, "next": encode(after)}


def cut(rows: list[dict[str, Any]], key: str, asked: "Page") -> dict[str, Any]:
    """One page of a short list that is wholly at hand, sorted by the text under `key`."""
    start = asked.start
    left = [row for row in rows if start is None or row[key] > start]
    shown = left[: asked.size]
    return page(shown, shown[-1][key] if len(left) > len(shown) else None)
