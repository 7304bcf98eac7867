"""A run and the hours of the day: each customer's own zone, offers and service apart, and the day after."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from caring import clock
from caring.customers.model import CHANNELS
from caring.runs import counters, store
from tests.caring.runs.conftest import Unit, person, program

ZONES = {"BANDUNG": "131000000001", "DENPASAR": "131000000002", "JAYAPURA": "131000000003"}  # WIB, WITA, WIT
GRANTED = {"granted": True, "at": "2026-11-01T00:00:00.000Z", "source": "call"}
OFFERS = {f"{channel}:offers": GRANTED for channel in CHANNELS}
At = Callable[[str], None]


@pytest.fixture
def at(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> At:
    """Sets the time, given in UTC."""
    return lambda text: monkeypatch.setattr(clock, "now", lambda: clock.parse(text))


def one_per_zone(unit: Unit, **fields: object) -> None:
    for witel, customer_id in ZONES.items():
        unit.add(person(customer_id, witel=witel, witel_key=witel.casefold(), choices=OFFERS, **fields))


def released(unit: Unit) -> set[str]:
    """Whom a fresh release would hand to the senders now."""
    unit.release()
    return {i for channel in CHANNELS for chunk in unit.chunks(channel) for i in chunk["ids"]}


@pytest.mark.parametrize(
    ("moment", "kind", "reached"),
    [
        ("2026-11-23T23:30:00", "billing_reminder", {"JAYAPURA"}),  # 06:30 WIB, 07:30 WITA, 08:30 WIT
        ("2026-11-24T00:30:00", "billing_reminder", {"DENPASAR", "JAYAPURA"}),
        ("2026-11-24T03:00:00", "billing_reminder", {"BANDUNG", "DENPASAR", "JAYAPURA"}),
        ("2026-11-24T09:30:00", "loyalty", {"BANDUNG", "DENPASAR"}),  # 18:30 WIT: too late for offers …
        ("2026-11-24T09:30:00", "billing_reminder", {"BANDUNG", "DENPASAR", "JAYAPURA"}),  # … not for service
        ("2026-11-24T11:30:00", "billing_reminder", {"BANDUNG", "DENPASAR"}),  # 20:30 WIT
        ("2026-12-25T03:00:00", "billing_reminder", set()),  # Christmas
    ],
)
def test_each_zone_is_written_to_in_its_own_hours(
    unit: Unit, at: At, moment: str, kind: str, reached: set[str]
) -> None:
    at(moment)
    one_per_zone(unit)
    unit.plan(program(kind=kind, waves=[{"after_hours": 0, "until": "read"}]))
    unit.launch()
    assert released(unit) == {ZONES[witel] for witel in reached}


def test_the_window_is_looked_at_again_just_before_the_claim(unit: Unit, at: At) -> None:
    one_per_zone(unit)
    unit.plan(program())
    unit.launch()
    unit.release()
    at("2026-11-24T12:30:00")  # 19:30 WIB, 20:30 WITA, 21:30 WIT: the queue was slow
    left = [i for chunk in unit.chunks("email") for i in unit.send(chunk).left]
    assert sorted(left) == [ZONES["DENPASAR"], ZONES["JAYAPURA"]]
    assert [outgoing.reference for outgoing in unit.sent] == [f"run-r1-w1_{ZONES['BANDUNG']}"]
    assert counters.read("r1", 1)["pending"] == 2


def test_an_sms_lives_no_longer_than_the_window_of_its_customer(unit: Unit, at: At) -> None:
    at("2026-11-24T10:30:00")  # 17:30 WIB, 18:30 WITA, 19:30 WIT; service ends at 20:00
    one_per_zone(unit)
    unit.plan(program(channels=["sms"]))
    unit.launch()
    unit.release()
    unit.send_all()
    lives = {outgoing.reference.rpartition("_")[2]: outgoing.ttl_seconds for outgoing in unit.sent}
    assert lives == {ZONES["BANDUNG"]: 9000, ZONES["DENPASAR"]: 5400, ZONES["JAYAPURA"]: 1800}


def test_a_run_that_does_not_finish_today_goes_on_tomorrow_by_itself(
    unit: Unit, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = '{"send": {"chunk_customers": 5}, "rates": {"email": 0.02}, "guards": {"canary_least": 100}}'
    monkeypatch.setenv("CARING_OVERRIDES", settings)
    customers = [f"1310000{number:05d}" for number in range(30)]
    unit.add(*[person(i) for i in customers])
    at("2026-11-24T12:55:00")  # 19:55: five minutes are left
    made = unit.plan(program())
    assert made["finishes_at"] > "2026-11-25T01:00"
    assert made["limit"] == "window:Asia/Jakarta"
    unit.launch()
    answer = unit.release()
    unit.send_all()
    today = len(unit.sent)
    assert 0 < today < 30
    at("2026-11-24T13:01:00")
    answer = unit.release(cursor=answer["cursor"])
    assert answer["wait_until"] == "2026-11-25T01:00:00.000Z"
    unit.send_all()
    assert len(unit.sent) == today
    at("2026-11-25T01:00:00")
    while answer["outcome"] != "done":
        answer = unit.release(cursor=answer["cursor"])
        unit.send_all()
    assert sorted(outgoing.reference.rpartition("_")[2] for outgoing in unit.sent) == customers
    assert store.get_run("r1").state == "releasing"
    assert unit.finish()["outcome"] == "finished"
