"""Live counters of a run's wave: a cache of the ledger, kept by whoever writes the ledger, mended by reconciling."""

from collections import Counter
from collections.abc import Mapping

from botocore.exceptions import ClientError

from caring import aws, environment
from caring.ids import run_of
from caring.runs.store import key

_NOT_COUNTERS = ("run_id", "part")


def part(wave: int) -> str:
    """The counters' place among a run's items."""
    return f"counters-w{wave}"


def begin(run_id: str, wave: int, buckets: Mapping[str, int]) -> None:
    """Set a wave's counters from its plan, once: planning again changes nothing."""
    item = key(run_id, part(wave)) | {name: {"N": str(n)} for name, n in buckets.items()}
    try:
        aws.client("dynamodb").put_item(
            TableName=environment.table("runs"), Item=item, ConditionExpression="attribute_not_exists(part)"
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise


def add(run_id: str, wave: int, deltas: Mapping[str, int]) -> None:
    """Add changes of buckets, in one request; zeroes are left out."""
    changes = {name: n for name, n in deltas.items() if n}
    if not changes:
        return
    names = {f"#n{i}": name for i, name in enumerate(changes)}
    values = {f":n{i}": {"N": str(n)} for i, n in enumerate(changes.values())}
    aws.client("dynamodb").update_item(
        TableName=environment.table("runs"),
        Key=key(run_id, part(wave)),
        UpdateExpression="ADD " + ", ".join(f"#n{i} :n{i}" for i in range(len(changes))),
        ExpressionAttributeNames=names,
        ExpressionAttributeValues=values,
    )


def add_by_cause(deltas: Mapping[str, Mapping[str, int]]) -> None:
    """Add changes that receipts made, given by cause; causes that are no run's have no counters."""
    for cause, changes in deltas.items():
        run = run_of(cause)
        if run:
            add(run[0], run[1], changes)


def read(run_id: str, wave: int) -> Counter[str]:
    """A wave's counters as buckets, without zeroes."""
    answer = aws.client("dynamodb").get_item(
        TableName=environment.table("runs"), Key=key(run_id, part(wave)), ConsistentRead=True
    )
    item = answer.get("Item", {})
    return Counter({name: int(v["N"]) for name, v in item.items() if name not in _NOT_COUNTERS and int(v["N"])})
