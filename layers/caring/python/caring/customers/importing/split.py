"""An uploaded file becomes parts: refuse it, or decide for each row whether it is one, and write the rows out in parts.

Only here is the whole file seen, so the rejections of rule 2, duplicates among them, are decided here. What a part says
depends on the file alone; doing it again, after a crash or a repeated event, gives the same parts.
"""

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from caring import aws, clock, configuration, environment, tables
from caring.customers.importing import episodes, store
from caring.customers.importing.file import Refused, Table
from caring.customers.importing.rows import Claims
from caring.observability import logger

_SHOWN_ID = 40  # characters of a malformed customer id that its answer repeats, so that the row can be mended


def split_upload(key: str) -> None:
    """Cut the file at uploads/{import_id}/… into parts and queue them; an import takes one file, its first.

    Harmless when repeated: parts that are queued twice are imported once.
    """
    import_id = store.import_of(key)
    found = store.load(import_id) if import_id else None
    if import_id is None or found is None or found.meta["key"]["S"] != key:
        logger().warning("an upload belongs to no import", extra={"import_id": import_id})
        return
    if found.parts is None and found.status != "refused":
        _mark(import_id, {"started_at": {"S": clock.iso(clock.now())}})
        found = _split(import_id, key, found.meta["kind"]["S"])
    if found.status == "running":
        _queue_unfinished(import_id, found)


def _split(import_id: str, key: str, kind: str) -> store.Import:
    source = aws.client("s3").get_object(Bucket=environment.get("DATA_BUCKET"), Key=key)
    name = "".join(c for c in source["ETag"] if c.isalnum())
    try:
        rows, parts = _write_parts(import_id, name, _table(source, kind), _rejections(kind))
    except Refused as refusal:
        code: dict[str, Any] = {"code": {"S": refusal.code}}
        if refusal.columns:
            code["columns"] = {"L": [{"S": column} for column in refusal.columns]}
        _mark(import_id, {"refused": {"M": code}, "finished_at": {"S": clock.iso(clock.now())}})
        logger().info("an import was refused", extra={"import_id": import_id, "code": refusal.code})
    else:
        cut = {"source": {"S": name}, "rows": {"N": str(rows)}, "parts": {"N": str(parts)}}
        _mark(import_id, cut if parts else cut | {"finished_at": {"S": clock.iso(clock.now())}})
        logger().info("an import was split", extra={"import_id": import_id, "rows": rows, "parts": parts})
    found = store.load(import_id)  # of two deliveries at once the first to mark it decides which upload counts
    if found is None:
        raise RuntimeError(f"import {import_id} has gone while it was split")
    return found


def _mark(import_id: str, values: dict[str, Any]) -> None:
    """Set attributes of an import whose file is not decided on yet; nothing happens if it is."""
    tables.update(
        environment.table("imports"),
        {"import_id": {"S": import_id}, "part": {"S": "meta"}},
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
        ConditionExpression="attribute_exists(import_id) AND attribute_not_exists(parts) "
        "AND attribute_not_exists(refused)",
        ExpressionAttributeNames={f"#{name}": name for name in values},
        ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
    )


def _table(upload: dict[str, Any], kind: str) -> Table:
    if upload["ContentLength"] > configuration.get().import_.max_bytes:
        raise Refused("too_large")
    data = upload["Body"].read()
    return Table(data, episodes.COLUMNS, episodes.REQUIRED) if kind == "episodes" else Table(data)


def _rejections(kind: str) -> Callable[[str, str], str | None]:
    """What the whole file tells of a row; a file of episodes may name a customer as often as it likes."""
    return (lambda _customer_id, _episode: None) if kind == "episodes" else Claims().rejection


def _write_parts(
    import_id: str, source: str, table: Table, rejection: Callable[[str, str], str | None]
) -> tuple[int, int]:
    """(rows, parts): a part is a line with the column names, then a line [row, null, cells] or [row, reason, id] each.

    Lines are JSON.
    """
    head = orjson.dumps(table.columns)
    rows = parts = 0
    lines = [head]
    for line in _lines(table, rejection):
        rows += 1
        lines.append(line)
        if len(lines) > configuration.get().import_.part_rows:
            parts += 1
            _put(store.part_key(import_id, source, parts), lines)
            lines = [head]
    if len(lines) > 1:
        parts += 1
        _put(store.part_key(import_id, source, parts), lines)
    return rows, parts


def _lines(table: Table, rejection: Callable[[str, str], str | None]) -> Iterator[bytes]:
    for number, reason, cells in table:
        if reason:
            yield orjson.dumps([number, reason, None])
        elif rejected := rejection(cells[0], cells[1]):
            yield orjson.dumps([number, rejected, cells[0][:_SHOWN_ID] or None])
        else:
            yield orjson.dumps([number, None, cells])


def _put(key: str, lines: list[bytes]) -> None:
    aws.client("s3").put_object(Bucket=environment.get("DATA_BUCKET"), Key=key, Body=b"\n".join(lines))


def _queue_unfinished(import_id: str, found: store.Import) -> None:
    finished = {part.number for part in found.finished}
    waiting = [number for number in range(1, (found.parts or 0) + 1) if number not in finished]
    for start in range(0, len(waiting), 10):
        entries = [
            {
                "Id": str(number),
                "MessageBody": orjson.dumps({"v": 1, "kind": "part", "import_id": import_id, "part": number}).decode(),
            }
            for number in waiting[start : start + 10]
        ]
        answer = aws.client("sqs").send_message_batch(QueueUrl=environment.get("IMPORTS_QUEUE_URL"), Entries=entries)
        if answer.get("Failed"):  # the event is delivered again and queues what is still unfinished
            raise RuntimeError(f"{len(answer['Failed'])} parts of import {import_id} could not be queued")
