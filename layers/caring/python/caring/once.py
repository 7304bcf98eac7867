"""The time at which something was first heard of, however often and late it is told again."""

from datetime import datetime

from caring import aws, clock, environment
from caring.customers.model import text

_REMEMBERED_DAYS = 14  # as long as a queue may keep a message


def first_time(name: str, at: datetime) -> datetime:
    """The `at` with which `name` came first: what is repeated with another time is no new thing."""
    return first_told(name, at, None)[0]


def first_told(name: str, at: datetime, customer_id: str | None) -> tuple[datetime, str | None]:
    """The same with the customer whom it was first found to be about; None while nobody is known."""
    until = int(clock.to_wall(clock.now()).timestamp()) + _REMEMBERED_DAYS * 86_400
    whose = ", customer_id = if_not_exists(customer_id, :whose)" if customer_id else ""
    values = {":whose": {"S": customer_id}} if customer_id else {}
    answer = aws.client("dynamodb").update_item(
        TableName=environment.table("idempotency"),
        Key={"id": {"S": name}},
        UpdateExpression=f"SET #at = if_not_exists(#at, :at), expiration = :until{whose}",
        ExpressionAttributeNames={"#at": "at"},
        ExpressionAttributeValues={":at": {"S": clock.iso(at)}, ":until": {"N": str(until)}, **values},
        ReturnValues="ALL_NEW",
    )
    known = answer["Attributes"]
    return clock.parse(known["at"]["S"]), text(known, "customer_id")
