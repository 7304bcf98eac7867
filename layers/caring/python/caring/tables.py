"""Many items in one request: reads by key until nothing is left over, and PartiQL statements that each fail alone."""

from collections.abc import Iterable, Sequence
from typing import Any

from caring import aws

WRITES = 25  # statements that one request takes
_READS = 100  # keys that one request takes
_ANSWERS = (None, "DuplicateItem", "ConditionalCheckFailed")

Item = dict[str, Any]


class Refused(RuntimeError):
    """DynamoDB refused a statement for a reason that is no answer (throttled, invalid): the caller's work is redone."""


def read(table: str, keys: Iterable[Item], fields: Sequence[str] = (), *, consistent: bool = True) -> list[Item]:
    """The items that exist among typed keys, in no order; `fields` narrows the attributes."""
    request: dict[str, Any] = {"ConsistentRead": consistent}
    if fields:
        names = {f"#r{i}": name for i, name in enumerate(fields)}
        request |= {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}
    found: list[Item] = []
    todo = list(keys)
    while todo:
        batch, todo = todo[:_READS], todo[_READS:]
        answer = aws.tables_client().batch_get_item(RequestItems={table: {"Keys": batch, **request}})
        found += answer["Responses"].get(table, [])
        todo += answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
    return found


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
