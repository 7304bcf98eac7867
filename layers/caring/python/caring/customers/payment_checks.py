"""A customer says that he has paid: his reminders wait while the billing unit looks, and he is told so once.

The pause stands on the customer's item as `payment_check` {at, until, event_id}; runs that a payment ends ask for it
before each message.
"""

from datetime import datetime, timedelta
from typing import Any

from caring import clock, configuration, conversation, environment, tables
from caring.customers import store
from caring.customers.model import Item, number, text
from caring.errors import CaringError
from caring.observability import logger, safe
from caring.runs import windows
from caring.typed import plain, typed
from caring.work import items

RECEIVED, CHECKING = "payment-received", "payment-check"  # the scripts that answer him


def hear(customer_id: str, *, at: datetime, event_id: str, channel: str) -> None:
    """Take a customer's word that he has paid; the same word again, or another during the check, changes nothing."""
    customer = store.get(customer_id)
    if "paid_on" in customer or not number(customer, "amount_due"):
        _answer(customer, RECEIVED, at, channel)
        return
    begun = _begin(customer_id, at, event_id)
    if begun["event_id"] != event_id:
        return
    items.enter([_item(customer, begun)])
    _answer(customer, CHECKING, at, channel)


def end(customer_id: str) -> None:
    """The check is over and nothing was found: the reminders go on. The word that began it stays known."""
    tables.update(
        environment.table("customers"),
        {"customer_id": {"S": customer_id}},
        UpdateExpression="SET payment_check.#until = :now",
        ConditionExpression="payment_check.#until > :now",
        ExpressionAttributeNames={"#until": "until"},
        ExpressionAttributeValues={":now": {"S": clock.iso(clock.now())}},
    )


def _begin(customer_id: str, at: datetime, event_id: str) -> dict[str, Any]:
    """The check that now stands: this one, or one that another message began and that still goes on."""
    until = clock.now() + timedelta(days=configuration.get().payments.check_days)
    over = "(payment_check.#until <= :now AND payment_check.event_id <> :event)"
    check = {"at": clock.iso(at), "until": clock.iso(until), "event_id": event_id}
    begun = tables.update(
        environment.table("customers"),
        {"customer_id": {"S": customer_id}},
        UpdateExpression="SET payment_check = :check",
        ConditionExpression=f"attribute_exists(customer_id) AND (attribute_not_exists(payment_check) OR {over})",
        ExpressionAttributeNames={"#until": "until"},
        ExpressionAttributeValues={
            ":check": typed(check),
            ":now": {"S": clock.iso(clock.now())},
            ":event": {"S": event_id},
        },
    )
    if begun is None:
        standing = store.get(customer_id).get("payment_check")
        return plain(standing) if standing else {**check, "event_id": ""}
    return check


def _item(customer: Item, check: dict[str, Any]) -> dict[str, Any]:
    reason = "the customer says that he has paid: look whether the money came in"
    work_id = f"collaborate-paid-{check['event_id']}"
    made = items.about(customer, "collaborate", work_id, unit="billing", reason=reason, due="payment_check")
    return made | {"payment_check": True}


def _answer(customer: Item, script_id: str, at: datetime, channel: str) -> None:
    """Answer where he wrote, with the same words once a day at most; without an approved script he gets no answer."""
    day = clock.local_date(at, windows.zone_of(text(customer, "witel_key")))
    try:
        conversation.say(
            customer["customer_id"]["S"],
            cause=f"{script_id}-{day:%Y%m%d}",
            script_id=script_id,
            purpose="service",
            channel=channel,
        )
    except CaringError as refusal:
        if refusal.status not in (404, 409):
            raise
        logger().warning("an answer has no approved script", extra={"script_id": script_id, "error": safe(refusal)})
