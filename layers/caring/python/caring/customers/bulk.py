"""Many customers at once, as typed items."""

from typing import Any

from caring import aws, environment
from caring.customers.model import Item


def read_customers(ids: list[str], reads: tuple[str, ...] = ()) -> dict[str, Item]:
    """The customers that exist among `ids`, read consistently; `reads` narrows the attributes."""
    request: dict[str, Any] = {"ConsistentRead": True}
    if reads:
        names = {f"#r{i}": name for i, name in enumerate(reads)}
        request |= {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}
    table = environment.table("customers")
    found: dict[str, Item] = {}
    todo = [{"customer_id": {"S": customer_id}} for customer_id in ids]
    while todo:
        batch, todo = todo[:100], todo[100:]
        answer = aws.client("dynamodb").batch_get_item(RequestItems={table: {"Keys": batch, **request}})
        found |= {item["customer_id"]["S"]: item for item in answer["Responses"].get(table, [])}
        todo += answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
    return found
