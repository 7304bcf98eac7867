"""Planning: who is reached by which channel and why, or why not; written to S3, one file per shard.

A plan has no other effect than its file, so planning twice is harmless and a run can be previewed.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson

from caring import aws, clock, configuration, environment
from caring.customers.bulk import read_customers
from caring.customers.model import text
from caring.ids import ID, run_cause
from caring.messages import status as st
from caring.runs import pressure, results, store, waves
from caring.runs.eligibility import Decision, Rules, decide, targets
from caring.runs.shards import Group, buckets, plan_key, read_shard, write_once
from caring.runs.waves import Planned
from caring.runs.windows import next_open, zone_of


def shard_count(program: dict[str, Any]) -> int:
    """How many shards an audience is planned in: segments of the table, pieces of its list, or an earlier run's."""
    plan = configuration.get().plan
    if "from_run" in program["audience"]:
        return store.get_run(program["audience"]["from_run"]["run_id"]).shards
    if "customer_ids" in program["audience"]:
        listed = len(dict.fromkeys(program["audience"]["customer_ids"]))
        return max(1, -(-listed // int(plan.list_shard_customers)))
    return int(plan.segments)


def plan_shard(run: store.Run, rules: Rules, wave: int, shard: int) -> Counter[str]:
    """Plan one shard of a wave and write its file; a shard planned already stays as it is. Returns its buckets."""
    groups = _grouped(_with_pressure(rules, run_cause(run.run_id, wave), _decisions(run, rules, wave, shard)))
    body = orjson.dumps({"v": 1, "run_id": run.run_id, "wave": wave, "shard": shard, "groups": groups})
    if not write_once(plan_key(run.run_id, wave, shard), body):
        groups = read_shard(run.run_id, wave, shard)
    summary = [
        {name: value for name, value in group.items() if name != "ids"} | {"n": len(group["ids"])} for group in groups
    ]
    store.put_shard(run.run_id, f"plan-w{wave}", shard, summary)
    return buckets(summary)


def _decisions(run: store.Run, rules: Rules, wave: int, shard: int) -> Iterator[Planned]:
    if wave > 1:
        return waves.followers(run, rules, wave, shard)
    if "from_run" in run.program["audience"]:
        return _plan_again(run, rules, shard)
    if "customer_ids" in run.program["audience"]:
        return _plan_list(run, rules, shard)
    return _plan_segment(rules, shard, run.shards)


def _plan_segment(rules: Rules, segment: int, segments: int) -> Iterator[Planned]:
    """(customer_id, zone, decision) of each customer of one table segment whom the audience picks."""
    names = {f"#r{i}": name for i, name in enumerate(rules.reads)}
    pages = (
        aws.client("dynamodb")
        .get_paginator("scan")
        .paginate(
            TableName=environment.table("customers"),
            Segment=segment,
            TotalSegments=segments,
            ProjectionExpression=", ".join(names),
            ExpressionAttributeNames=names,
            ConsistentRead=True,
        )
    )
    now = clock.now()
    today = {zone: clock.local_date(now, zone) for zone in _zones()}
    for page in pages:
        for customer in page["Items"]:
            zone = zone_of(text(customer, "witel_key"))
            if targets(rules, customer, today[zone]):
                yield customer["customer_id"]["S"], zone, decide(rules, customer), None


def _zones() -> set[str]:
    zones = configuration.get().zones
    return {zones.default, *zones.by_witel.values()}


def _plan_list(run: store.Run, rules: Rules, shard: int) -> Iterator[Planned]:
    """The same for one piece of a given list: every id is answered for, also one that no customer has."""
    size = configuration.get().plan.list_shard_customers
    ids = list(dict.fromkeys(run.program["audience"]["customer_ids"]))[shard * size : (shard + 1) * size]
    return _of_ids(rules, ids)


def _plan_again(run: store.Run, rules: Rules, shard: int) -> Iterator[Planned]:
    """The same for one shard of an ended run: those of its customers whose message came to a status and reason."""
    wanted = run.program["audience"]["from_run"]
    earlier = store.get_run(wanted["run_id"])
    rows = results.rows_of_shard(earlier, shard)
    return _of_ids(rules, [row["customer_id"] for row in rows if results.is_wanted(row, wanted)])


def _of_ids(rules: Rules, ids: list[str]) -> Iterator[Planned]:
    found = read_customers([i for i in ids if ID.match(i)], rules.reads)
    nobody = Decision("skipped", "no customer of this id in the program's witel", reason="not_found")
    today = clock.local_date(clock.now(), configuration.get().zones.default)
    for customer_id in ids:
        customer = found.get(customer_id)
        if customer is None or not targets(rules, customer, today):
            yield customer_id, configuration.get().zones.default, nobody, None
        else:
            yield customer_id, zone_of(text(customer, "witel_key")), decide(rules, customer), None


_PAGE = 100  # customers whose contacts are looked up at a time


def _with_pressure(rules: Rules, cause: str, planned: Iterator[Planned]) -> Iterator[Planned]:
    """The same, but skipped where the cap leaves no room when the window next opens; the sender asks again.

    Whom the program holds out is asked for as well: he is compared with those for whom there was room. In a later wave
    (`was` is set) such a customer stays in the bucket that he is in.
    """
    if rules.cap is None or not configuration.get().pressure.in_plan:
        yield from planned
        return
    opens: dict[str, datetime] = {}
    page: list[Planned] = []
    for row in planned:
        if row[2].status not in (st.PENDING, st.HELD_OUT):
            yield row
            continue
        page.append(row)
        if len(page) == _PAGE:
            yield from _weighed(rules, cause, page, opens)
            page = []
    yield from _weighed(rules, cause, page, opens)


def _weighed(rules: Rules, cause: str, page: list[Planned], opens: dict[str, datetime]) -> Iterator[Planned]:
    for _, zone, _, _ in page:
        if zone not in opens:
            opens[zone] = next_open(rules.hours, zone, clock.now())
    over = pressure.without_room(rules, cause, {customer_id: opens[zone] for customer_id, zone, _, _ in page})
    skipped = Decision(st.SKIPPED, pressure.sentence(rules), reason="cap_reached")
    for customer_id, zone, decision, was in page:
        if customer_id not in over:
            yield customer_id, zone, decision, was
        elif was is None:
            yield customer_id, zone, skipped, None


def _grouped(decisions: Iterator[Planned]) -> list[Group]:
    groups: dict[tuple[Any, ...], list[str]] = {}
    for customer_id, zone, d, was in decisions:
        groups.setdefault((d.status, d.channel, d.reason, d.why, zone, was), []).append(customer_id)
    return [
        {"status": status, "channel": channel, "reason": reason, "why": why, "zone": zone, "was": was, "ids": ids}
        for (status, channel, reason, why, zone, was), ids in groups.items()
    ]
