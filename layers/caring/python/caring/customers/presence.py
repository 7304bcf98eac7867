"""When a customer last wrote, and where: what opens WhatsApp's 24 hours, ends a run's waves, and chooses a channel.

It stands on the customer's item: `last_reply_at`, `answers_on`, `whatsapp_window_until` and, of who hides his number
there, `whatsapp_user`. No import touches them.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from caring import aws, clock, environment, tables
from caring.customers import store
from caring.customers.bulk import read_customers
from caring.customers.model import Item, flag

WINDOW = timedelta(hours=24)  # WhatsApp's: free text may go out so long after the customer's own message


def wrote(customer_id: str, *, channel: str, at: datetime, user_id: str | None = None) -> None:
    """A customer has written himself; hearing it again, or late, changes nothing that is newer."""
    moment = {"S": clock.iso(at)}
    _newer(
        customer_id,
        "last_reply_at",
        moment,
        "SET last_reply_at = :new, answers_on = :channel",
        {":channel": {"S": channel}},
    )
    if channel == "whatsapp":
        until = {"S": clock.iso(at + WINDOW)}
        named = ", whatsapp_user = :user" if user_id else ""
        values = {":user": {"S": user_id}} if user_id else {}
        _newer(customer_id, "whatsapp_window_until", until, f"SET whatsapp_window_until = :new{named}", values)


def learn(users: Mapping[str, str]) -> None:
    """Keep WhatsApp's ids of customers, {customer_id: user_id}, where none is known: one write per customer, ever.

    So a customer who hides his number later is known though he has never written.
    """
    known = read_customers(sorted(users), ("customer_id", "whatsapp_user", "erased"))
    for customer_id, customer in known.items():
        if "whatsapp_user" not in customer and not flag(customer, "erased"):
            tables.update(
                environment.table("customers"),
                {"customer_id": {"S": customer_id}},
                UpdateExpression="SET whatsapp_user = :user",
                ConditionExpression="attribute_exists(customer_id) AND attribute_not_exists(whatsapp_user)"
                " AND attribute_not_exists(erased)",
                ExpressionAttributeValues={":user": {"S": users[customer_id]}},
            )


def find_by_whatsapp_user(user_id: str) -> list[Item]:
    """Customers who have written under this business-scoped user id, with their number."""
    answer = aws.client("dynamodb").query(
        TableName=environment.table("customers"),
        IndexName="by_whatsapp_user",
        KeyConditionExpression="whatsapp_user = :user",
        ExpressionAttributeValues={":user": {"S": user_id}},
    )
    return store.existing(item["customer_id"]["S"] for item in answer["Items"])


def _newer(customer_id: str, field: str, value: Mapping[str, str], sets: str, values: Mapping[str, Any]) -> None:
    """Set a time and what goes with it, unless a later one stands there."""
    tables.update(
        environment.table("customers"),
        {"customer_id": {"S": customer_id}},
        UpdateExpression=sets,
        ConditionExpression=f"attribute_exists(customer_id) AND (attribute_not_exists({field}) OR {field} < :new)",
        ExpressionAttributeValues={":new": value, **values},
    )
