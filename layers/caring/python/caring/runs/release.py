"""Releasing: plan shards become chunks on the channel queues, never more than some minutes of work ahead.

What the window shuts out stays in the plan. The cursor, which the state machine carries, says for each zone and channel
how far the release has come; releasing a chunk twice is harmless, for the ledger lets each message out once.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import orjson

from caring import aws, clock, configuration, environment
from caring.messages import status as st
from caring.runs import counters, store, windows
from caring.runs.eligibility import Rules
from caring.runs.forecast import rate
from caring.runs.shards import Group, buckets, read_shard

Cursor = dict[str, list[int]]  # "zone|channel" → [shard, ids of it already released]
Step = Mapping[str, Any]  # {wave, part, shards: [number]}
DONE = -1


def release(run: store.Run, rules: Rules, step: Step, cursor: Cursor | None) -> dict[str, Any]:
    """Release what the windows and the queues have room for of a step's shards: {wave, part, shards}.

    Returns {outcome: "more"|"done"|"stopped", cursor, wait_until (real time, for a Wait state)}.
    """
    now = clock.now()
    poll = clock.iso(clock.to_wall(now) + timedelta(seconds=configuration.get().release.poll_seconds))
    if run.state in store.ENDED:
        return {"outcome": "stopped", "cursor": {}, "wait_until": poll}
    cursor = cursor or _begin(run, step)
    if run.state == "paused":
        return {"outcome": "more", "cursor": cursor, "wait_until": poll}
    wait_until = None
    for lane, (shard, _) in list(cursor.items()):
        if shard == DONE:
            continue
        zone = lane.split("|")[0]
        if not windows.is_open(rules.hours, zone, now):
            opens = clock.to_wall(windows.next_open(rules.hours, zone, now))
        else:
            cursor[lane] = _release_lane(run, step, lane, cursor[lane])
            half = clock.wall_seconds(timedelta(minutes=configuration.get().release.ahead_minutes)) / 2
            opens = clock.to_wall(now) + timedelta(seconds=max(half, 1))
        if cursor[lane][0] != DONE:
            wait_until = min(wait_until or opens, opens)
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
    return {lane: [step["shards"][0], 0] for lane in sorted(lanes)}


def _summaries(run: store.Run, wave: int, shards: Sequence[int]) -> list[list[Group]]:
    found = store.shards_by_number(run.run_id, f"plan-w{wave}")
    return [found[shard] for shard in shards]


def _release_lane(run: store.Run, step: Step, lane: str, come_to: list[int]) -> list[int]:
    """Put chunks of one zone and channel on its queue while there is room. Returns [shard, taken] to go on from."""
    zone, channel = lane.split("|")
    shard, taken = come_to
    size = configuration.get().send.chunk_customers
    room = _room(channel, size)
    wave, end = step["wave"], step["shards"][-1] + 1
    while shard < end and room > 0:
        ids = [
            customer_id
            for group in read_shard(run.run_id, wave, shard)
            if group["status"] == st.PENDING and group["zone"] == zone and group["channel"] == channel
            for customer_id in group["ids"]
        ]
        chunks = [ids[start : start + size] for start in range(taken, len(ids), size)][:room]
        enqueue(run.run_id, wave, channel, chunks)
        room -= len(chunks)
        taken += sum(len(chunk) for chunk in chunks)
        if taken >= len(ids):
            shard, taken = shard + 1, 0
    return [shard, taken] if shard < end else [DONE, 0]


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


def enqueue(run_id: str, wave: int, channel: str, chunks: Sequence[Sequence[str]], *, delay_seconds: int = 0) -> None:
    """Put chunks of customer ids on a channel's blast queue, ten to a request. Raises if the queue took not all."""
    entries = [
        {
            "Id": str(number),
            "MessageBody": orjson.dumps(
                {"v": 1, "kind": "chunk", "run_id": run_id, "wave": wave, "channel": channel, "ids": list(ids)}
            ).decode(),
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
