"""Payments: money that came in stops the reminders that have not left, for each send reads the customer again.

A payment lowers amount_due; one that covers it also sets paid_on. paid_for keeps the due date it was paid towards, so
that a later import of the same bill does not bring the old amount back, while the next bill counts again.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from caring import aws, clock, configuration, environment, timeline
from caring.customers import model, store
from caring.errors import CaringError, conflict
from caring.nps import episodes

_TRIES = 5
_REMEMBERED_DAYS = 90  # how long the same payment is known again


@dataclass(frozen=True, slots=True)
class Payment:
    """What a payment did: amounts in rupiah; `repeated` if it had been recorded before."""

    payment_id: str
    amount_due: int | None
    paid_on: str | None
    settled: bool
    repeated: bool


def payment_id(customer_id: str, amount: int, paid_on: date, key: str | None) -> str:
    """The payment's identity: the caller's idempotency key, or else customer, amount and day."""
    said = f"key:{key}" if key else f"{amount}:{paid_on.isoformat()}"
    return hashlib.sha256(f"{customer_id}:{said}".encode()).hexdigest()[:24]


def record(customer_id: str, amount: int, paid_on: date, *, actor: str, key: str | None = None) -> Payment:
    """Record a payment of `amount` rupiah once, however often it is sent.

    CaringError: 404 unknown customer, 400 a day that is yet to come, 409 a key used for another payment.
    """
    today = clock.local_date(clock.now(), configuration.get().zones.default)
    if paid_on > today + timedelta(days=1):  # the easternmost zone is two hours ahead of the default one
        raise CaringError("bad_value", f"paid_on: {paid_on} is yet to come; give the day the money came in")
    identity = payment_id(customer_id, amount, paid_on, key)
    done = _recorded(customer_id, identity, amount, paid_on, actor)
    if done.settled:  # told again with each repetition, in case the first was cut short before it
        episodes.ended(customer_id, "pay", clock.now(), event_id=f"payment-{identity}")
    return done


def _recorded(customer_id: str, identity: str, amount: int, paid_on: date, actor: str) -> Payment:
    for _ in range(_TRIES):
        item = store.get(customer_id)
        due = model.number(item, "amount_due")
        left = None if due is None else max(0, due - amount)
        settled = bool(due) and left == 0
        try:
            _write(item, identity, amount, paid_on, left=left, settled=settled, actor=actor)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("TransactionCanceledException", "TransactionConflictException"):
                raise
            if earlier := _earlier(identity):
                return _again(earlier, identity, amount, paid_on, customer_id)
            continue  # another change came between reading and writing
        day = paid_on.isoformat() if settled else model.text(item, "paid_on")
        return Payment(identity, left, day, settled, repeated=False)
    raise conflict("changed_meanwhile", "the customer is being changed by others: send the payment again")


def _write(
    item: model.Item, identity: str, amount: int, paid_on: date, *, left: int | None, settled: bool, actor: str
) -> None:
    """Payment, customer and event in one transaction: all of them or none."""
    customer_id, now = item["customer_id"]["S"], clock.now()
    expires = int(datetime.now(UTC).timestamp()) + _REMEMBERED_DAYS * 86_400
    details = {"amount": amount, "paid_on": paid_on.isoformat(), "amount_due": left, "settled": settled, "by": actor}
    memory = {
        "id": {"S": f"payment#{identity}"},
        "expiration": {"N": str(expires)},
        "amount": {"N": str(amount)},
        "paid_on": {"S": paid_on.isoformat()},
    }
    dynamodb = aws.client("dynamodb")
    dynamodb.transact_write_items(
        TransactItems=[
            {
                "Put": {
                    "TableName": environment.table("idempotency"),
                    "Item": memory,
                    "ConditionExpression": "attribute_not_exists(id)",
                }
            },
            {"Update": _lowered(item, paid_on, left=left, settled=settled, at=clock.iso(now))},
            {
                "Put": {
                    "TableName": environment.table("timeline"),
                    "Item": timeline.event_item(customer_id, "payment", now, details, identity),
                }
            },
        ]
    )


def _lowered(item: model.Item, paid_on: date, *, left: int | None, settled: bool, at: str) -> dict[str, Any]:
    sets, values = ["updated_at = :at"], {":at": {"S": at}, ":one": {"N": "1"}}
    if left is not None:
        sets.append("amount_due = :left")
        values |= {":left": {"N": str(left)}, ":due": item["amount_due"]}
        if "due_date" in item:
            sets.append("paid_for = due_date")
    if settled:
        sets.append("paid_on = :paid_on")
        values[":paid_on"] = {"S": paid_on.isoformat()}
    condition = "attribute_not_exists(amount_due)" if left is None else "amount_due = :due"
    return {
        "TableName": environment.table("customers"),
        "Key": {"customer_id": item["customer_id"]},
        "UpdateExpression": f"SET {', '.join(sets)} ADD version :one",
        "ConditionExpression": f"attribute_exists(customer_id) AND {condition}",
        "ExpressionAttributeValues": values,
    }


def _earlier(identity: str) -> dict[str, Any] | None:
    answer = aws.client("dynamodb").get_item(
        TableName=environment.table("idempotency"), Key={"id": {"S": f"payment#{identity}"}}, ConsistentRead=True
    )
    found: dict[str, Any] | None = answer.get("Item")
    return found


def _again(earlier: dict[str, Any], identity: str, amount: int, paid_on: date, customer_id: str) -> Payment:
    if earlier["amount"]["N"] != str(amount) or earlier["paid_on"]["S"] != paid_on.isoformat():
        raise conflict("key_used_before", "this Idempotency-Key was used for another payment: take a new one")
    item = store.get(customer_id)
    due = model.number(item, "amount_due")
    return Payment(identity, due, model.text(item, "paid_on"), due == 0, repeated=True)
