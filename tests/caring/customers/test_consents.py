"""A customer's word on being reached."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from caring import timeline
from caring.customers import consents, store
from caring.customers.model import CHANNELS, PURPOSES, choice
from caring.errors import CaringError
from tests.emulator import Cloud

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


@pytest.fixture
def customer_id(aws: Cloud) -> str:
    aws.table("CUSTOMERS_TABLE").put_item(Item={"customer_id": "131000000017", "name": "Siti", "version": 1})
    return "131000000017"


def test_all_stands_for_each() -> None:
    assert consents.expand("all", "all") == [(c, p) for c in CHANNELS for p in PURPOSES]
    assert consents.expand("sms", "survey") == [("sms", "survey")]


def test_words_said_at_the_same_time_all_stay(customer_id: str) -> None:
    def say(pair: tuple[str, str]) -> None:
        consents.record(customer_id, [pair], granted=False, source="call", actor="agent")

    pairs = consents.expand("all", "all")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(say, pairs))
    item = store.get(customer_id)
    assert [choice(item, channel, purpose) for channel, purpose in pairs] == [False] * len(pairs)
    assert len(timeline.read(customer_id, 50)[0]) == len(pairs)


def test_the_last_word_counts(customer_id: str) -> None:
    for granted in (False, True):
        consents.record(customer_id, [("sms", "offers")], granted=granted, source="call", actor="agent")
    assert choice(store.get(customer_id), "sms", "offers") is True


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_words_that_come_late_and_again_change_nothing_that_was_said_after_them(
    customer_id: str, order: tuple[int, ...]
) -> None:
    """STOP everything, then MULAI of offers, then STOP of SMS alone."""
    words = [(consents.expand("all", "all"), False), (consents.expand("all", "offers"), True)]
    words.append((consents.expand("sms", "offers"), False))
    for place in (*order, *reversed(order)):
        pairs, granted = words[place]
        at = NOON + timedelta(minutes=place)
        said: dict[str, Any] = {"source": "reply", "actor": "customer", "at": at, "event_id": f"e{place}"}
        consents.record(customer_id, pairs, granted=granted, **said)
    item = store.get(customer_id)
    granted_now = {pair for pair in consents.expand("all", "all") if choice(item, *pair)}
    assert granted_now == {(channel, "offers") for channel in CHANNELS if channel != "sms"}
    assert len(timeline.read(customer_id, 50)[0]) == 3


@pytest.mark.parametrize("order", [(True, False), (False, True)])
def test_of_two_words_at_the_same_time_the_withdrawal_counts(customer_id: str, order: tuple[bool, bool]) -> None:
    for granted in order:
        consents.record(customer_id, [("sms", "offers")], granted=granted, source="reply", actor="customer", at=NOON)
    assert choice(store.get(customer_id), "sms", "offers") is False


def test_a_word_of_nobody_is_404_and_makes_no_customer(aws: Cloud) -> None:
    with pytest.raises(CaringError, match="not_found"):
        consents.record("131000000099", [("sms", "offers")], granted=False, source="call", actor="agent")
    assert aws.items("CUSTOMERS_TABLE") == []
