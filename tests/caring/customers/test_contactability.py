"""How well a customer can be reached, and the trend of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caring import aws as clients
from caring import clock, configuration
from caring.customers import contactability, contactability_trend
from caring.customers.model import CHANNELS
from caring.typed import typed_item
from tests.caring.runs.conftest import TUESDAY_TEN, person
from tests.emulator import Cloud

NOW = clock.parse(TUESDAY_TEN)
WEIGHTS = configuration.get().contactability.channels
LIFE = configuration.get().contactability.sign_of_life


def score(**fields: Any) -> int:
    return contactability.score(typed_item(person("131000000001", **fields)), NOW)


def lost(*channels: str) -> dict[str, Any]:
    return {channel: {"reason": "invalid_number", "at": "2026-11-01T00:00:00.000Z"} for channel in channels}


def test_the_weights_add_up_to_a_hundred() -> None:
    assert sum(WEIGHTS.values()) + LIFE == 100
    assert set(WEIGHTS) == set(CHANNELS)


def test_every_channel_valid_and_consented_and_just_heard_of_is_a_hundred() -> None:
    assert score(last_reply_at="2026-11-23T00:00:00.000Z") == 100
    assert score() == 100 - LIFE


def test_a_lost_contact_point_a_withheld_consent_and_silence_cost_their_points() -> None:
    assert score(invalid=lost("email")) == 100 - LIFE - WEIGHTS["email"]
    assert score(consent_sms=False) == 100 - LIFE - WEIGHTS["sms"]
    assert score(choices={"whatsapp:offers": {"granted": False}}) == round(100 - LIFE - WEIGHTS["whatsapp"] / 3)
    assert 100 - LIFE < score(last_reply_at="2026-08-24T00:00:00.000Z") < 100


def test_nobody_can_be_reached_without_a_valid_contact_point() -> None:
    assert score(invalid=lost(*CHANNELS), last_reply_at="2026-11-23T00:00:00.000Z") == 0
    assert score(erased=True) == 0


@given(
    st.sets(st.sampled_from(CHANNELS)),
    st.sets(st.sampled_from(CHANNELS)),
    st.sampled_from(CHANNELS),
    st.dates(date(2025, 1, 1), date(2026, 11, 23)),
)
def test_a_score_lies_within_its_bounds_and_never_rises_by_a_loss(
    gone: set[str], refused: set[str], one_more: str, heard: date
) -> None:
    fields: dict[str, Any] = {f"consent_{channel}": False for channel in refused}
    fields["last_reply_at"] = f"{heard}T00:00:00.000Z"
    before = score(invalid=lost(*gone), **fields)
    assert 0 <= score(invalid=lost(*gone, one_more), **fields) <= before <= 100


@pytest.fixture
def stores(aws: Cloud) -> Iterator[Cloud]:
    clients.reset()
    yield aws
    clients.reset()


def test_the_trend_counts_each_customer_once_however_often_a_segment_is_measured(stores: Cloud) -> None:
    for n in range(30):
        fields: dict[str, Any] = {"witel_key": "bandung" if n < 20 else "cirebon"}
        fields |= {"invalid": lost(*CHANNELS)} if n % 10 == 0 else {}
        stores.table("CUSTOMERS_TABLE").put_item(Item=person(f"1310000000{n:02d}", **fields))
    stores.table("CUSTOMERS_TABLE").put_item(Item={"customer_id": "131000000099", "erased": True})
    for segment in (0, 1, 2, 3, 1, 0):
        contactability_trend.measure("2026-11-24", segment, 4)
    lines = contactability_trend.trend(None, date(2026, 11, 1), date(2026, 11, 30))
    shown = {line["witel"]: (line["customers"], line["no_valid_contact"], line["score"]) for line in lines}
    assert shown == {"*": (30, 3, 63.0), "bandung": (20, 2, 63.0), "cirebon": (10, 1, 63.0)}
    assert contactability_trend.trend("bandung", date(2026, 11, 25), date(2026, 11, 30)) == []
    (own,) = contactability_trend.trend("bandung", date(2026, 11, 24), date(2026, 11, 24))
    assert (own["witel"], own["reachable_percent"]) == ("bandung", 90.0)
