"""What could not be matched is kept and shown: a receipt without its message, a stranger's reply, a body of no kind."""

import hashlib
from datetime import datetime
from typing import Any

from caring import aws, clock, configuration, environment
from caring.ids import new_id

KINDS = ("receipt", "reply")


def park(
    kind: str, reason: str, body: str, *, detail: str = "", reference: str | None = None, at: datetime | None = None
) -> str:
    """Keep one thing: kind is of KINDS, reason snake_case, body as it came (at most 100 kB kept). Returns its id.

    With `at` (when it was sent) the id is made of the body too, so that parking it again changes nothing.
    """
    name = hashlib.sha256(f"{reason}:{body}".encode()).hexdigest()[:24] if at else new_id()
    at_id = f"{clock.iso(at or clock.now())}#{name}"
    item = {"kind": {"S": kind}, "at_id": {"S": at_id}, "reason": {"S": reason}, "body": {"S": body[:100_000]}}
    if detail:
        item["detail"] = {"S": detail[:500]}
    if reference:
        item["reference"] = {"S": reference}
    days = configuration.get().retention.parked
    item["expires_at"] = {"N": str(int(clock.to_wall(clock.now()).timestamp()) + days * 86400)}
    aws.client("dynamodb").put_item(TableName=environment.table("parked"), Item=item)
    return at_id


def read(kind: str, limit: int, start: str | None = None, *, newest_first: bool = True) -> list[dict[str, Any]]:
    """Parked things of one kind after `start` (an at_id): {at_id, at, reason, detail, reference, body}."""
    condition, values = "#kind = :kind", {":kind": {"S": kind}}
    if start:
        condition += " AND at_id < :start" if newest_first else " AND at_id > :start"
        values[":start"] = {"S": start}
    page = aws.client("dynamodb").query(
        TableName=environment.table("parked"),
        KeyConditionExpression=condition,
        ExpressionAttributeNames={"#kind": "kind"},
        ExpressionAttributeValues=values,
        ScanIndexForward=not newest_first,
        Limit=limit,
    )
    return [
        {"at_id": i["at_id"]["S"], "at": i["at_id"]["S"].split("#")[0], "reason": i["reason"]["S"]}
        | {name: i[name]["S"] for name in ("detail", "reference", "body") if name in i}
        for i in page["Items"]
    ]


def remove(kind: str, at_id: str) -> None:
    """Forget a parked thing that has landed after all."""
    aws.client("dynamodb").delete_item(
        TableName=environment.table("parked"), Key={"kind": {"S": kind}, "at_id": {"S": at_id}}
    )
