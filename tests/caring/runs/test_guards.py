"""What holds a run, a channel, or everything: canary, breaker, kill switch, WhatsApp's daily tier."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from caring import clock
from caring.channels.types import Outcome, Outgoing, Receipt
from caring.replies import events
from caring.runs import control, counters, guards, reconcile, store, tiers
from tests.caring.runs.conftest import TUESDAY_TEN, Unit, person, program

IDS = [f"1310000{number:05d}" for number in range(60)]
WHATSAPP = {"consent_email": False}


def launched(unit: Unit, *, count: int = 60, **fields: Any) -> None:
    unit.add(*[person(i, **fields) for i in IDS[:count]])
    unit.plan(program())
    unit.launch()


def later(monkeypatch: pytest.MonkeyPatch, **span: float) -> None:
    moment = clock.now() + timedelta(**span)
    monkeypatch.setattr(clock, "now", lambda: moment)


def receipts(unit: Unit, status: str, reason: str | None = None) -> None:
    events.take_receipts(
        [Receipt(o.reference, "p", o.channel, status, reason, clock.now()) for o in unit.sent]  # type: ignore[arg-type]
    )


def test_the_first_of_a_wave_go_out_alone_and_the_rest_when_they_have_arrived(unit: Unit) -> None:
    launched(unit)
    first = unit.release()
    assert first["outcome"] == "more"
    unit.send_all()
    assert len(unit.sent) == 20
    second = unit.release(cursor=first["cursor"])
    assert second["outcome"] == "more"
    unit.send_all()
    assert len(unit.sent) == 20, "no receipt has come, and the time is not over"
    receipts(unit, "delivered")
    assert unit.release(cursor=second["cursor"])["outcome"] == "done"
    unit.send_all()
    assert len({o.reference for o in unit.sent}) == len(unit.sent) == 60


def test_a_canary_without_receipts_is_judged_after_its_time(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    launched(unit)
    cursor = unit.release()["cursor"]
    unit.send_all()
    cursor = unit.release(cursor=cursor)["cursor"]
    later(monkeypatch, minutes=6)
    assert unit.release(cursor=cursor)["outcome"] == "done"


def test_a_canary_that_has_not_left_is_waited_for_however_long(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    launched(unit)
    cursor = unit.release()["cursor"]
    later(monkeypatch, hours=3)
    assert unit.release(cursor=cursor)["outcome"] == "more"


def test_a_canary_behind_a_closed_window_is_replaced_by_one_of_a_zone_that_is_open(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: clock.parse("2026-11-24T10:50:00Z"))  # 19:50 in Jayapura, 18:50 in Manado
    jayapura, manado = ({"witel": name, "witel_key": name.lower()} for name in ("JAYAPURA", "MANADO"))
    unit.add(*[person(i, **(manado if place % 2 else jayapura)) for place, i in enumerate(IDS)])
    unit.plan(program())
    unit.launch()
    first = unit.release()["cursor"]
    assert first["canary|email"][0] == 0
    later(monkeypatch, minutes=20)  # Jayapura's have not left, and will not before the morning
    second = unit.release(cursor=first)["cursor"]
    unit.send_all()
    assert len(unit.sent) == 20, "the zone that is open does not wait for the night to pass"
    assert {o.reference.rpartition("_")[2] for o in unit.sent} <= set(IDS[1::2])
    receipts(unit, "delivered")
    third = unit.release(cursor=second)
    assert third["outcome"] == "more"
    unit.send_all()
    assert {o.reference.rpartition("_")[2] for o in unit.sent} == set(IDS[1::2])
    later(monkeypatch, hours=12)
    assert unit.release(cursor=third["cursor"])["outcome"] == "done"
    unit.send_all()
    left = 20  # of Jayapura's first lie in the chunk that its queue holds back
    assert len({o.reference for o in unit.sent}) == len(unit.sent) == 60 - left


def test_a_canary_is_waited_for_where_no_other_zone_is_open(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    launched(unit)
    first = unit.release()["cursor"]
    later(monkeypatch, hours=12)  # the night
    second = unit.release(cursor=first)
    assert second["cursor"]["Asia/Jakarta|email"] == first["Asia/Jakarta|email"]
    later(monkeypatch, hours=12)
    unit.send_all()
    receipts(unit, "delivered")
    assert unit.release(cursor=second["cursor"])["outcome"] == "done"


def test_a_failed_canary_pauses_the_run_and_a_person_lets_the_rest_go(unit: Unit) -> None:
    launched(unit)
    cursor = unit.release()["cursor"]
    unit.send_all()
    receipts(unit, "failed", "bounced_hard")
    cursor = unit.release(cursor=cursor)["cursor"]
    run = store.get_run("r1")
    assert (run.state, run.reason) == ("paused", "canary_failed")
    unit.send_all()
    assert len(unit.sent) == 20
    control.resume("r1", "rina")
    assert unit.release(cursor=cursor)["outcome"] == "done"
    unit.send_all()
    assert len(unit.sent) == 60


def test_releasing_a_canary_twice_sends_it_once(unit: Unit) -> None:
    launched(unit)
    unit.release()
    cursor = unit.release()["cursor"]
    unit.send_all()
    receipts(unit, "delivered")
    unit.release(cursor=cursor)
    unit.send_all()
    assert len({o.reference for o in unit.sent}) == len(unit.sent) == 60


def test_a_small_run_goes_without_a_canary(unit: Unit) -> None:
    launched(unit, count=40)
    assert unit.release()["outcome"] == "done"


def test_the_kill_switch_holds_what_is_queued_and_lets_it_go_on(unit: Unit) -> None:
    launched(unit, count=3)
    unit.release()
    guards.switch(True, "wrong prices", "rina")
    chunks = unit.chunks("email")
    assert [len(unit.send(chunk).left) for chunk in chunks] == [len(chunk["ids"]) for chunk in chunks]
    assert unit.sent == []
    assert guards.shown()["on"]
    assert guards.shown()["reason"] == "wrong prices"
    guards.switch(False, "mended", "rina")
    for chunk in chunks:
        unit.send(chunk)
    assert len(unit.sent) == 3


def failing(status: str) -> Callable[[Outgoing], Outcome]:
    return lambda outgoing: Outcome(status, None, "provider_error")  # type: ignore[arg-type]


def chunk_of(unit: Unit, ids: list[str]) -> dict[str, Any]:
    return {"v": 1, "kind": "chunk", "run_id": "r1", "wave": 1, "channel": "email", "ids": ids}


def breaker() -> dict[str, Any]:
    found: dict[str, Any] = guards.shown()["channels"]["email"]
    return found


def test_a_channel_in_trouble_makes_its_chunks_wait_and_is_tried_with_a_few(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    launched(unit)
    unit.answer = failing("unknown")
    done = unit.send(chunk_of(unit, IDS))
    assert len(unit.sent) == 25, "the first batch told enough"
    assert len(done.left) == 35
    assert breaker()["state"] == "open"
    assert store.get_run("r1").state == "releasing"
    unit.send(chunk_of(unit, done.left))
    assert len(unit.sent) == 25
    later(monkeypatch, seconds=31)
    unit.send(chunk_of(unit, done.left))
    assert len(unit.sent) == 30, "five tried it in vain"
    assert breaker()["state"] == "open"
    later(monkeypatch, seconds=31)
    unit.send(chunk_of(unit, done.left))
    assert len(unit.sent) == 30, "it cools down for twice as long"
    later(monkeypatch, seconds=31)
    unit.answer = lambda outgoing: Outcome("accepted", "id")
    unit.send(chunk_of(unit, done.left))
    assert breaker()["state"] == "closed"
    assert len({o.reference for o in unit.sent}) == len(unit.sent) == 60
    assert reconcile.reconcile("r1")["balanced"]


def test_only_one_worker_tries_a_channel_and_one_that_died_is_followed(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    guards.trip("email", "calls")
    later(monkeypatch, seconds=31)
    standing = guards._breaker("email", item())
    assert guards.permit(standing)[1]
    wait, token = guards.permit(standing)
    assert (wait > 0, token) == (True, None)
    later(monkeypatch, seconds=200)
    assert guards.permit(guards._breaker("email", item()))[1]


def item() -> dict[str, Any]:
    from caring import aws, environment  # noqa: PLC0415

    key = store.key("channel#email", "breaker")
    found: dict[str, Any] = aws.client("dynamodb").get_item(TableName=environment.table("runs"), Key=key)["Item"]
    return found


def test_some_failures_among_many_leave_the_channel_open_to_all() -> None:
    health = guards.Health()
    assert not any(health.note(25, 10) for _ in range(8))
    assert health.note(25, 25) is False
    assert guards.Health().note(19, 19) is False
    assert guards.Health().note(20, 10) is True


def test_receipts_that_tell_of_the_provider_open_its_channels_breaker(unit: Unit) -> None:
    health = {"whatsapp": guards.Health()}
    told = [Receipt("r", "p", "whatsapp", "failed", "provider_unavailable", clock.now()) for _ in range(25)]
    guards.hear(told, health)
    assert guards.shown()["channels"]["whatsapp"]["state"] == "open"


def test_the_days_tier_is_booked_across_runs_and_the_rest_goes_out_the_next_day(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "CARING_OVERRIDES", '{"whatsapp": {"daily_unique_customers": 45}, "guards": {"canary_share": 0}}'
    )
    unit.add(*[person(i, **WHATSAPP) for i in IDS])
    made = unit.plan(program())
    assert made["limit"] == "tier:whatsapp"
    assert made["finishes_at"].startswith("2026-11-25T01:")
    unit.plan(program(), run_id="r2")
    for run_id in ("r1", "r2"):
        unit.launch(run_id)
    first, second = unit.release("r1"), unit.release("r2")
    assert {first["outcome"], second["outcome"]} == {"more"}
    unit.send_all()
    assert len(unit.sent) == 45
    monkeypatch.setattr(clock, "now", lambda: clock.parse("2026-11-25T01:00:00Z"))
    first = unit.release("r1", cursor=first["cursor"])
    assert first["outcome"] == "more", "what was booked at ten yesterday still counts at eight"
    monkeypatch.setattr(clock, "now", lambda: clock.parse("2026-11-25T05:00:00Z"))
    assert unit.release("r1", cursor=first["cursor"])["outcome"] == "done"
    unit.send_all()
    assert counters.read("r1", 1)["accepted"] == 60


def test_a_booking_never_passes_the_tier(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock.parse(TUESDAY_TEN)
    assert tiers.book("whatsapp", 10**9, now) == 10**9, "an unlimited account books nothing"
    monkeypatch.setenv("CARING_OVERRIDES", '{"whatsapp": {"daily_unique_customers": 100}}')
    assert [tiers.book("whatsapp", n, now) for n in (60, 60, 1)] == [60, 40, 0]
    assert tiers.book("sms", 500, now) == 500
    assert tiers.left("whatsapp", now) == 0
    assert tiers.left("whatsapp", now + timedelta(hours=22)) == 0
    assert tiers.left("whatsapp", now + timedelta(hours=25)) == 0, "what was booked at ten may have left before twelve"
    assert tiers.left("whatsapp", now + timedelta(hours=26)) == 100


@pytest.mark.parametrize("hour", range(24))
def test_a_booking_counts_until_a_day_after_it_may_be_used(
    unit: Unit, monkeypatch: pytest.MonkeyPatch, hour: int
) -> None:
    monkeypatch.setenv("CARING_OVERRIDES", '{"whatsapp": {"daily_unique_customers": 100}}')
    now = clock.parse(TUESDAY_TEN) + timedelta(hours=hour, minutes=59)
    assert tiers.book("whatsapp", 30, now) == 30
    left = [tiers.left("whatsapp", now + timedelta(hours=later)) for later in (0, 1, 23, 24, 25, 26, 49)]
    assert left == [70, 70, 70, 70, 70, 100, 100]


def test_what_was_held_longer_than_its_booking_holds_is_booked_anew_when_it_is_sent(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "CARING_OVERRIDES", '{"whatsapp": {"daily_unique_customers": 45}, "guards": {"canary_share": 0}}'
    )
    unit.add(*[person(i, **WHATSAPP) for i in IDS])
    for run_id in ("r1", "r2"):
        unit.plan(program(), run_id=run_id)
        unit.launch(run_id)
    first = unit.release("r1")
    monkeypatch.setattr(clock, "now", lambda: clock.parse("2026-11-26T03:00:00Z"))
    second = unit.release("r2")
    unit.send_all()
    assert len(unit.sent) == 45, "not the 45 that waited since the day before yesterday as well"
    assert {first["outcome"], second["outcome"]} == {"more"}
    assert counters.read("r1", 1)["pending"] + counters.read("r2", 1)["pending"] == 2 * len(IDS) - 45


def test_a_canary_of_which_nobody_knows_what_came_fails(unit: Unit) -> None:
    launched(unit)
    unit.answer = lambda _: Outcome("unknown", None, "timeout")
    cursor = unit.release()["cursor"]
    unit.send_all()
    unit.release(cursor=cursor)
    assert (store.get_run("r1").state, store.get_run("r1").reason) == ("paused", "canary_failed")
