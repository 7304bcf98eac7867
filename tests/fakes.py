"""Hand-written stand-ins for AWS, in memory: as much of DynamoDB, S3 and SQS as they use, with their conditions.

They are for tests that walk through a run, or a complaint, hundreds of times, for which the emulator is too slow. What
they do not understand is an error, and tests/test_fakes.py holds them against the emulator. Items are copied:
nobody changes a typed value in place.
"""

# ruff: noqa: N803 - the names of arguments are AWS's own

from __future__ import annotations

import copy
import io
import re
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from tests.bench.canned import expressions

Item = dict[str, Any]
Key = tuple[str, ...]


def refused(code: str, operation: str, **more: Any) -> ClientError:
    """An error as botocore raises it."""
    response: Any = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": 400}, **more}
    return ClientError(response, operation)


NotUnderstood = expressions.Unreadable


class Client:
    """What all fakes share: pages are calls of the operation itself, so that each can be counted."""

    def get_paginator(self, operation: str) -> Paginator:
        """A paginator whose every page is one call."""
        return Paginator(getattr(self, operation))


@dataclass
class Paginator:
    """Pages of a query or scan."""

    call: Callable[..., dict[str, Any]]

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        """Each page."""
        more: dict[str, Any] = {}
        while True:
            page = self.call(**request, **more)
            yield page
            if "LastEvaluatedKey" not in page:
                return
            more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


class DynamoDB(Client):
    """Tables of items, with conditional writes that are atomic."""

    def __init__(self, keys: dict[str, tuple[str, ...]], indexes: dict[str, tuple[str, ...]] | None = None) -> None:
        self.keys = keys  # table → its key's attributes
        self.indexes = indexes or {}  # index → its key's attributes; it holds keys only
        self.tables: dict[str, dict[Key, Item]] = {table: {} for table in keys}
        self._lock = threading.RLock()

    def _key(self, table: str, item: Item) -> Key:
        return tuple(str(next(iter(item[name].values()))) for name in self.keys[table])

    def get_item(self, TableName: str, Key: Item, **_: Any) -> dict[str, Any]:
        """One item."""
        with self._lock:
            item = self.tables[TableName].get(self._key(TableName, Key))
        return {"Item": dict(item)} if item is not None else {}

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:
        """Items of several tables; a key given twice is refused, as on AWS."""
        if sum(len(asked["Keys"]) for asked in RequestItems.values()) > 100:
            raise refused("ValidationException", "BatchGetItem")
        answer: dict[str, list[Item]] = {}
        for table, asked in RequestItems.items():
            keys = [self._key(table, key) for key in asked["Keys"]]
            if len(set(keys)) < len(keys):
                raise refused("ValidationException", "BatchGetItem")
            with self._lock:
                found = [self.tables[table][key] for key in keys if key in self.tables[table]]
            answer[table] = [_projected(item, asked) for item in found]
        return {"Responses": answer, "UnprocessedKeys": {}}

    def put_item(self, TableName: str, Item: Item, **request: Any) -> dict[str, Any]:
        """Write an item whole."""
        with self._lock:
            self._check(TableName, self._key(TableName, Item), request, "PutItem")
            self.tables[TableName][self._key(TableName, Item)] = dict(Item)
        return {}

    def delete_item(self, TableName: str, Key: Item) -> dict[str, Any]:
        """Remove an item."""
        self.tables[TableName].pop(self._key(TableName, Key), None)
        return {}

    def update_item(self, TableName: str, Key: Item, UpdateExpression: str, **request: Any) -> dict[str, Any]:
        """Change an item, or make it."""
        key = self._key(TableName, Key)
        with self._lock:
            self._check(TableName, key, request, "UpdateItem")
            old = self.tables[TableName].get(key, {})
            new = copy.deepcopy(old) or dict(Key)
            _update(new, UpdateExpression, request)
            self.tables[TableName][key] = new
        wanted = {"ALL_OLD": old, "ALL_NEW": new}.get(request.get("ReturnValues", ""))
        return {"Attributes": dict(wanted)} if wanted else {}

    def _check(self, table: str, key: Key, request: dict[str, Any], operation: str) -> None:
        old = self.tables[table].get(key)
        if "ConditionExpression" in request and not _holds(request["ConditionExpression"], old or {}, request):
            shown = {"Item": dict(old)} if old and "ReturnValuesOnConditionCheckFailure" in request else {}
            raise refused("ConditionalCheckFailedException", operation, **shown)

    def query(self, TableName: str, KeyConditionExpression: str, **request: Any) -> dict[str, Any]:
        """Items of one partition, in the order of their sort keys."""
        order = self.keys[TableName]
        with self._lock:
            items = [i for i in self.tables[TableName].values() if _holds(KeyConditionExpression, i, request)]
        if "IndexName" in request:
            if request["IndexName"] not in self.indexes:
                raise NotUnderstood(f"the index {request['IndexName']}")
            order = (*self.indexes[request["IndexName"]], *order)
            items = [{name: i[name] for name in order} for i in items if all(name in i for name in order)]
        items.sort(key=lambda i: [str(i[n]) for n in order], reverse=not request.get("ScanIndexForward", True))
        return {"Items": [_projected(item, request) for item in items[: request.get("Limit")]]}

    def transact_write_items(self, TransactItems: list[dict[str, Any]]) -> dict[str, Any]:
        """Puts and updates, all or none."""
        with self._lock:
            reasons = []
            for ((verb, request),) in (entry.items() for entry in TransactItems):
                if verb not in ("Put", "Update"):
                    raise NotUnderstood(verb)
                table = request["TableName"]
                old = self.tables[table].get(self._key(table, request.get("Item") or request["Key"]), {})
                good = "ConditionExpression" not in request or _holds(request["ConditionExpression"], old, request)
                reasons.append({"Code": "None" if good else "ConditionalCheckFailed"})
            if any(reason["Code"] != "None" for reason in reasons):
                raise refused("TransactionCanceledException", "TransactWriteItems", CancellationReasons=reasons)
            for ((verb, request),) in (entry.items() for entry in TransactItems):
                getattr(self, "put_item" if verb == "Put" else "update_item")(**request)
        return {}

    def scan(self, TableName: str, Segment: int = 0, TotalSegments: int = 1, **request: Any) -> dict[str, Any]:
        """One segment of a table."""
        with self._lock:
            items = [
                item
                for key, item in sorted(self.tables[TableName].items())
                if zlib.crc32(key[0].encode()) % TotalSegments == Segment
            ]
        return {"Items": [_projected(item, request) for item in items]}

    def batch_execute_statement(self, Statements: list[dict[str, Any]]) -> dict[str, Any]:
        """PartiQL INSERT and UPDATE, each of which fails on its own."""
        if len(Statements) > 25:
            raise refused("ValidationException", "BatchExecuteStatement")
        answers = []
        for statement in Statements:
            code = self._execute(statement["Statement"], list(statement["Parameters"]))
            answers.append({"Error": {"Code": code, "Message": code}} if code else {})
        return {"Responses": answers}

    def _execute(self, statement: str, values: list[Any]) -> str | None:
        table = re.findall(r'"([^"]+)"', statement)[0]
        if statement.startswith("INSERT INTO"):
            names = re.findall(r"'(\w+)': \?", statement)
            item = dict(zip(names, values, strict=True))
            with self._lock:
                return None if self.tables[table].setdefault(self._key(table, item), item) is item else "DuplicateItem"
        if not statement.startswith("UPDATE"):
            raise NotUnderstood(statement)
        sets, where = (re.findall(r'"(\w+)"=\?', part) for part in statement.split(" WHERE "))
        changes, wanted = dict(zip(sets, values, strict=False)), dict(zip(where, values[len(sets) :], strict=True))
        with self._lock:
            item = self.tables[table].get(self._key(table, wanted), {})
            if not item or any(item.get(name) != value for name, value in wanted.items()):
                return "ConditionalCheckFailed"
            item.update(changes)
        return None


def _projected(item: Item, request: dict[str, Any]) -> Item:
    if "ProjectionExpression" not in request:
        return dict(item)
    names = request.get("ExpressionAttributeNames", {})
    wanted = [names.get(sign.strip(), sign.strip()) for sign in request["ProjectionExpression"].split(",")]
    return {name: item[name] for name in wanted if name in item}


def _holds(condition: str, item: Item, request: dict[str, Any]) -> bool:
    names = expressions.frozen(request.get("ExpressionAttributeNames"))
    return expressions.condition(condition, names)(item, request.get("ExpressionAttributeValues", {}))


def _update(item: Item, expression: str, request: dict[str, Any]) -> None:
    names = expressions.frozen(request.get("ExpressionAttributeNames"))
    expressions.update(expression, names)(item, request.get("ExpressionAttributeValues", {}))


class S3(Client):
    """Objects that may be written if they are not there."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}

    def put_object(self, Bucket: str, Key: str, Body: bytes, IfNoneMatch: str | None = None) -> dict[str, Any]:
        """Write an object."""
        if IfNoneMatch and (Bucket, Key) in self.objects:
            raise refused("PreconditionFailed", "PutObject")
        self.objects[Bucket, Key] = Body
        return {}

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        """Read an object."""
        if (Bucket, Key) not in self.objects:
            raise refused("NoSuchKey", "GetObject")
        return {"Body": io.BytesIO(self.objects[Bucket, Key])}


@dataclass
class Queued:
    """A message on a queue: its body, when it may be seen (epoch seconds), and how often it was."""

    body: str
    visible: float
    receives: int = 0


@dataclass
class SQS(Client):
    """Queues by URL; `now` tells the time."""

    now: Callable[[], float]
    queues: dict[str, list[Queued]] = field(default_factory=dict)

    def send_message(self, QueueUrl: str, MessageBody: str, DelaySeconds: int = 0) -> dict[str, Any]:
        """Put one message on a queue."""
        self.queues.setdefault(QueueUrl, []).append(Queued(MessageBody, self.now() + DelaySeconds))
        return {"MessageId": "m"}

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        """Put up to ten."""
        if not 1 <= len(Entries) <= 10:
            raise refused("AWS.SimpleQueueService.TooManyEntriesInBatchRequest", "SendMessageBatch")
        for entry in Entries:
            self.send_message(QueueUrl, entry["MessageBody"], entry.get("DelaySeconds", 0))
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries]}

    def get_queue_attributes(self, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:
        """How many messages lie there."""
        lying = len(self.queues.get(QueueUrl, []))
        return {"Attributes": {name: str(lying) if name == AttributeNames[0] else "0" for name in AttributeNames}}
