"""The channel that a person has chosen for a customer, with his reason: it goes before what the rules would choose.

It stands on the customer's item as `preferred` {channel, reason, by, at}, which no import touches, and each choice is
an event on the timeline.
"""

from typing import Any

from botocore.exceptions import ClientError

from caring import aws, clock, environment, timeline
from caring.customers import store
from caring.customers.model import PURPOSES, Item, consent, contact_value, flag, invalid_reason
from caring.errors import conflict, not_found
from caring.typed import typed


def standing(customer: Item, channel: str) -> tuple[bool, str | None]:
    """Whether a channel may be used for a customer at all now, and a sentence on what stands in its way."""
    if not contact_value(customer, channel):
        return False, f"he has no number or mailbox for {channel}: until he has, the rules choose"
    if reason := invalid_reason(customer, channel):
        return False, f"his number or mailbox for {channel} does not work ({reason}): until it does, the rules choose"
    without = [purpose for purpose in PURPOSES if not consent(customer, channel, purpose)]
    if len(without) == len(PURPOSES):
        return False, f"he has not consented to {channel}: until he does (POST /consents), the rules choose"
    if without:
        return True, f"he has not consented to {' and '.join(without)} by {channel}: for these the rules choose"
    if channel == "voice":
        return True, "programs send by voice only where they name it among their channels"
    return True, None


def prefer(customer_id: str, channel: str | None, *, reason: str, actor: str) -> dict[str, Any] | None:
    """Choose a channel for a customer, or with None leave the choice to the rules again; what now stands with him.

    CaringError 404 for an unknown customer, 409 for one whose data were erased.
    """
    at = clock.iso(clock.now())
    chosen = {"channel": channel, "reason": reason, "by": actor, "at": at} if channel else None
    change = "SET preferred = :chosen, updated_at = :at" if chosen else "SET updated_at = :at REMOVE preferred"
    values = {":one": {"N": "1"}, ":yes": {"BOOL": True}, ":at": {"S": at}}
    try:
        aws.client("dynamodb").update_item(
            TableName=environment.table("customers"),
            Key={"customer_id": {"S": customer_id}},
            UpdateExpression=f"{change} ADD version :one",
            ConditionExpression="attribute_exists(customer_id) AND (attribute_not_exists(erased) OR erased <> :yes)",
            ExpressionAttributeValues=values | ({":chosen": typed(chosen)} if chosen else {}),
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        if flag(store.get(customer_id), "erased"):
            raise conflict("erased", "the customer's data were erased and cannot be changed any more") from None
        raise not_found("customer", customer_id) from None
    timeline.append(customer_id, "preferred_channel", channel=channel, reason=reason, by=actor)
    return chosen
