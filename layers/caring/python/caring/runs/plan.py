"""Planning: who is reached by which channel and why, or why not; written to S3, one file per shard.

A plan has no other effect than its file, so planning twice is harmless and a run can be previewed. A file holds ids,
grouped by what happens to them, and no contents: {"shard", "groups": [{status, channel, reason, why, zone, ids}]}.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson
from botocore.exceptions import ClientError

from caring import aws, clock, configuration, environment
from caring.customers.model import Item, text
from caring.ids import ID
from caring.messages import status as st
from caring.runs import store
from caring.runs.eligibility import Decision, Rules, decide, targets
from caring.runs.windows import zone_of

Group = dict[str, Any]


def shard_count(program: dict[str, Any]) -> int:
    """How many shards a program's audience is planned in: segments of the table, or pieces of its list."""
    plan = configuration.get().plan
    if "customer_ids" in program["audience"]:
        listed = len(dict.fromkeys(program["audience"]["customer_ids"]))
        return max(1, -(-listed // int(plan.list_shard_customers)))
    return int(plan.segments)


def plan_key(run_id: str, wave: int, shard: int) -> str:
    """Where a shard's plan lies in the data bucket."""
    return f"plans/{run_id}/w{wave}/{shard:05d}.json"


def plan_shard(run: store.Run, rules: Rules, wave: int, shard: int) -> Counter[str]:
    """Plan one shard of a run's audience and write its file; a shard planned already stays as it is.

    Returns its buckets.
    """
    listed = rules.in_audience is None
    groups = _grouped(_plan_list(run, rules, shard) if listed else _plan_segment(rules, shard, run.shards))
    body = orjson.dumps({"v": 1, "run_id": run.run_id, "wave": wave, "shard": shard, "groups": groups})
    if not _write_once(plan_key(run.run_id, wave, shard), body):
        groups = read_shard(run.run_id, wave, shard)
    summary = [
        {name: value for name, value in group.items() if name != "ids"} | {"n": len(group["ids"])} for group in groups
    ]
    store.put_shard(run.run_id, f"plan-w{wave}", shard, summary)
    return buckets(summary)


def _write_once(key: str, body: bytes) -> bool:
    """Write a plan's file; False if it was there."""
    try:
        aws.client("s3").put_object(Bucket=environment.get("DATA_BUCKET"), Key=key, Body=body, IfNoneMatch="*")
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("PreconditionFailed", "ConditionalRequestConflict"):
            raise
        return False
    return True


def _plan_segment(rules: Rules, segment: int, segments: int) -> Iterator[tuple[str, str, Decision]]:
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
                yield customer["customer_id"]["S"], zone, decide(rules, customer)


def _zones() -> set[str]:
    zones = configuration.get().zones
    return {zones.default, *zones.by_witel.values()}


def _plan_list(run: store.Run, rules: Rules, shard: int) -> Iterator[tuple[str, str, Decision]]:
    """The same for one piece of a given list: every id is answered for, also one that no customer has."""
    size = configuration.get().plan.list_shard_customers
    ids = list(dict.fromkeys(run.program["audience"]["customer_ids"]))[shard * size : (shard + 1) * size]
    found = read_customers([i for i in ids if ID.match(i)], rules.reads)
    nobody = Decision("skipped", "no customer of this id in the program's witel", reason="not_found")
    today = clock.local_date(clock.now(), configuration.get().zones.default)
    for customer_id in ids:
        customer = found.get(customer_id)
        if customer is None or not targets(rules, customer, today):
            yield customer_id, configuration.get().zones.default, nobody
        else:
            yield customer_id, zone_of(text(customer, "witel_key")), decide(rules, customer)


def read_customers(ids: list[str], reads: tuple[str, ...] = ()) -> dict[str, Item]:
    """The customers that exist among `ids`, read consistently; `reads` narrows the attributes."""
    request: dict[str, Any] = {"ConsistentRead": True}
    if reads:
        names = {f"#r{i}": name for i, name in enumerate(reads)}
        request |= {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}
    table = environment.table("customers")
    found: dict[str, Item] = {}
    todo = [{"customer_id": {"S": customer_id}} for customer_id in ids]
    while todo:
        batch, todo = todo[:100], todo[100:]
        answer = aws.client("dynamodb").batch_get_item(RequestItems={table: {"Keys": batch, **request}})
        found |= {item["customer_id"]["S"]: item for item in answer["Responses"].get(table, [])}
        todo += answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
    return found


def _grouped(decisions: Iterator[tuple[str, str, Decision]]) -> list[Group]:
    groups: dict[tuple[Any, ...], list[str]] = {}
    for customer_id, zone, d in decisions:
        groups.setdefault((d.status, d.channel, d.reason, d.why, zone), []).append(customer_id)
    return [
        {"status": status, "channel": channel, "reason": reason, "why": why, "zone": zone, "ids": ids}
        for (status, channel, reason, why, zone), ids in groups.items()
    ]


def buckets(summary: list[Group]) -> Counter[str]:
    """The ledger buckets of planned groups, with `targeted`."""
    counted: Counter[str] = Counter()
    for group in summary:
        n = group["n"] if "n" in group else len(group["ids"])
        counted[st.bucket(group["status"], group["reason"])] += n
        counted["targeted"] += n
    return counted


def read_shard(run_id: str, wave: int, shard: int) -> list[Group]:
    """The groups of a shard's plan, with their ids."""
    answer = aws.client("s3").get_object(Bucket=environment.get("DATA_BUCKET"), Key=plan_key(run_id, wave, shard))
    groups: list[Group] = orjson.loads(answer["Body"].read())["groups"]
    return groups
