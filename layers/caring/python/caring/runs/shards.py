"""The files of a plan: one per shard of a wave, in the data bucket, written once.

A file holds ids, grouped by what happens to them, and no contents: {"shard", "groups": [{status, channel, reason, why,
zone, was, ids}]}; `was` is the bucket of the wave before that a customer leaves.
"""

from collections import Counter
from typing import Any

import orjson
from botocore.exceptions import ClientError

from caring import aws, environment
from caring.errors import conflict
from caring.messages import status as st

Group = dict[str, Any]


def plan_key(run_id: str, wave: int, shard: int) -> str:
    """Where a shard's plan lies in the data bucket."""
    return f"plans/{run_id}/w{wave}/{shard:05d}.json"


def write_once(key: str, body: bytes) -> bool:
    """Write a plan's file; False if it was there."""
    try:
        aws.client("s3").put_object(Bucket=environment.get("DATA_BUCKET"), Key=key, Body=body, IfNoneMatch="*")
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("PreconditionFailed", "ConditionalRequestConflict"):
            raise
        return False
    return True


def buckets(summary: list[Group]) -> Counter[str]:
    """The ledger buckets of planned groups, with `targeted`."""
    counted: Counter[str] = Counter()
    for group in summary:
        n = group["n"] if "n" in group else len(group["ids"])
        counted[st.bucket(group["status"], group["reason"])] += n
        counted["targeted"] += n
    return counted


def read_shard(run_id: str, wave: int, shard: int, *, missing_ok: bool = False) -> list[Group]:
    """The groups of a shard's plan, with their ids; none for a shard not planned yet, if that may be, else 409."""
    try:
        answer = aws.client("s3").get_object(Bucket=environment.get("DATA_BUCKET"), Key=plan_key(run_id, wave, shard))
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchKey":
            raise
        if missing_ok:
            return []
        said = f"the run's plan is not made yet, or so old that it was removed: read GET /runs/{run_id}"
        raise conflict("no_plan", said) from None
    groups: list[Group] = orjson.loads(answer["Body"].read())["groups"]
    return groups


def ids_of(groups: list[Group], lane: str) -> list[str]:
    """The customers of a shard's plan whom a lane ("zone|channel") writes to, in their order."""
    zone, _, channel = lane.partition("|")
    return [
        customer_id
        for group in groups
        if group["status"] == st.PENDING and group["zone"] == zone and group["channel"] == channel
        for customer_id in group["ids"]
    ]
