"""Receipts: late, twice, out of order, early, foreign."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from caring import aws as clients
from caring.channels.types import Receipt
from caring.messages import ledger, receipts
from caring.messages.ledger import Change, Entry
from tests.emulator import Cloud

CAUSE = "run-r1-w1"
AT = datetime(2026, 11, 24, 3, tzinfo=UTC)


@pytest.fixture(autouse=True)
def stores(aws: Cloud) -> Iterator[Cloud]:
    clients.reset()
    yield aws
    clients.reset()


def message(customer: str, channel: str = "whatsapp", status: str | None = "accepted") -> None:
    ledger.insert([Entry(customer, CAUSE, channel)], "claim")
    if status:
        ledger.settle([Change((customer, CAUSE), channel, status, None, "p1")], "claim")


def receipt(customer: str, status: str, channel: str = "whatsapp", reason: str | None = None, s: int = 0) -> Receipt:
    return Receipt(f"{CAUSE}_{customer}", "p1", channel, status, reason, AT + timedelta(seconds=s))  # type: ignore[arg-type]


def item(customer: str) -> dict[str, dict[str, str]]:
    return ledger.read([(customer, CAUSE)])[customer, CAUSE]


def test_replaying_every_receipt_twice_and_in_any_order_gives_the_same_state_and_counts() -> None:
    ends = set()
    for number, order in enumerate(itertools.permutations(["accepted", "delivered", "read"])):
        customer = f"c{number}"
        message(customer)
        total: Counter[str] = Counter({"accepted": 1})
        for status in (*order, *reversed(order)):
            total.update(receipts.record([receipt(customer, status)]).deltas[CAUSE])
        ends.add((item(customer)["status"]["S"], tuple(sorted((+total).items()))))
    assert ends == {("read", (("read", 1),))}


def test_a_receipt_resolves_an_unknown_message() -> None:
    message("a", status="unknown")
    recorded = receipts.record([receipt("a", "delivered")])
    assert item("a")["status"]["S"] == "delivered"
    assert recorded.deltas[CAUSE] == Counter({"unknown": -1, "delivered": 1})


def test_read_without_delivered_is_read() -> None:
    message("a")
    receipts.record([receipt("a", "read")])
    assert item("a")["status"]["S"] == "read"


def test_a_failure_keeps_its_reason_and_a_later_delivery_takes_it_away() -> None:
    message("a", "sms")
    receipts.record([receipt("a", "failed", "sms", "not_reachable")])
    assert item("a")["reason"]["S"] == "not_reachable"
    recorded = receipts.record([receipt("a", "delivered", "sms")])
    assert "reason" not in item("a")
    assert recorded.deltas[CAUSE] == Counter({"failed:not_reachable": -1, "delivered": 1})


def test_an_email_that_bounces_after_delivery_has_failed() -> None:
    message("a", "email")
    receipts.record([receipt("a", "delivered", "email"), receipt("a", "failed", "email", "bounced_hard")])
    assert item("a")["status"]["S"] == "failed"


def test_a_receipt_without_its_message_is_told_apart_from_a_stale_one() -> None:
    message("a")
    receipts.record([receipt("a", "read")])
    recorded = receipts.record([receipt("a", "delivered"), receipt("nobody", "delivered")])
    assert [early.reference for early in recorded.early] == [f"{CAUSE}_nobody"]


def test_a_receipt_that_is_not_ours_is_set_aside() -> None:
    foreign = Receipt("no reference of ours", "p9", "sms", "delivered", None, AT)
    nameless = Receipt(None, "p9", "sms", "delivered", None, AT)
    assert receipts.record([foreign, nameless]).foreign == [foreign, nameless]


def test_a_receipt_brings_the_providers_id_when_the_answer_never_came() -> None:
    message("a", status="unknown")
    receipts.record([receipt("a", "delivered")])
    assert item("a")["provider_message_id"]["S"] == "p1"
    assert item("a")["delivered_at"]["S"] == "2026-11-24T03:00:00.000Z"


def test_a_word_that_moves_nothing_is_noted_and_only_the_latest_one() -> None:
    message("a", "email")
    words = [receipt("a", "other", "email", "delayed", s=second) for second in (3, 9, 3)]
    assert receipts.record(words).early == []
    assert item("a")["status"]["S"] == "accepted"
    noted = (item("a")["remark"]["S"], item("a")["remark_at"]["S"])
    assert noted == ("delayed", "2026-11-24T03:00:09.000Z")
    assert receipts.record([receipt("nobody", "other", "email", "delayed")]).early, "it may come before its message"
