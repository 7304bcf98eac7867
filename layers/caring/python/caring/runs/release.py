"""Releasing: plan shards become chunks on the channel queues, never more than some minutes of work ahead.

What the window shuts out stays in the plan. The cursor, which the state machine carries, says for each zone and channel
how far the release has come; releasing a chunk twice is harmless, for the ledger lets each message out once.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from caring import aws, clock, configuration, environment
from caring.messages import status as st
from caring.runs import budget, canary, control, counters, store, tiers, windows
from caring.runs.canary import DONE, Cursor
from caring.runs.eligibility import Rules
from caring.runs.forecast import rate
from caring.runs.shards import Group, buckets, ids_of, read_shard

Step = Mapping[str, Any]  # {wave, part, shards: [number]}


def release(run: store.Run, rules: Rules, step: Step, cursor: Cursor | None) -> dict[str, Any]:
    """Release what the windows, the queues and the guards have room for of a step's shards: {wave, part, shards}.

    Returns {outcome: "more"|"done"|"stopped", cursor, wait_until (real time, for a Wait state)}.
    """
    now = clock.now()
    poll = clock.iso(clock.to_wall(now) + timedelta(seconds=configuration.get().release.poll_seconds))
    if run.state in store.ENDED:
        return {"outcome": "stopped", "cursor": {}, "wait_until": poll}
    begins = not cursor
    cursor = {name: list(come_to) for name, come_to in (cursor or _begin(run, step)).items()}
    if begins and cursor and budget.is_passed(run, step["wave"]):
        control.halt(run.run_id, "over_budget")
        # Who paused it meanwhile has not agreed to anything: it is asked again.
        return {"outcome": "more", "cursor": {} if run.state == "paused" else cursor, "wait_until": poll}
    lanes = [name for name in cursor if not canary.is_one(name)]
    closed = {lane for lane in lanes if not windows.is_open(rules.hours, lane.partition("|")[0], now)}
    looks = canary.judge(run, step, cursor, now, closed) if run.state != "paused" else None
    if looks is None:
        return {"outcome": "more", "cursor": cursor, "wait_until": poll}
    wait_until = None
    for lane in [lane for lane in lanes if cursor[lane][0] != DONE]:
        zone, channel = lane.split("|")
        if lane not in closed:
            again = looks.get(channel) or _release_lane(run, step, lane, cursor, now)
        else:
            again = clock.to_wall(windows.next_open(rules.hours, zone, now))
        if cursor[lane][0] != DONE:
            wait_until = min(wait_until or again, again)
    if wait_until is None:
        return {"outcome": "done", "cursor": cursor, "wait_until": poll}
    return {"outcome": "more", "cursor": cursor, "wait_until": clock.iso(wait_until)}


def _begin(run: store.Run, step: Step) -> Cursor:
    """Where each lane starts. A later wave's plan is counted here, once: the first wave's was by its forecast."""
    wave, part = step["wave"], step["part"]
    groups = [group for shard in _summaries(run, wave, step["shards"]) for group in shard]
    if wave > 1:
        counters.begin(run.run_id, counters.part(wave), buckets(groups), once=part)
        left: Counter[str] = Counter()
        for group in groups:
            left[group["was"]] += group["n"]
        counters.begin(run.run_id, counters.SUPERSEDED, left, once=f"w{wave} {part}")
    lanes = {f"{group['zone']}|{group['channel']}" for group in groups if group["status"] == st.PENDING}
    return {lane: [step["shards"][0], 0] for lane in sorted(lanes)} | canary.begin(groups)


def _summaries(run: store.Run, wave: int, shards: Sequence[int]) -> list[list[Group]]:
    found = store.shards_by_number(run.run_id, f"plan-w{wave}")
    return [found[shard] for shard in shards]


def _release_lane(run: store.Run, step: Step, lane: str, cursor: Cursor, now: datetime) -> datetime:
    """Put chunks of one zone and channel on its queue while there is room, and move its place in the cursor on.

    Returns when (real time) to go on, if anything is left.
    """
    channel = lane.split("|")[1]
    shard, taken = cursor[lane]
    size = configuration.get().send.chunk_customers
    room, end, out = _room(channel, size), step["shards"][-1] + 1, 0
    most = canary.allows(cursor, channel)
    while shard < end and room > 0 and (most is None or out < most):
        ids = ids_of(read_shard(run.run_id, step["wave"], shard), lane)
        free = room * size if most is None else min(room * size, most - out)
        wanted = min(len(ids) - taken, free)
        granted = tiers.book(channel, wanted, now)
        going = ids[taken : taken + granted]
        chunks = [going[start : start + size] for start in range(0, granted, size)]
        enqueue(run.run_id, step["wave"], channel, chunks, booked=tiers.stamp(now))
        room, out, taken = room - len(chunks), out + granted, taken + granted
        if taken >= len(ids):
            shard, taken = shard + 1, 0
        elif granted < wanted:
            room = 0
            now = tiers.next_room(now)
    cursor[lane] = [shard, taken] if shard < end else [DONE, 0]
    canary.released(cursor, channel, out, now)
    settings = configuration.get().release
    half = clock.wall_seconds(timedelta(minutes=settings.ahead_minutes)) / 2
    pause = max(half, 1) if canary.allows(cursor, channel) is None else settings.poll_seconds
    return clock.to_wall(now) + timedelta(seconds=pause)


def _room(channel: str, size: int) -> int:
    """How many more chunks the channel's queue may hold: the work ahead, less what lies there."""
    names = [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    ]
    answer = aws.client("sqs").get_queue_attributes(QueueUrl=environment.queue_url(channel), AttributeNames=names)
    lying = sum(int(answer["Attributes"].get(name, 0)) for name in names)
    ahead = configuration.get().release.ahead_minutes * 60 * rate(channel)
    return max(0, int(ahead / size) + 1 - lying)


def enqueue(
    run_id: str,
    wave: int,
    channel: str,
    chunks: Sequence[Sequence[str]],
    *,
    booked: str | None,
    delay_seconds: int = 0,
) -> None:
    """Put chunks of customer ids on a channel's blast queue, ten to a request. Raises if the queue took not all.

    `booked` is the hour (tiers.stamp) in which they were counted against the account's tier.
    """
    common = {"v": 1, "kind": "chunk", "run_id": run_id, "wave": wave, "channel": channel, "booked": booked}
    entries = [
        {
            "Id": str(number),
            "MessageBody": orjson.dumps({**common, "ids": list(ids)}).decode(),
            "DelaySeconds": min(900, delay_seconds),
        }
        for number, ids in enumerate(chunks)
    ]
    for batch in _by_ten(entries):
        answer = aws.client("sqs").send_message_batch(QueueUrl=environment.queue_url(channel), Entries=batch)
        if answer.get("Failed"):
            codes = sorted({failed["Code"] for failed in answer["Failed"]})
            raise QueueRefused(f"the {channel} queue refused {len(answer['Failed'])} chunks: {', '.join(codes)}")


class QueueRefused(RuntimeError):
    """SQS did not take a chunk; the caller's work is done again."""


def _by_ten(entries: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(entries), 10):
        yield list(entries[start : start + 10])
