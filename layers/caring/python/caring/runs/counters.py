"""Live counters of a run: a cache of the ledger, kept by whoever writes the ledger, mended by reconciling.

One item per wave counts what became of that wave's messages. A customer who is written to again in a later wave stands
in two waves; "superseded" counts the buckets that he left, so that the run as a whole counts each customer once, in the
bucket of his latest wave.
"""

from collections import Counter
from collections.abc import Mapping

from botocore.exceptions import ClientError

from caring import aws, environment
from caring.ids import run_of
from caring.runs.store import key

SUPERSEDED = "counters-superseded"
_NOT_COUNTERS = ("run_id", "part")


def part(wave: int) -> str:
    """The counters' place among a run's items."""
    return f"counters-w{wave}"


def kind_of_message(channel: str, segment: str) -> str:
    """How a run's surveys are told apart: by what they went to whom, "whatsapp:HVC"."""
    return f"{channel}:{segment}"


def begin(run_id: str, name: str, buckets: Mapping[str, int], *, once: str) -> None:
    """Add what was planned to the counters `name`, once: doing it again with the same `once` changes nothing."""
    _add(run_id, name, {bucket: n for bucket, n in buckets.items() if n}, once)


def add(run_id: str, wave: int, deltas: Mapping[str, int]) -> None:
    """Add changes of a wave's buckets, in one request; zeroes are left out."""
    add_to(run_id, part(wave), deltas)


def add_to(run_id: str, name: str, deltas: Mapping[str, int]) -> None:
    """The same for any of a run's counters."""
    changes = {bucket: n for bucket, n in deltas.items() if n}
    if changes:
        _add(run_id, name, changes, None)


def _add(run_id: str, name: str, changes: Mapping[str, int], once: str | None) -> None:
    names = {f"#n{i}": bucket for i, bucket in enumerate(changes)}
    values: dict[str, dict[str, object]] = {f":n{i}": {"N": str(n)} for i, n in enumerate(changes.values())}
    expression = "ADD " + ", ".join(f"#n{i} :n{i}" for i in range(len(changes))) if changes else ""
    request: dict[str, object] = {}
    if once:
        names["#once"], values[":yes"] = f"begun {once}", {"BOOL": True}
        expression = f"SET #once = :yes {expression}"
        request["ConditionExpression"] = "attribute_not_exists(#once)"
    try:
        aws.tables_client().update_item(
            TableName=environment.table("runs"),
            Key=key(run_id, name),
            UpdateExpression=expression,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
            **request,
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise


def add_by_cause(deltas: Mapping[str, Mapping[str, int]]) -> None:
    """Add changes that receipts made, given by cause; causes that are no run's have no counters."""
    for cause, changes in deltas.items():
        run = run_of(cause)
        if run:
            add(run[0], run[1], changes)


def read(run_id: str, wave: int) -> Counter[str]:
    """A wave's counters as buckets, without zeroes."""
    return read_all(run_id).get(part(wave), Counter())


def read_all(run_id: str) -> dict[str, Counter[str]]:
    """Every counter of a run by its name, without zeroes."""
    pages = (
        aws.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=environment.table("runs"),
            KeyConditionExpression="run_id = :run AND begins_with(part, :counters)",
            ExpressionAttributeValues={":run": {"S": run_id}, ":counters": {"S": "counters-"}},
            ConsistentRead=True,
        )
    )
    return {
        item["part"]["S"]: Counter(
            {name: int(v["N"]) for name, v in item.items() if name not in _NOT_COUNTERS and "N" in v and int(v["N"])}
        )
        for page in pages
        for item in page["Items"]
    }


def whole(counted: Mapping[str, Mapping[str, int]]) -> Counter[str]:
    """The run as a whole: each targeted customer once, in the bucket of his latest wave."""
    total: Counter[str] = Counter()
    for name, buckets in counted.items():
        for bucket, n in buckets.items():
            total[bucket] += -n if name == SUPERSEDED else n
    total["targeted"] = counted.get(part(1), {}).get("targeted", 0)
    return even(total)


def even(buckets: Mapping[str, int]) -> Counter[str]:
    """Buckets as they are meant to be read: a receipt that came before its batch was counted took from `sending`.

    Such a message still counts as `pending` until its batch is counted, so what `sending` lacks is taken from there.
    """
    evened = Counter(buckets)
    if evened["sending"] < 0:
        evened["pending"] += evened["sending"]
        evened["sending"] = 0
    return evened
