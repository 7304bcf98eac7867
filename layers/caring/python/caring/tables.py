"""Many items in one request: reads by key until nothing is left over, and PartiQL statements that each fail alone."""

import random
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

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
