"""A customer's word on being reached."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from caring import timeline
from caring.customers import consents, store
from caring.customers.model import CHANNELS, PURPOSES, choice
from caring.errors import CaringError
from tests.emulator import Cloud


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


def test_a_word_of_nobody_is_404_and_makes_no_customer(aws: Cloud) -> None:
    with pytest.raises(CaringError, match="not_found"):
        consents.record("131000000099", [("sms", "offers")], granted=False, source="call", actor="agent")
    assert aws.items("CUSTOMERS_TABLE") == []
