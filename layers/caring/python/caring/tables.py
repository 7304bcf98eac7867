"""DynamoDB's answers made plain: reads by key until nothing is left over, queries over all pages, conditions that fail.

PartiQL statements go many in one request, and each fails alone.
"""

import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from caring import aws

WRITES = 25  # statements that one request takes
_READS = 100  # keys that one request takes
_ATTEMPTS = 8  # requests for what was left over
_ANSWERS = (None, "DuplicateItem", "ConditionalCheckFailed")

Item = dict[str, Any]


class Refused(RuntimeError):
    """DynamoDB refused for a reason that is no answer (throttled, busy, invalid): the caller's work is redone."""


def read(table: str, keys: Iterable[Item], fields: Sequence[str] = (), *, consistent: bool = True) -> list[Item]:
    """The items that exist among typed keys, in no order; `fields` narrows the attributes."""
    request: dict[str, Any] = {"ConsistentRead": consistent}
    if fields:
        names = {f"#r{i}": name for i, name in enumerate(fields)}
        request |= {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}
    found: list[Item] = []
    todo = list(keys)
    for start in range(0, len(todo), _READS):
        found += read_many({table: {"Keys": todo[start : start + _READS], **request}})[table]
    return found


def read_many(requests: Mapping[str, Item]) -> dict[str, list[Item]]:
    """The items of several tables in one read: {table: {Keys, ConsistentRead, …}}, at most 100 keys → {table: items}.

    What DynamoDB leaves over is asked for again after a pause, which grows. Raises Refused when it keeps leaving some.
    """
    found: dict[str, list[Item]] = {table: [] for table in requests}
    todo: Mapping[str, Item] = requests
    for attempt in range(_ATTEMPTS):
        answer = aws.tables_client().batch_get_item(RequestItems=todo)
        for table, items in answer["Responses"].items():
            found[table] += items
        todo = answer.get("UnprocessedKeys")
        if not todo:
            return found
        time.sleep(min(0.05 * 2**attempt, 2.0) * random.uniform(0.5, 1.0))  # noqa: S311 - spreads retries, no secret
    raise Refused(f"keys were left unread {_ATTEMPTS} times")


def query(table: str, **request: Any) -> Iterator[Item]:
    """The typed items that a query finds, from all its pages, each of which is asked for when it is needed."""
    for page in aws.client("dynamodb").get_paginator("query").paginate(TableName=table, **request):
        yield from page["Items"]


def update(table: str, key: Item, **request: Any) -> Item | None:
    """Change an item: the attributes that `ReturnValues` asks for, None when the request's condition does not hold."""
    try:
        answer = aws.client("dynamodb").update_item(TableName=table, Key=key, **request)
    except ClientError as error:
        _let_conditions_fail(error)
        return None
    attributes: Item = answer.get("Attributes", {})
    return attributes


def set_values(table: str, key: Item, values: Mapping[str, Item]) -> None:
    """Set typed attributes of an item, whatever they are called."""
    update(
        table,
        key,
        UpdateExpression="SET " + ", ".join(f"#v{place} = :v{place}" for place in range(len(values))),
        ExpressionAttributeNames={f"#v{place}": name for place, name in enumerate(values)},
        ExpressionAttributeValues={f":v{place}": value for place, value in enumerate(values.values())},
    )


def transact(items: Sequence[Mapping[str, Item]]) -> list[str | None]:
    """Write items ({"Put": …} or {"Update": …}) all or none: [] when written, else what each came to.

    That is None or ConditionalCheckFailed. What is in conflict with another write is tried again after a pause.
    Raises Refused when it stays so.
    """
    for attempt in range(_ATTEMPTS):
        try:
            aws.client("dynamodb").transact_write_items(TransactItems=items)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code not in ("TransactionCanceledException", "TransactionConflictException"):
                raise
            reasons = [reason.get("Code", "None") for reason in error.response.get("CancellationReasons", ())]
            if reasons and all(reason in ("None", "ConditionalCheckFailed") for reason in reasons):
                return [None if reason == "None" else reason for reason in reasons]
            time.sleep(min(0.05 * 2**attempt, 2.0) * random.uniform(0.5, 1.0))  # noqa: S311 - spreads retries, no secret
        else:
            return []
    raise Refused(f"a transaction was in conflict {_ATTEMPTS} times")


def put_new(table: str, item: Item, key: str) -> bool:
    """Put a typed item that is not there yet; False if it is. `key` is the name of its partition key."""
    try:
        aws.client("dynamodb").put_item(TableName=table, Item=item, ConditionExpression=f"attribute_not_exists({key})")
    except ClientError as error:
        _let_conditions_fail(error)
        return False
    return True


def _let_conditions_fail(error: ClientError) -> None:
    """Raise what is no answer to a condition."""
    if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
        raise error


def write(statements: Sequence[Item]) -> list[str | None]:
    """Run at most 25 statements; for each None where it took, else DuplicateItem or ConditionalCheckFailed.

    Raises Refused for any other error.
    """
    if not statements:
        return []
    answer = aws.tables_client().batch_execute_statement(Statements=list(statements))
    codes = [response["Error"]["Code"] if "Error" in response else None for response in answer["Responses"]]
    refused = {str(code) for code in codes if code not in _ANSWERS}
    if refused:
        raise Refused(", ".join(sorted(refused)))
    return codes


def insert(table: str, item: Item) -> Item:
    """The statement that enters a typed item, if none of its key is there."""
    fields = ", ".join(f"'{name}': ?" for name in item)
    return {"Statement": f'INSERT INTO "{table}" VALUE {{{fields}}}', "Parameters": list(item.values())}
