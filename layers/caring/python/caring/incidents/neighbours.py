"""Who lives in an area, by the index of customers."""

from collections.abc import Iterator

from caring import environment, tables


def of_area(area: str, after: str | None = None) -> Iterator[str]:
    """The ids of an area's customers in their order, after one of them."""
    condition, values = "area_key = :area", {":area": {"S": area}}
    if after:
        condition += " AND customer_id > :after"
        values[":after"] = {"S": after}
    for item in tables.query(
        environment.table("customers"),
        IndexName="by_area",
        KeyConditionExpression=condition,
        ExpressionAttributeValues=values,
    ):
        yield item["customer_id"]["S"]


def count(area: str) -> int:
    """How many customers live in an area."""
    return sum(1 for _ in of_area(area))
