"""One part of an import: field rules, customers, an answer per row. The part's own item says that it is finished.

The item is written last and once: a part that is delivered again after that is left alone, so an old message never
writes an old file over newer data; one that died before is done again from the start, with the same answers.
"""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson

from caring import aws, clock, environment, tables
from caring.customers.importing import episodes, store
from caring.customers.importing.importer import OTHER_WITEL, Importer
from caring.customers.importing.rows import Issue, Values, read_row
from caring.customers.importing.write import write_customers
from caring.customers.model import Item
from caring.observability import logger

_THREADS = 8
Row = tuple[int, str | None, Any]  # (number, reason, cells), or the customer id in place of cells if there is a reason


def import_part(import_id: str, number: int) -> None:
    """Import one part of a split file; harmless when repeated."""
    found = store.load(import_id)
    if found is None or found.parts is None or not 1 <= number <= found.parts:
        logger().warning("a part belongs to no import", extra={"import_id": import_id, "part": number})
        return
    if number not in {part.number for part in found.finished}:
        _import(found.meta, number)
        found = store.load(import_id)
    if found and found.status == "done" and "finished_at" not in found.meta:
        _finish(import_id, found)


def _import(meta: Item, number: int) -> None:
    import_id = meta["import_id"]["S"]
    body = aws.client("s3").get_object(
        Bucket=environment.get("DATA_BUCKET"), Key=store.part_key(import_id, meta["source"]["S"], number)
    )["Body"]
    lines = body.read().splitlines()
    columns = orjson.loads(lines[0])
    importer = Importer(import_id, meta["witel"]["S"]) if "witel" in meta else None
    rows = [orjson.loads(line) for line in lines[1:]]
    take = _episodes if meta["kind"]["S"] == "episodes" else _customers
    answers = list(take(columns, rows, importer))
    aws.client("s3").put_object(
        Bucket=environment.get("DATA_BUCKET"),
        Key=store.rows_key(import_id, number),
        Body=b"\n".join(orjson.dumps(answer) for answer in answers),
    )
    counts = Counter(str(answer["outcome"]) for answer in answers)
    counts["issues"] = sum(len(answer["issues"]) for answer in answers)
    _record(meta, number, counts)
    logger().info("a part was imported", extra={"import_id": import_id, "part": number, **counts})


def _answer(row: int, reason: str | None, customer_id: str | None, issues: list[Issue]) -> dict[str, Any]:
    return {
        "row": row,
        "outcome": "rejected" if reason else "accepted",
        "reason": reason,
        "issues": [{"field": field, "code": code} for field, code in issues],
        "customer_id": customer_id,
    }


def _customers(columns: list[str], rows: list[Row], importer: Importer | None) -> Iterator[dict[str, Any]]:
    """Rows of customers, written all at once."""
    accepted: list[Values] = []
    decided: list[tuple[int, str | None, str | None, list[Issue]]] = []
    for row, reason, rest in rows:
        issues: list[Issue] = []
        if reason is None:
            values, issues = read_row(dict(zip(columns, rest, strict=True)))
            if importer:
                importer.fill(values)
            accepted.append(values)
        decided.append((row, reason, rest if reason else rest[0], issues))
    written = write_customers(accepted, importer)
    logger().info("customers were written", extra={f"customers_{name}": n for name, n in written.counts.items()})
    for row, reason, customer_id, found in decided:
        others = reason is None and customer_id in written.others
        yield _answer(row, reason, customer_id, sorted([*found, OTHER_WITEL]) if others else found)


def _episodes(columns: list[str], rows: list[Row], importer: Importer | None) -> Iterator[dict[str, Any]]:
    """Rows of episodes, several at once: each waits for the tables more than it computes."""

    def take(line: Row) -> dict[str, Any]:
        row, reason, rest = line
        if reason:
            return _answer(row, reason, rest, [])
        rejected, customer_id, issues = episodes.take(dict(zip(columns, rest, strict=True)), importer)
        return _answer(row, rejected, customer_id, issues)

    with ThreadPoolExecutor(_THREADS) as pool:
        yield from pool.map(take, rows)


def _record(meta: Item, number: int, counts: Counter[str]) -> None:
    aws.client("dynamodb").put_item(
        TableName=environment.table("imports"),
        Item={
            "import_id": meta["import_id"],
            "part": {"S": f"part-{number:05d}"},
            "finished_at": {"S": clock.iso(clock.now())},
            "expires_at": meta["expires_at"],
            **{name: {"N": str(counts[name])} for name in ("accepted", "rejected", "issues")},
        },
    )


def _finish(import_id: str, found: store.Import) -> None:
    """Note when the last part was finished; the first to note it is right."""
    tables.update(
        environment.table("imports"),
        {"import_id": {"S": import_id}, "part": {"S": "meta"}},
        UpdateExpression="SET finished_at = :at",
        ConditionExpression="attribute_exists(import_id) AND attribute_not_exists(finished_at)",
        ExpressionAttributeValues={":at": {"S": clock.iso(clock.now())}},
    )
    logger().info("an import is done", extra={"import_id": import_id, "parts": found.parts})
