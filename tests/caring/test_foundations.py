"""The clock, ids, configuration and what is parked: what every rule stands on."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from caring import aws as clients
from caring import clock, configuration, ids, parked
from caring.observability import safe
from tests.emulator import Cloud


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> Iterator[float]:
    """A local clock that began at 10:00 in Bandung a minute ago, on which an hour takes a minute."""
    began = time.time() - 60
    local = datetime(2026, 11, 24, 3, tzinfo=UTC).timestamp()
    monkeypatch.setenv("CARING_CLOCK", json.dumps({"real": began, "local": local, "factor": 60}))
    clock.reset()
    yield began
    monkeypatch.undo()
    clock.reset()


def test_the_local_clock_runs_from_its_start_at_its_own_pace(fast: float) -> None:
    assert abs(clock.now() - datetime(2026, 11, 24, 4, tzinfo=UTC)) < timedelta(minutes=5)


def test_a_time_that_leaves_for_a_scheduler_is_turned_back_into_real_time(fast: float) -> None:
    two_hours_on = clock.now() + timedelta(hours=2)
    assert clock.to_wall(two_hours_on).timestamp() == pytest.approx(time.time() + 120, abs=2)
    assert clock.wall_seconds(timedelta(hours=1)) == 60


def test_without_a_setting_the_clock_is_the_real_one() -> None:
    clock.reset()
    assert abs(clock.now().timestamp() - time.time()) < 2


@given(some.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=some.just(UTC)))
def test_a_written_time_reads_back_to_the_millisecond_and_sorts_as_text(moment: datetime) -> None:
    assert abs(clock.parse(clock.iso(moment)) - moment) < timedelta(milliseconds=1)
    assert clock.iso(moment) < clock.iso(moment + timedelta(milliseconds=2))


@given(
    some.from_regex(r"[a-z0-9]{1,22}", fullmatch=True),
    some.integers(1, 99),
    some.from_regex(r"1[0-9]{11}", fullmatch=True),
)
def test_a_reference_leads_back_to_its_message_and_run(run_id: str, wave: int, customer_id: str) -> None:
    cause = ids.run_cause(run_id, wave)
    assert ids.split_reference(ids.reference(cause, customer_id)) == (cause, customer_id)
    assert ids.run_of(cause) == (run_id, wave)


@given(some.text(max_size=200))
def test_no_text_breaks_the_reading_of_a_reference(text: str) -> None:
    found = ids.split_reference(text)
    assert found is None or all(found)


def test_ids_made_later_sort_later_and_never_repeat() -> None:
    made = []
    for _ in range(5):
        made.append(ids.new_id())
        time.sleep(0.002)
    assert made == sorted(made)
    assert len({ids.new_id() for _ in range(10_000)}) == 10_000
    assert all(ids.ID.match(one) for one in made)


def test_a_deployment_overrides_single_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARING_OVERRIDES", '{"rates": {"sms": 5}, "windows": {"offers": ["09:00", "17:00"]}}')
    assert configuration.get().rates["sms"] == 5
    assert configuration.get().rates["email"] == 50
    assert configuration.get().windows["offers"] == ["09:00", "17:00"]


@pytest.mark.parametrize(
    "overrides",
    ['{"rates": {"pigeon": 5}}', '{"sned": {}}', '{"rates": {"sms": "fast"}}', '{"windows": {"offers": 8}}'],
)
def test_an_override_that_fits_no_setting_is_refused_by_its_name(
    overrides: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARING_OVERRIDES", overrides)
    with pytest.raises(configuration.UnknownSetting, match=r"CARING_OVERRIDES"):
        configuration.get()


def test_parking_the_same_thing_twice_keeps_it_once(aws: Cloud) -> None:
    clients.reset()
    at = clock.now()
    first = parked.park("reply", "no_customer", "body", at=at)
    assert parked.park("reply", "no_customer", "body", at=at) == first
    assert [entry["body"] for entry in parked.read("reply", 10)] == ["body"]
    parked.remove("reply", first)
    assert parked.read("reply", 10) == []


@given(some.emails(), some.integers(100_000, 10**15))
def test_no_mailbox_or_number_gets_into_a_log_through_an_errors_text(mailbox: str, number: int) -> None:
    text = safe(f"cannot send to <{mailbox}> or +{number} today")
    assert str(number) not in text
    assert mailbox not in text
