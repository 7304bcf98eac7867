"""Requests with an Idempotency-Key: the same one is the same, and a key that names another request is refused.

A key is its witel's and its route's. What a request begins is named after key and body, so that no key ever leads to
what another body began; what is remembered beside it tells a body that is not the first one of its key.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from caring import aws, clock, environment, tables
from caring.errors import CaringError, conflict
from caring.ids import new_id
from chalicelib.routing import Call

HEADER = "Idempotency-Key"
_REMEMBERED_DAYS = 90
_LONGEST = 200
_USED = (
    f"this {HEADER} came with another body before: send that body again to see what came of it, or take a new key for "
    "another request"
)


def key_of(call: Call) -> str | None:
    """The request's key; CaringError 400 for one that is empty or too long."""
    key = call.header(HEADER.lower())
    if key is not None and not 1 <= len(key) <= _LONGEST:
        raise CaringError("bad_value", f"{HEADER} must have 1 to {_LONGEST} characters")
    return key


@contextmanager
def once(call: Call) -> Iterator[str]:
    """The name of what the request begins: the same for the same key and body, without a key a new one.

    CaringError 409 for a key that came with another body. A request that is refused leaves its key free.
    """
    key = key_of(call)
    if key is None:
        yield new_id()
        return
    place = f"request#{_digest(call.route, call.caller.witel or '*', key)}"
    name = _digest(place, call.body.model_dump_json())
    is_new = _remember(place, name)
    try:
        yield name
    except CaringError:
        if is_new:
            aws.client("dynamodb").delete_item(TableName=environment.table("idempotency"), Key={"id": {"S": place}})
        raise


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def _remember(place: str, name: str) -> bool:
    """Keep which request a key is for; False if that is known already."""
    until = int(clock.to_wall(clock.now()).timestamp()) + _REMEMBERED_DAYS * 86_400
    table = environment.table("idempotency")
    if tables.put_new(table, {"id": {"S": place}, "name": {"S": name}, "expiration": {"N": str(until)}}, "id"):
        return True
    known = tables.read(table, [{"id": {"S": place}}])
    if known and known[0]["name"]["S"] != name:
        raise conflict("key_used_before", _USED)
    return False
