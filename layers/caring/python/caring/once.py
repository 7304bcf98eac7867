"""The time at which something was first heard of, however often and late it is told again."""

from datetime import datetime

from caring import aws, clock, environment

_REMEMBERED_DAYS = 14  # as long as a queue may keep a message


def first_time(name: str, at: datetime) -> datetime:
    """The `at` with which `name` came first: what is repeated with another time is no new thing."""
    until = int(clock.to_wall(clock.now()).timestamp()) + _REMEMBERED_DAYS * 86_400
    answer = aws.client("dynamodb").update_item(
        TableName=environment.table("idempotency"),
        Key={"id": {"S": name}},
        UpdateExpression="SET #at = if_not_exists(#at, :at), expiration = :until",
        ExpressionAttributeNames={"#at": "at"},
        ExpressionAttributeValues={":at": {"S": clock.iso(at)}, ":until": {"N": str(until)}},
        ReturnValues="ALL_NEW",
    )
    return clock.parse(answer["Attributes"]["at"]["S"])
