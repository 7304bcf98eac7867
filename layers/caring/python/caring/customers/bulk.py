"""Many customers at once, as typed items."""

from caring import environment, tables
from caring.customers.model import Item


def read_customers(ids: list[str], reads: tuple[str, ...] = ()) -> dict[str, Item]:
    """The customers that exist among `ids`, read consistently; `reads` narrows the attributes."""
    keys = [{"customer_id": {"S": customer_id}} for customer_id in ids]
    return {item["customer_id"]["S"]: item for item in tables.read(environment.table("customers"), keys, reads)}
