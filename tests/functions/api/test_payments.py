"""Payments through the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from caring import clock
from tests.emulator import Cloud
from tests.functions.api.conftest import CUSTOMER, Api

ID = CUSTOMER["customer_id"]
TODAY = clock.local_date(clock.now(), "Asia/Jakarta")


def _paid(amount: int, paid_on: str = TODAY.isoformat()) -> dict[str, Any]:
    return {"customer_id": ID, "amount": amount, "paid_on": paid_on}


def test_a_full_payment_settles_the_bill(api: Api, aws: Cloud, customer: dict[str, Any]) -> None:
    answer = api.as_("officer").post("/payments", _paid(350000))
    assert answer.status == 201
    assert (answer.body["amount_due"], answer.body["settled"], answer.body["repeated"]) == (0, True, False)
    (item,) = aws.items("CUSTOMERS_TABLE")
    assert (item["amount_due"], item["paid_on"], item["paid_for"]) == (0, TODAY.isoformat(), "2026-11-20")
    ended, event = api.get(f"/customers/{ID}/timeline").body["items"]
    assert (event["type"], event["amount"], event["settled"]) == ("payment", 350000, True)
    assert (ended["type"], ended["episode"]) == ("episode", "pay")
    assert api.get(f"/customers/{ID}").body["episode"] == "pay"


def test_a_part_payment_lowers_what_is_due(api: Api, aws: Cloud, customer: dict[str, Any]) -> None:
    assert api.post("/payments", _paid(100000)).body["amount_due"] == 250000
    (item,) = aws.items("CUSTOMERS_TABLE")
    assert "paid_on" not in item
    assert item["paid_for"] == "2026-11-20"
    answer = api.post("/payments", _paid(250000))
    assert (answer.body["amount_due"], answer.body["paid_on"]) == (0, TODAY.isoformat())


def test_more_than_the_bill_leaves_nothing_due(api: Api, customer: dict[str, Any]) -> None:
    assert api.post("/payments", _paid(400000)).body["amount_due"] == 0


def test_the_same_payment_counts_once(api: Api, customer: dict[str, Any]) -> None:
    first = api.post("/payments", _paid(100000)).body
    again = api.post("/payments", _paid(100000)).body
    assert again == first | {"repeated": True}
    assert len(api.get(f"/customers/{ID}/timeline").body["items"]) == 1


def test_two_equal_payments_with_keys_of_their_own_both_count(api: Api, customer: dict[str, Any]) -> None:
    for key in ("a", "b", "a"):
        answer = api.post("/payments", _paid(100000), headers={"Idempotency-Key": key})
    assert answer.body["amount_due"] == 150000
    assert answer.body["repeated"] is True


def test_a_key_belongs_to_one_payment(api: Api, customer: dict[str, Any]) -> None:
    api.post("/payments", _paid(100000), headers={"Idempotency-Key": "a"})
    answer = api.post("/payments", _paid(200000), headers={"Idempotency-Key": "a"})
    assert (answer.status, answer.body["code"]) == (409, "key_used_before")


def test_a_customer_without_a_bill_may_pay_and_owes_nothing(api: Api, aws: Cloud) -> None:
    bare = {name: value for name, value in CUSTOMER.items() if name not in ("amount_due", "due_date")}
    aws.table("CUSTOMERS_TABLE").put_item(Item=bare)
    answer = api.post("/payments", _paid(5000)).body
    assert (answer["amount_due"], answer["settled"]) == (None, False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 0},
        {"amount": -5},
        {"amount": 1.5},
        {"amount": "350000"},
        {"amount": 10**12},
        {"amount": 10**400},
        {"amount": None},
        {"paid_on": "24/11/2026"},
        {"paid_on": 20261124},
        {"paid_on": (TODAY + timedelta(days=3)).isoformat()},
        {"customer_id": "../x"},
        {"customer_id": 131000000017},
        {"note": "x"},
    ],
)
def test_a_payment_that_cannot_be_is_refused(api: Api, customer: dict[str, Any], wrong: dict[str, Any]) -> None:
    assert api.post("/payments", _paid(1000) | wrong).status == 400


def test_a_strangers_payment_is_404(api: Api) -> None:
    assert api.post("/payments", _paid(1000)).status == 404
