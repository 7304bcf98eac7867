"""DynamoDB: tables in memory that behave as the product needs, customers that are computed, units that are counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any
from zlib import crc32

import orjson

from tests.bench.canned import customers, expressions, partiql
from tests.bench.canned.http import Answer, Request
from tests.bench.canned.sizes import item_size, read_units, write_units

KEYS: dict[str, tuple[str, ...]] = {
    "messages": ("customer_id", "cause"),
    "timeline": ("customer_id", "at_id"),
    "programs": ("program_id",),
    "scripts": ("script_id", "version"),
    "runs": ("run_id", "part"),
    "parked": ("kind", "at_id"),
    "idempotency": ("id",),
    "tickets": ("ticket_id",),
    "work_items": ("work_id",),
}
Item = dict[str, Any]
_JSON = "application/x-amz-json-1.0"


class Refused(Exception):
    """An error answer of DynamoDB."""

    def __init__(self, code: str, item: Item | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.item = item


class DynamoDB:
    """`counted`: (table, "wru"|"rru"|"requests"|"refused") → how many since the last reset."""

    def __init__(self) -> None:
        self.customers = 0
        self.counted: Counter[tuple[str, str]] = Counter()
        # Items lie here as JSON: a few hundred thousand dicts of dicts would fill the machine's memory.
        self.tables: dict[str, dict[str, dict[str, bytes]]] = defaultdict(lambda: defaultdict(dict))

    def reset(self) -> None:
        """Forget every item and count."""
        self.counted.clear()
        self.tables.clear()

    def answer(self, request: Request) -> Answer:
        """Answer one request of any operation the product uses."""
        operation = request.header(b"x-amz-target").rpartition(".")[2]
        body = orjson.loads(request.body)
        try:
            made = getattr(self, f"_do_{operation}")(body)
        except Refused as refused:
            error: Item = {
                "__type": f"com.amazonaws.dynamodb.v20120810#{refused.code}",
                "message": "The request failed",
            }
            if refused.item is not None:
                error["Item"] = refused.item
            return _checked(orjson.dumps(error), 400)
        return _checked(made if isinstance(made, bytes) else orjson.dumps(made))

    # ---- the store

    def _place(self, table: str, item: Item) -> tuple[dict[str, bytes], str]:
        names = KEYS[table]
        values = [next(iter(item[name].values())) for name in names]
        return self.tables[table][values[0]], values[1] if len(values) > 1 else ""

    def _load(self, table: str, key: Item) -> Item | None:
        partition, sort = self._place(table, key)
        raw = partition.get(sort)
        loaded: Item | None = orjson.loads(raw) if raw is not None else None
        return loaded

    def _store(self, table: str, item: Item, before: int = 0) -> None:
        partition, sort = self._place(table, item)
        partition[sort] = orjson.dumps(item)
        self._wrote(_shelf(table, sort), max(before, item_size(item)))

    def _wrote(self, shelf: str, size: int) -> None:
        self.counted[shelf, "wru"] += write_units(size)
        self.counted[shelf, "writes"] += 1

    def _refuse(self, table: str, key: Item, old: Item | None) -> None:
        shelf = _shelf(table, self._place(table, key)[1])
        self._wrote(shelf, item_size(old) if old else 0)
        self.counted[shelf, "refused"] += 1

    def _read(self, table: str, item: Item | None, *, consistent: bool) -> None:
        self.counted[table, "rru"] += read_units(item_size(item) if item else 0, consistent=consistent)  # type: ignore[assignment]

    # ---- operations, by AWS's names

    def _do_GetItem(self, body: Item) -> Item:  # noqa: N802
        item = self._load(body["TableName"], body["Key"])
        self._read(body["TableName"], item, consistent=body.get("ConsistentRead", False))
        return {"Item": item} if item else {}

    def _do_PutItem(self, body: Item) -> Item:  # noqa: N802
        table, item = body["TableName"], body["Item"]
        old = self._load(table, item)
        self._check(table, body, old)
        self._store(table, item, item_size(old) if old else 0)
        return {}

    def _do_DeleteItem(self, body: Item) -> Item:  # noqa: N802
        table = body["TableName"]
        old = self._load(table, body["Key"])
        self._check(table, body, old)
        partition, sort = self._place(table, body["Key"])
        partition.pop(sort, None)
        self._wrote(table, item_size(old) if old else 0)
        return {}

    def _check(self, table: str, body: Item, old: Item | None) -> None:
        text = body.get("ConditionExpression")
        if not text:
            return
        test = expressions.condition(text, expressions.frozen(body.get("ExpressionAttributeNames")))
        if not test(old or {}, body.get("ExpressionAttributeValues") or {}):
            self._refuse(table, body.get("Key") or body["Item"], old)
            wants = body.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
            raise Refused("ConditionalCheckFailedException", old if wants else None)

    def _do_UpdateItem(self, body: Item) -> Item:  # noqa: N802
        table, names = body["TableName"], expressions.frozen(body.get("ExpressionAttributeNames"))
        old = self._load(table, body["Key"])
        self._check(table, body, old)
        item = self._load(table, body["Key"]) or dict(body["Key"])
        expressions.update(body["UpdateExpression"], names)(item, body.get("ExpressionAttributeValues") or {})
        self._store(table, item, item_size(old) if old else 0)
        returned = {"ALL_OLD": old, "ALL_NEW": item}.get(body.get("ReturnValues", "NONE"))
        return {"Attributes": returned} if returned else {}

    def _do_Query(self, body: Item) -> Item:  # noqa: N802
        table = body["TableName"]
        test = expressions.condition(
            body["KeyConditionExpression"], expressions.frozen(body.get("ExpressionAttributeNames"))
        )
        values = body["ExpressionAttributeValues"]
        partition = next(iter(values[":run"].values())) if ":run" in values else None
        places = [self.tables[table][partition]] if partition else list(self.tables[table].values())
        found = [orjson.loads(place[sort]) for place in places for sort in sorted(place)]
        items = [item for item in found if test(item, values)]
        total = sum(map(item_size, items))
        self.counted[table, "rru"] += read_units(total, consistent=body.get("ConsistentRead", False))  # type: ignore[assignment]
        return {"Items": items, "Count": len(items), "ScannedCount": len(items)}

    def _do_BatchGetItem(self, body: Item) -> bytes:  # noqa: N802
        parts = []
        for table, wanted in body["RequestItems"].items():
            consistent, fields = wanted.get("ConsistentRead", False), _fields(wanted)
            if table == "customers":
                found = [n for key in wanted["Keys"] if (n := int(key["customer_id"]["S"][3:])) < self.customers]
                self.counted[table, "rru"] += sum(read_units(customers.size(n), consistent=consistent) for n in found)  # type: ignore[assignment]
                made = customers.encoded(found, fields)
            else:
                items = [item for key in wanted["Keys"] if (item := self._load(table, key)) is not None]
                for item in items:
                    self._read(table, item, consistent=consistent)
                made = b",".join(orjson.dumps(_project(item, fields)) for item in items)
            parts.append(b'"%b":[%b]' % (table.encode(), made))
        return b'{"Responses":{%b},"UnprocessedKeys":{}}' % b",".join(parts)

    def _do_Scan(self, body: Item) -> bytes:  # noqa: N802
        assert body["TableName"] == "customers", "only customers are scanned on the measured paths"
        pages = list(customers.pages(body["Segment"], body["TotalSegments"], self.customers))
        start = body.get("ExclusiveStartKey")
        number = int(start["customer_id"]["S"][3:]) + 1 if start else pages[0].start
        place = next(i for i, page in enumerate(pages) if page.start == number)
        page = pages[place]
        units = read_units(sum(map(customers.size, page)), consistent=body.get("ConsistentRead", False))
        self.counted["customers", "rru"] += units  # type: ignore[assignment]
        self.counted["customers", "scan_rru"] += units  # type: ignore[assignment]
        self.counted["customers", "pages"] += 1
        last = b""
        if place + 1 < len(pages):
            last = b',"LastEvaluatedKey":{"customer_id":{"S":"%b"}}' % customers.customer_id(page[-1]).encode()
        encoded = customers.encoded(page, _fields(body))
        return b'{"Items":[%b],"Count":%d,"ScannedCount":%d%b}' % (encoded, len(page), len(page), last)

    def _do_BatchExecuteStatement(self, body: Item) -> Item:  # noqa: N802
        return {"Responses": [self._execute(statement) for statement in body["Statements"]]}

    def _execute(self, statement: Item) -> Item:
        read, given = partiql.read(statement["Statement"]), statement["Parameters"]
        table = read.table
        if read.inserts:
            item = dict(zip(read.inserts, given, strict=True))
            old = self._load(table, item)
            if old is None:
                self._store(table, item)
                return {"TableName": table}
            self._refuse(table, item, old)
            return _error("DuplicateItem")
        where = dict(zip(read.where, given[len(read.sets) :], strict=True))
        old = self._load(table, where)
        if old is None or any(old.get(name) != value for name, value in where.items()):
            self._refuse(table, where, old)
            return _error("ConditionalCheckFailed")
        before = item_size(old)
        old.update(zip(read.sets, given, strict=False))
        for name in read.removes:
            old.pop(name, None)
        self._store(table, old, before)
        return {"TableName": table}


def _shelf(table: str, sort: str) -> str:
    """What a write is counted under: its table, but the messages table's book of contacts (for the cap) apart."""
    return "contacts" if table == "messages" and sort == "contacts" else table


def _checked(body: bytes, status: int = 200) -> Answer:
    """boto3 compares the checksum, and asks again where it is wrong."""
    return Answer(body, status, _JSON, {"x-amz-crc32": str(crc32(body))})


def _error(code: str) -> Item:
    return {"Error": {"Code": code, "Message": "The conditional request failed"}}


def _fields(wanted: Item) -> tuple[str, ...] | None:
    if "ProjectionExpression" not in wanted:
        return None
    names = wanted.get("ExpressionAttributeNames") or {}
    return tuple(names.get(part.strip(), part.strip()) for part in wanted["ProjectionExpression"].split(","))


def _project(item: Item, fields: tuple[str, ...] | None) -> Item:
    return item if fields is None else {name: item[name] for name in fields if name in item}
