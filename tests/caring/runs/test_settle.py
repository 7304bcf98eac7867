"""How soon a run that is sending is looked at again: not before half of the work left can be done."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from caring import clock
from caring.messages import status as st
from caring.runs import counters, settle, store
from tests.caring.runs.conftest import Unit


@pytest.fixture
def run(unit: Unit) -> store.Run:
    """A run over SMS (14.4 a second for blasts) that is being released."""
    fields: dict[str, Any] = {"program_id": "p", "kind": "billing_reminder", "witel": None}
    made = store.Run("r1", fields, 1, "releasing", clock.iso(clock.now()), "ops", forecast={"by_channel": {"sms": 9}})
    return made


def seconds_until_next_look(run: store.Run, pending: int, monkeypatch: pytest.MonkeyPatch, polls: int = 0) -> float:
    counted = {st.PENDING: pending, "accepted": 1}
    with monkeypatch.context() as patch:
        patch.setattr(counters, "read", lambda *_: Counter(counted))
        now = clock.now()
        seen = {"counted": counted, "unchanged_since": clock.iso(now), "polls": polls - 1} if polls else None
        answer = settle.settle(run, 1, seen)
    assert answer["outcome"] == "wait"
    return (clock.parse(answer["wait_until"]) - now).total_seconds()


def test_the_next_look_is_when_half_of_the_work_left_can_be_done(
    run: store.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert seconds_until_next_look(run, 1440, monkeypatch) == pytest.approx(50, abs=1)


def test_a_long_way_is_looked_at_every_two_minutes(run: store.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert seconds_until_next_look(run, 100_000, monkeypatch) == pytest.approx(120, abs=1)


def test_the_end_is_looked_for_every_few_seconds(run: store.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert seconds_until_next_look(run, 3, monkeypatch) == pytest.approx(5, abs=1)


def test_what_does_not_change_is_looked_at_less_and_less(run: store.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert seconds_until_next_look(run, 3, monkeypatch, polls=3) == pytest.approx(20, abs=1)
