"""The ledger: one item per customer and cause in the messages table, and the only way to send at most once.

A message is claimed by a conditional insert before its provider is called, and its outcome is written only by the
claim's owner. Claims and outcomes go in batches of 25 PartiQL statements, each of which fails on its own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from caring import clock, configuration, environment, tables
from caring.ids import new_id, reference
from caring.messages import status as st

Key = tuple[str, str]  # (customer_id, cause)
BATCH = tables.WRITES


@dataclass(slots=True)
class Entry:
    """A message about to enter the ledger: who, why, by which channel, and what the timeline should say of it."""

    customer_id: str
    cause: str
    channel: str
    status: str = st.SENDING
    reason: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """The ledger's key."""
        return self.customer_id, self.cause


@dataclass(slots=True)
class Change:
    """What becomes of a claimed message: the outcome that its owner writes."""

    key: Key
    channel: str
    status: str
    reason: str | None = None
    provider_message_id: str | None = None


def _table() -> str:
    return environment.table("messages")


def _run(statements: Sequence[dict[str, Any]]) -> list[str | None]:
    """The error code of each statement, None where it took. Raises tables.Refused."""
    return tables.write(statements)


def insert(entries: Sequence[Entry], claim: str) -> list[bool]:
    """Enter messages that are not there yet, at most 25: True where this call entered it, False where one stood."""
    now = clock.now()
    days = configuration.get().retention.messages
    expires = str(int((clock.to_wall(now) + timedelta(days=days)).timestamp()))
    at, claimed_at, table = clock.iso(now), clock.iso(clock.to_wall(now)), _table()
    names = "'customer_id': ?, 'cause': ?, 'status': ?, 'rank': ?, 'channel': ?, 'reference': ?, 'claim': ?, "
    names += "'claimed_at': ?, 'attempt': ?, 'at': ?, 'expires_at': ?"
    statements = []
    for entry in entries:
        extra = dict(entry.attributes)
        if entry.reason:
            extra["reason"] = entry.reason
        tail = "".join(f", '{name}': ?" for name in extra)
        statements.append(
            {
                "Statement": f'INSERT INTO "{table}" VALUE {{{names}{tail}}}',
                "Parameters": [
                    {"S": entry.customer_id},
                    {"S": entry.cause},
                    {"S": entry.status},
                    {"N": str(st.rank(entry.status, entry.channel))},
                    {"S": entry.channel},
                    {"S": reference(entry.cause, entry.customer_id)},
                    {"S": claim},
                    {"S": claimed_at},
                    {"N": "1"},
                    {"S": at},
                    {"N": expires},
                    *({"S": value} for value in extra.values()),
                ],
            }
        )
    return [code is None for code in _run(statements)]


def _wall_now() -> str:
    """Claims age on real time, as functions do."""
    return clock.iso(clock.to_wall(clock.now()))


def settle(changes: Sequence[Change], claim: str) -> list[bool]:
    """Write outcomes of messages that this claim owns, at most 25: False where a receipt was there first."""
    at = clock.iso(clock.now())
    statements = []
    for change in changes:
        sets = {
            "status": {"S": change.status},
            "rank": {"N": str(st.rank(change.status, change.channel))},
            "at": {"S": at},
        }
        if change.status != st.PENDING:
            sets[f"{change.status}_at"] = {"S": at}
        if change.reason:
            sets["reason"] = {"S": change.reason}
        if change.provider_message_id:
            sets["provider_message_id"] = {"S": change.provider_message_id}
        statements.append(_update(change.key, sets, {"status": {"S": st.SENDING}, "claim": {"S": claim}}))
    return [code is None for code in _run(statements)]


def reclaim(keys: Sequence[tuple[Key, int]], claim: str) -> list[bool]:
    """Take messages that were given back, at most 25: [(key, attempt that was given back)]; True where taken."""
    statements = []
    for key, attempt in keys:
        sets = {
            "status": {"S": st.SENDING},
            "rank": {"N": str(st.rank(st.SENDING, ""))},
            "claim": {"S": claim},
            "claimed_at": {"S": _wall_now()},
            "attempt": {"N": str(attempt + 1)},
        }
        statements.append(_update(key, sets, {"status": {"S": st.PENDING}, "attempt": {"N": str(attempt)}}))
    return [code is None for code in _run(statements)]


def give_up(keys: Sequence[tuple[Key, str]]) -> list[bool]:
    """Turn claims that outlived their function into UNKNOWN, at most 25: [(key, claim)]; True where it was still so."""
    at = clock.iso(clock.now())
    statements = [
        _update(
            key,
            {
                "status": {"S": st.UNKNOWN},
                "rank": {"N": str(st.rank(st.UNKNOWN, ""))},
                "at": {"S": at},
                "unknown_at": {"S": at},
                "reason": {"S": "claim_outlived_its_function"},
            },
            {"status": {"S": st.SENDING}, "claim": {"S": claim}},
        )
        for key, claim in keys
    ]
    return [code is None for code in _run(statements)]


def withdraw(entry: Entry) -> bool:
    """Enter a message as skipped before it is sent, or what was given back; False if it has been taken up by then."""
    if insert([entry], new_id())[0]:
        return True
    standing = read([entry.key], ("status", "attempt"))[entry.key]
    if standing["status"]["S"] != st.PENDING:
        return bool(standing["status"]["S"] == st.SKIPPED)
    sets = {
        "status": {"S": entry.status},
        "rank": {"N": str(st.rank(entry.status, entry.channel))},
        "at": {"S": clock.iso(clock.now())},
        **{name: {"S": value} for name, value in {**entry.attributes, "reason": entry.reason or "other"}.items()},
    }
    where = {"status": {"S": st.PENDING}, "attempt": standing["attempt"]}
    return _run([_update(entry.key, sets, where)])[0] is None


def _update(key: Key, sets: dict[str, Any], where: dict[str, Any]) -> dict[str, Any]:
    assignments = " ".join(f'SET "{name}"=?' for name in sets)
    conditions = " AND ".join(f'"{name}"=?' for name in where)
    return {
        "Statement": f'UPDATE "{_table()}" {assignments} WHERE "customer_id"=? AND "cause"=? AND {conditions}',
        "Parameters": [*sets.values(), {"S": key[0]}, {"S": key[1]}, *where.values()],
    }


def read(keys: Iterable[Key], fields: Sequence[str] = ()) -> dict[Key, dict[str, Any]]:
    """The messages that exist among `keys`, as typed items, read consistently; `fields` narrows the attributes."""
    wanted = tuple(dict.fromkeys(("customer_id", "cause", *fields))) if fields else ()
    typed = [{"customer_id": {"S": customer_id}, "cause": {"S": cause}} for customer_id, cause in keys]
    return {(item["customer_id"]["S"], item["cause"]["S"]): item for item in tables.read(_table(), typed, wanted)}


def of_customer(
    customer_id: str, *, values: Mapping[str, Any] | None = None, **request: Any
) -> Iterator[dict[str, Any]]:
    """A customer's items in the ledger's table, typed and read consistently; the list of his contacts lies among them.

    `request` may narrow them (FilterExpression, ProjectionExpression), with `values` for its placeholders.
    """
    whole = {
        "KeyConditionExpression": "customer_id = :customer",
        "ExpressionAttributeValues": {":customer": {"S": customer_id}, **(values or {})},
        "ConsistentRead": True,
    }
    return tables.query(_table(), **whole | request)


def cause_of(customer_id: str, provider_message_id: str) -> str | None:
    """The cause of the message of ours that a provider knows by this id; None for none."""
    same = {":id": {"S": provider_message_id}}
    found = of_customer(customer_id, FilterExpression="provider_message_id = :id", values=same)
    return next((str(item["cause"]["S"]) for item in found), None)


def last_reached(customer_id: str) -> dict[str, str]:
    """By channel, when a message of ours was last seen delivered or read by a customer (ISO), read consistently."""
    found: dict[str, str] = {}
    for item in of_customer(customer_id, ProjectionExpression="channel, delivered_at, read_at"):
        for name in ("delivered_at", "read_at"):
            if name in item:
                channel = item["channel"]["S"]
                found[channel] = max(found.get(channel, ""), item[name]["S"])
    return found


def stale(item: dict[str, Any]) -> bool:
    """Whether a SENDING message's claim is older than any function that could still own it."""
    limit = timedelta(seconds=configuration.get().send.stale_claim_seconds)
    claimed = clock.parse(item["claimed_at"]["S"])
    return bool(item["status"]["S"] == st.SENDING and clock.to_wall(clock.now()) - claimed > limit)
