"""The canary: the first of a wave's messages over each channel go out alone and are judged before the rest.

It keeps its state in the release's cursor under "canary|<channel>": [messages still to release, when to judge at the
latest (real time, epoch seconds; 0 = not released yet), looks so far, its size]. All that a channel's lanes have
released while it stands there is the canary. Those of them whose zone has closed before they left are waited for by
nobody: messages of zones that are open take their place.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from caring import clock, configuration
from caring.ids import run_cause
from caring.messages import ledger
from caring.messages import status as st
from caring.observability import logger
from caring.runs import control, store
from caring.runs.shards import Group, ids_of, read_shard

Cursor = dict[str, list[int]]
_NAME = "canary"
DONE = -1  # the shard of a lane that has released all


def begin(groups: list[Group]) -> Cursor:
    """The canaries of a wave's planned groups; a channel with few messages goes without."""
    guards = configuration.get().guards
    planned: Counter[str] = Counter()
    for group in groups:
        if group["status"] == st.PENDING:
            planned[group["channel"]] += group["n"]
    if not guards.canary_share:
        return {}
    return {
        f"{_NAME}|{channel}": [size := max(guards.canary_least, int(n * guards.canary_share)), 0, 0, size]
        for channel, n in sorted(planned.items())
        if n > 2 * guards.canary_least
    }


def is_one(lane: str) -> bool:
    """Whether a cursor's entry is a canary and no lane."""
    return lane.startswith(f"{_NAME}|")


def allows(cursor: Cursor, channel: str) -> int | None:
    """How many messages of a channel may go out now: None for all, 0 while its canary is out."""
    state = cursor.get(f"{_NAME}|{channel}")
    return state[0] if state else None


def released(cursor: Cursor, channel: str, n: int, now: datetime) -> None:
    """Take note of messages that went out; the last of the canary begins the wait for its outcomes."""
    state = cursor.get(f"{_NAME}|{channel}")
    if state is None:
        return
    state[0] -= n
    if state[0] <= 0:
        wait = timedelta(minutes=configuration.get().guards.canary_minutes)
        state[:3] = [0, int(clock.to_wall(now + wait).timestamp()), 0]


def judge(
    run: store.Run, step: Mapping[str, Any], cursor: Cursor, now: datetime, closed: Collection[str]
) -> dict[str, datetime] | None:
    """Judge the canaries that are out: a good one leaves the cursor, a bad one does too, but pauses the run.

    `closed` are the lanes whose window is shut. Returns when (real time) to look again, by channel still out; None when
    the run was paused. A person who resumes it says that the cause is mended, so the rest goes out then.
    """
    wall, again = clock.to_wall(now), {}
    for name in [name for name, state in cursor.items() if is_one(name) and state[0] <= 0]:
        channel, (_, due, looks, size) = name.partition("|")[2], cursor[name]
        found = _outcomes(run, step, cursor, channel, closed)
        behind = found.pop("closed", 0)
        lanes = [lane for lane in _lanes(cursor, channel) if lane not in closed]
        if behind and found.total() < size and any(cursor[lane][0] != DONE for lane in lanes):
            cursor[name][:3] = [size - found.total(), 0, 0]
            continue
        if not lanes:  # nobody else can take their place: they are waited for
            found["waits"] += behind
        if found["waits"] or (found[st.ACCEPTED] and wall.timestamp() < due):
            release = configuration.get().release
            pause = min(release.poll_limit_seconds, release.poll_seconds * 2**looks)
            cursor[name][2] = looks + 1
            again[channel] = wall + timedelta(seconds=pause)
            continue
        del cursor[name]
        if _is_bad(found):
            logger().error("a canary failed", extra={"run_id": run.run_id, "channel": channel, "outcomes": dict(found)})
            control.halt(run.run_id, "canary_failed")
            return None
    return again


def _is_bad(found: Mapping[str, int]) -> bool:
    guards = configuration.get().guards
    bad = found[st.FAILED] + found[st.REJECTED] + found[st.UNKNOWN]  # unknown is lost too: nobody writes to them again
    sent = sum(n for name, n in found.items() if name != st.SKIPPED)
    return bool(bad >= guards.canary_failed_least and bad > guards.canary_failed_share * sent)


def _lanes(cursor: Cursor, channel: str) -> list[str]:
    return [lane for lane in cursor if not is_one(lane) and lane.partition("|")[2] == channel]


def _outcomes(
    run: store.Run, step: Mapping[str, Any], cursor: Cursor, channel: str, closed: Collection[str]
) -> Counter[str]:
    """The canary's messages by status: "waits" have not left, or are under way; "closed" will not leave today."""
    cause = run_cause(run.run_id, step["wave"])
    found: Counter[str] = Counter()
    for lane in _lanes(cursor, channel):
        ids = list(_released_ids(run.run_id, step, lane, cursor[lane]))
        messages = ledger.read(((customer_id, cause) for customer_id in ids), ("status", "claim", "claimed_at"))
        waits = "closed" if lane in closed else "waits"
        found[waits] += len(ids) - len(messages)
        for item in messages.values():
            status = item["status"]["S"]
            if status == st.SENDING:
                status = st.UNKNOWN if ledger.stale(item) else "waits"
            found[waits if status == st.PENDING else status] += 1
    return found


def _released_ids(run_id: str, step: Mapping[str, Any], lane: str, come_to: list[int]) -> Iterator[str]:
    """What a lane has released so far: all of the shards before the one it has come to, and the first `taken` of it."""
    shard, taken = come_to
    for number in step["shards"]:
        if shard != DONE and (number > shard or (number == shard and not taken)):
            return
        ids = ids_of(read_shard(run_id, step["wave"], number), lane)
        yield from ids[:taken] if number == shard else ids
