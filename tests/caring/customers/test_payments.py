"""Payments at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from caring import clock, timeline
from caring.customers import payments
from tests.emulator import Cloud


def test_payments_that_cross_each_other_are_all_counted_once(aws: Cloud) -> None:
    item = {"customer_id": "1", "amount_due": 100, "due_date": "2026-11-20", "version": 1}
    aws.table("CUSTOMERS_TABLE").put_item(Item=item)
    today = clock.local_date(clock.now(), "Asia/Jakarta")

    def pay(key: str) -> int | None:
        return payments.record("1", 10, today, actor="agent", key=key).amount_due

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(pay, ["a", "b", "c", "a", "b", "c"]))
    (customer,) = aws.items("CUSTOMERS_TABLE")
    assert customer["amount_due"] == 70
    assert len(timeline.read("1", 50)[0]) == 3
