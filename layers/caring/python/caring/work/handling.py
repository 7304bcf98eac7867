"""Claiming, releasing and ending work items, each in one conditional write, so that two people never hold one item."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from caring import clock, configuration, environment, tables
from caring.errors import conflict
from caring.typed import plain_item, typed
from caring.work import items

Item = dict[str, Any]

_LEASE = ("claimed_by", "claimed_at", "lease_until")


def claim(work_id: str, actor: str) -> Item:
    """Take an item for the configured time; again by the same person begins that time anew.

    CaringError 404 for an unknown item, 409 for one that is done or another's.
    """
    now = clock.now()
    item = items.get(work_id)
    until = clock.iso(now + timedelta(minutes=configuration.get().work.lease_minutes))
    sets = {"state": "claimed", "claimed_by": actor, "claimed_at": clock.iso(now), "lease_until": until}
    taken = _change(item, sets, actor=actor, now=now)
    if taken is None:
        raise _refused(items.get(work_id), actor)
    return taken


def release(work_id: str, actor: str) -> Item:
    """Give an item back that one holds; one that is open already stays so. CaringError 404, or 409 if another's."""
    item = items.get(work_id)
    if item["state"] == "open":
        return item
    given = _change(item, {"state": "open"}, drops=_LEASE, actor=actor, now=clock.now())
    if given is None:
        raise _refused(items.get(work_id), actor)
    return given


def finish(item: Mapping[str, Any], sets: Mapping[str, Any], actor: str) -> Item | None:
    """End an item with what came of it; None if it is done already. CaringError 409 while another holds it."""
    now = clock.now()
    ended = {"state": "done", "done_by": actor, "done_at": clock.iso(now)}
    done = _change(item, {**sets, **ended}, drops=("lease_until",), actor=actor, now=now)
    if done is None:
        there = items.get(item["work_id"])
        if there["state"] != "done":
            raise _refused(there, actor)
    return done


def check_free(item: Mapping[str, Any], actor: str) -> None:
    """CaringError 409 if the item is done, or another's."""
    if items.state_of(item) == "done" or (items.state_of(item) == "claimed" and item["claimed_by"] != actor):
        raise _refused(item, actor)


def put_back(item: Mapping[str, Any], sets: Mapping[str, Any], actor: str, *, drops: Sequence[str] = ()) -> Item | None:
    """Leave an item open for a later try, with what is new about it; None if it has changed since it was read."""
    same = {"attempts": item.get("attempts")}
    opened, drops = {**sets, "state": "open"}, (*_LEASE, *drops)
    return _change(item, opened, drops=drops, actor=actor, now=clock.now(), same=same)


def appoint(item: Mapping[str, Any], sets: Mapping[str, Any]) -> Item | None:
    """Write on an item when it is to be done; None if it was done, tried or appointed since it was read."""
    same = {name: item.get(name) for name in ("round", "attempts")}
    return _change(item, sets, actor=None, now=clock.now(), same=same)


def withdraw(
    work_ids: Sequence[str], why: str | None = None, *, outcome: str = "withdrawn", drops: Sequence[str] = ()
) -> None:
    """End those of the items that are not done, whoever holds them, because nobody needs them any more.

    `drops` names what they shall not tell any more.
    """
    for item in items.read(work_ids):
        sets = {"state": "done", "outcome": outcome, "done_at": clock.iso(clock.now())}
        sets |= {"note": why} if why else {}
        _change(item, sets, drops=("lease_until", "token", *drops), actor=None, now=clock.now())


def settle(item: Mapping[str, Any], sets: Mapping[str, Any]) -> Item:
    """End an item with what came of it, whoever holds it; the item as it then is, which may have been done before."""
    ended = {**sets, "state": "done", "done_at": clock.iso(clock.now())}
    done = _change(item, ended, drops=("lease_until",), actor=None, now=clock.now())
    return done or items.get(item["work_id"])


def mark(work_ids: Sequence[str], **marks: Any) -> None:
    """Write something on those of the items that are not done."""
    for item in items.read(work_ids):
        _change(item, marks, actor=None, now=clock.now())


def hold(work_id: str, token: str) -> Item:
    """Keep the token to answer an item's state machine; the item as it then is, which may be done already."""
    item = items.get(work_id)
    kept = _change(item, {"token": token}, actor=None, now=clock.now())
    return kept or items.get(work_id)


def forget_token(work_id: str, token: str) -> None:
    """Forget a token that has been answered, unless another has come in its place."""
    _update(
        work_id,
        UpdateExpression="REMOVE #token",
        ConditionExpression="#token = :token",
        ExpressionAttributeNames={"#token": "token"},
        ExpressionAttributeValues={":token": {"S": token}},
    )


def _change(
    item: Mapping[str, Any],
    sets: Mapping[str, Any],
    *,
    drops: Sequence[str] = (),
    actor: str | None,
    now: datetime,
    same: Mapping[str, Any] | None = None,
) -> Item | None:
    """Change an item that is not done; with an `actor`, only if nobody else holds it. None if that is not so."""
    changed = {**sets}
    if "state" in sets:
        changed["locker"] = items.locker(item["unit"], sets["state"], item["witel"])
    names = {f"#s{i}": name for i, name in enumerate(changed)} | {f"#d{i}": name for i, name in enumerate(drops)}
    values = {f":s{i}": typed(value) for i, value in enumerate(changed.values())} | {":done": {"S": "done"}}
    condition = "attribute_exists(work_id) AND #state <> :done"
    if actor is not None:
        condition += " AND (#state <> :claimed OR claimed_by = :actor OR lease_until <= :now)"
        values |= {":claimed": {"S": "claimed"}, ":actor": {"S": actor}, ":now": {"S": clock.iso(now)}}
    for place, (name, value) in enumerate((same or {}).items()):
        names[f"#c{place}"] = name
        condition += f" AND attribute_not_exists(#c{place})" if value is None else f" AND #c{place} = :c{place}"
        values |= {} if value is None else {f":c{place}": typed(value)}
    removed = f" REMOVE {', '.join(f'#d{i}' for i in range(len(drops)))}" if drops else ""
    return _update(
        item["work_id"],
        UpdateExpression=f"SET {', '.join(f'#s{i} = :s{i}' for i in range(len(changed)))}{removed}",
        ConditionExpression=condition,
        ExpressionAttributeNames=names | {"#state": "state"},
        ExpressionAttributeValues=values,
    )


def _update(work_id: str, **request: Any) -> Item | None:
    key = {"work_id": {"S": work_id}}
    attributes = tables.update(environment.table("work_items"), key, ReturnValues="ALL_NEW", **request)
    return None if attributes is None else plain_item(attributes)


def _refused(item: Mapping[str, Any], actor: str) -> Exception:
    if item["state"] == "done":
        return conflict("wrong_state", f"the item is done ({item.get('outcome')}): nothing is left to do with it")
    if item["state"] == "claimed" and item["claimed_by"] != actor:
        return conflict("claimed", f"{item['claimed_by']} holds the item until {item['lease_until']}: take another one")
    return conflict("changed_meanwhile", "the item has changed since: look at it again")
