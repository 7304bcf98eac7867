"""A run from plan to end, step by step."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from caring import clock, configuration
from caring.channels.types import Outcome
from caring.errors import CaringError
from caring.replies import events
from caring.runs import (
    control,
    counters,
    finish,
    forecast,
    plan,
    prepare,
    reconcile,
    release,
    results,
    settle,
    shards,
    store,
)
from tests.caring.runs.conftest import Unit, person, program


def ids(count: int) -> list[str]:
    return [f"1310000{number:05d}" for number in range(count)]


def test_a_run_reaches_each_targeted_customer_once_and_its_ledger_balances(unit: Unit) -> None:
    unit.add(*[person(i) for i in ids(40)], person("131999999999", paid_on="2026-11-20"))
    unit.add(person("131888888888", amount_due=0))
    made = unit.plan(program(holdout_percent=10))
    assert made["targeted"] == 41
    assert made["skipped"]["by_reason"] == {"paid": 1}
    unit.launch()
    released = unit.release()
    assert released["outcome"] == "done"
    unit.send_all()
    assert len(unit.sent) == len({o.reference for o in unit.sent}) == 40 - made["held_out"]
    assert unit.finish()["outcome"] == "finished"
    result = reconcile.reconcile("r1")
    assert result["balanced"]
    assert result["ledger"] == result["counters"]
    assert result["ledger"]["accepted"] == len(unit.sent)
    assert store.get_run("r1").state == "finished"


def test_planning_twice_changes_nothing(unit: Unit) -> None:
    unit.add(*[person(i) for i in ids(5)])
    unit.plan(program())
    first = counters.read("r1", 1)
    run = store.get_run("r1")
    unit.change("131000000003", paid_on="2026-11-24")
    for shard in range(run.shards):
        plan.plan_shard(run, prepare.rules(run), 1, shard)
    assert counters.read("r1", 1) == first
    planned = [i for shard in range(run.shards) for g in shards.read_shard("r1", 1, shard) for i in g["ids"]]
    assert sorted(planned) == ids(5)
    assert {g["status"] for shard in range(run.shards) for g in shards.read_shard("r1", 1, shard)} == {"pending"}


def test_a_given_list_is_looked_up_and_every_id_is_answered_for(unit: Unit) -> None:
    unit.add(person("131000000001"), person("131000000002", witel="CIREBON", witel_key="cirebon"))
    listed = ["131000000001", "131000000002", "131777777777", "131000000001"]
    made = unit.plan(program(audience={"customer_ids": listed}, witel="Bandung"))
    assert made["targeted"] == 3
    assert made["by_channel"] == {"email": 1}
    assert made["skipped"]["by_reason"] == {"not_found": 2}


def test_the_forecast_says_cost_finish_and_what_limits_it(unit: Unit) -> None:
    unit.add(*[person(i, consent_email=False) for i in ids(30)])
    made = unit.plan(program())
    assert made["cost"] == 30 * 360
    assert made["limit"] == "rate:whatsapp"
    assert made["finishes_at"] > clock.iso(clock.now())


def test_zones_that_share_a_channels_rate_finish_one_after_the_other(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARING_OVERRIDES", '{"rates": {"whatsapp": 1}, "guards": {"canary_share": 0}}')
    manado = {"witel": "MANADO", "witel_key": "manado"}
    listed = ids(60)
    unit.add(*[person(i, consent_email=False, **(manado if place % 2 else {})) for place, i in enumerate(listed)])
    made = unit.plan(program())
    both = timedelta(seconds=60 / forecast.rate("whatsapp"))
    assert made["finishes_at"] == clock.iso(clock.now() + both)
    assert made["limit"] == "rate:whatsapp"


def test_a_zone_whose_window_is_over_goes_on_the_next_day_and_keeps_nobody_waiting(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARING_OVERRIDES", '{"rates": {"whatsapp": 1}, "guards": {"canary_share": 0}}')
    monkeypatch.setattr(clock, "now", lambda: clock.parse("2026-11-24T12:30:00Z"))  # 19:30 in Bandung, 20:30 in Manado
    manado = {"witel": "MANADO", "witel_key": "manado"}
    unit.add(*[person(i, consent_email=False, **(manado if place % 2 else {})) for place, i in enumerate(ids(60))])
    made = unit.plan(program())
    opens = clock.parse("2026-11-25T00:00:00Z")
    assert made["finishes_at"] == clock.iso(opens + timedelta(seconds=30 / forecast.rate("whatsapp")))
    assert made["limit"] == "window:Asia/Makassar"


def test_the_forecast_waits_for_the_canary(unit: Unit) -> None:
    unit.add(*[person(i, consent_email=False) for i in ids(50)])
    made = unit.plan(program())
    pause = timedelta(minutes=configuration.get().guards.canary_minutes)
    assert made["finishes_at"] == clock.iso(clock.now() + pause + timedelta(seconds=50 / forecast.rate("whatsapp")))
    assert made["limit"] == "canary:whatsapp"


def test_a_run_over_budget_or_with_an_unapproved_script_cannot_be_launched(unit: Unit) -> None:
    unit.add(*[person(i, consent_email=False) for i in ids(3)])
    unit.plan(program(budget=100))
    with pytest.raises(CaringError) as refused:
        control.launch("r1", "rina")
    assert (refused.value.code, refused.value.status) == ("over_budget", 409)
    assert store.get_run("r1").state == "planned"


def test_a_program_that_launches_itself_goes_out_without_a_person(unit: Unit) -> None:
    unit.add(person("131000000001"))
    unit.plan(program(launch="auto"))
    store.update("r1", state="planning")
    assert control.open_gate("r1") == "launched"
    assert store.get_run("r1").state == "releasing"


def test_outside_the_window_nothing_is_released_and_the_wait_ends_when_it_opens(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit.add(*[person(i) for i in ids(3)])
    unit.plan(program())
    unit.launch()
    monkeypatch.setattr(clock, "now", lambda: clock.parse("2026-11-24T14:30:00+00:00"))
    answer = unit.release()
    assert answer["outcome"] == "more"
    assert answer["wait_until"] == "2026-11-25T01:00:00.000Z"
    assert unit.chunks("email") == []
    assert counters.read("r1", 1)["pending"] == 3


def test_each_zone_is_released_in_its_own_window(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    unit.add(person("131000000001"), person("131000000002", witel="JAYAPURA", witel_key="jayapura"))
    unit.plan(program())
    unit.launch()
    monkeypatch.setattr(clock, "now", lambda: clock.parse("2026-11-24T00:00:00+00:00"))
    answer = unit.release()
    assert [chunk["ids"] for chunk in unit.chunks("email")] == [["131000000002"]]
    monkeypatch.setattr(clock, "now", lambda: clock.parse("2026-11-24T01:00:00+00:00"))
    assert unit.release(cursor=answer["cursor"])["outcome"] == "done"
    assert [chunk["ids"] for chunk in unit.chunks("email")] == [["131000000001"]]


def test_release_stays_within_its_work_ahead_and_goes_on_where_it_was(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARING_OVERRIDES", '{"send": {"chunk_customers": 5}, "rates": {"email": 0.02}}')
    unit.add(*[person(i) for i in ids(40)])
    unit.plan(program())
    unit.launch()
    first = unit.release()
    assert first["outcome"] == "more"
    lying = unit.chunks("email")
    assert 1 <= len(lying) <= 3, "ten minutes at this rate are 8 messages"
    seen = [i for chunk in lying for i in chunk["ids"]]
    cursor = first["cursor"]
    while True:
        answer = unit.release(cursor=cursor)
        seen += [i for chunk in unit.chunks("email") for i in chunk["ids"]]
        cursor = answer["cursor"]
        if answer["outcome"] == "done":
            break
    assert sorted(seen) == ids(40)


def test_a_pause_holds_what_is_queued_and_a_resume_lets_it_go_on(unit: Unit) -> None:
    unit.add(*[person(i) for i in ids(3)])
    unit.plan(program())
    unit.launch()
    unit.release()
    control.pause("r1", "rina")
    chunks = unit.chunks("email")
    left = [i for chunk in chunks for i in unit.send(chunk).left]
    assert unit.sent == []
    assert sorted(left) == ids(3)
    control.resume("r1", "rina")
    for chunk in chunks:
        unit.send(chunk)
    assert len(unit.sent) == 3


def test_a_cancelled_run_sends_nothing_more_and_still_balances(unit: Unit) -> None:
    unit.add(*[person(i) for i in ids(4)])
    unit.plan(program())
    unit.launch()
    unit.release()
    control.cancel("r1", "rina")
    unit.send_all()
    assert unit.sent == []
    assert settle.settle(store.get_run("r1"), 1, None)["outcome"] == "stopped"
    assert unit.finish()["outcome"] == "cancelled"
    result = reconcile.reconcile("r1")
    assert result["balanced"]
    assert result["ledger"]["pending"] == 4
    with pytest.raises(CaringError) as refused:
        control.resume("r1", "rina")
    assert refused.value.status == 409


def test_a_payment_after_planning_is_seen_just_before_the_claim(unit: Unit) -> None:
    unit.add(*[person(i) for i in ids(2)])
    unit.plan(program())
    unit.launch()
    unit.release()
    unit.change("131000000000", paid_on="2026-11-24", amount_due=0)
    unit.send_all()
    assert [o.reference for o in unit.sent] == ["run-r1-w1_131000000001"]
    assert counters.read("r1", 1) == Counter({"targeted": 2, "accepted": 1, "skipped:paid": 1})


def test_a_chunk_delivered_twice_sends_once(unit: Unit) -> None:
    unit.add(*[person(i) for i in ids(30)])
    unit.plan(program())
    unit.launch()
    unit.release()
    chunks = unit.chunks("email")
    for chunk in [*chunks, *chunks]:
        unit.send(chunk)
    assert len(unit.sent) == 30
    assert reconcile.reconcile("r1")["balanced"]


def test_counters_that_lost_a_batch_are_mended_and_the_run_says_so(unit: Unit) -> None:
    unit.add(*[person(i) for i in ids(3)])
    unit.plan(program())
    unit.launch()
    unit.release()
    unit.send_all()
    counters.add("r1", 1, {"accepted": -2, "pending": 2})
    run = store.get_run("r1")
    for shard in range(run.shards):
        reconcile.reconcile_shard(run, shard)
    assert not reconcile.conclude(run)["balanced"]
    assert reconcile.conclude(run)["balanced"]
    assert counters.read("r1", 1) == Counter({"targeted": 3, "accepted": 3})


def test_counters_that_stand_still_while_messages_are_pending_ask_for_reconciling(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit.add(person("131000000001"))
    unit.plan(program())
    unit.launch()
    first = settle.settle(store.get_run("r1"), 1, None)
    assert first["outcome"] == "wait"
    monkeypatch.setattr(clock, "now", lambda: clock.parse("2026-11-24T03:10:00+00:00"))
    assert settle.settle(store.get_run("r1"), 1, first)["outcome"] == "reconcile"


def test_a_provider_that_stops_the_run_pauses_it_until_a_person_looks(unit: Unit) -> None:
    unit.answer = lambda _: Outcome("rejected", None, "template_paused", stop_run=True)
    unit.add(*[person(i, consent_email=False) for i in ids(30)])
    unit.plan(program())
    unit.launch()
    unit.release()
    done = [unit.send(chunk) for chunk in unit.chunks("whatsapp")]
    run = store.get_run("r1")
    assert (run.state, run.reason) == ("paused", "template_paused")
    rejected = sum(d.deltas["rejected:template_paused"] for d in done)
    assert 1 <= rejected <= 4, "one per call that was under way"
    assert rejected + sum(len(d.left) for d in done) == 30


def test_each_targeted_customer_is_listed_with_what_became_of_him(unit: Unit) -> None:
    unit.add(*[person(i) for i in ids(3)], person("131999999999", paid_on="2026-11-20"))
    unit.plan(program())
    unit.launch()
    unit.release()
    unit.send_all()
    rows, following = results.list_messages(store.get_run("r1"), status=None, channel=None, limit=50)
    assert following is None
    by_id = {row["customer_id"]: row for row in rows}
    assert by_id["131999999999"]["status"] == "skipped"
    assert by_id["131999999999"]["reason"] == "paid"
    assert by_id["131000000001"]["status"] == "accepted"
    assert by_id["131000000001"]["reference"] == "run-r1-w1_131000000001"
    assert by_id["131000000001"]["why"].startswith("email: cheapest")
    assert set(rows[0]) == set(results.FIELDS)
    paged: list[str] = []
    start: tuple[int, int] | None = (0, 0)
    while start is not None:
        page, start = results.list_messages(
            store.get_run("r1"), status="accepted", channel="email", limit=2, start=start
        )
        paged += [row["customer_id"] for row in page]
    assert sorted(paged) == ids(3)


def test_the_csv_of_a_run_has_a_row_for_each_targeted_customer(unit: Unit) -> None:
    unit.add(*[person(i) for i in ids(3)])
    unit.plan(program())
    body = (
        unit.cloud.client("s3")
        .get_object(Bucket=unit.cloud.environment["DATA_BUCKET"], Key=results.write_csv("r1"))["Body"]
        .read()
    )
    lines = body.decode("utf-8-sig").splitlines()
    assert lines[0] == "customer_id,wave,channel,status,reason,reference,at,why"
    assert len(lines) == 4


def test_a_step_that_failed_for_good_says_so_on_the_run(unit: Unit) -> None:
    unit.add(person("131000000001"))
    unit.plan(program())
    assert finish.finish("r1", "failed")["outcome"] == "failed"
    assert store.get_run("r1").state == "failed"


def test_a_receipt_that_comes_before_its_message_waits_and_then_lands(unit: Unit) -> None:
    unit.add(person("131000000001"))
    unit.plan(program())
    unit.launch()
    unit.release()
    delivered = (
        '{"eventType":"Delivery","mail":{"messageId":"m1","timestamp":"2026-11-24T03:00:01Z",'
        '"tags":{"reference":["run-r1-w1_131000000001"]}},"delivery":{"timestamp":"2026-11-24T03:00:02Z"}}'
    )
    with pytest.raises(events.TooEarly):
        events.take_event(delivered, tries=1)
    events.take_event(delivered, tries=events.EARLY_TRIES)
    assert events.replay() == {"landed": 0, "still_parked": 1}
    unit.send_all()
    assert events.replay() == {"landed": 1, "still_parked": 0}
    assert counters.read("r1", 1) == Counter({"targeted": 1, "delivered": 1})


def test_the_queue_refusing_a_chunk_is_an_error_and_not_a_loss(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing:
        def send_message_batch(self, **_: object) -> dict[str, object]:
            return {"Failed": [{"Id": "0", "Code": "InternalError"}]}

    with monkeypatch.context() as broken:
        broken.setattr("caring.aws.client", lambda _: Refusing())
        with pytest.raises(release.QueueRefused):
            release.enqueue("r1", 1, "email", [["131000000001"]], booked=None)


def test_a_receipt_that_is_faster_than_its_batch_never_shows_a_negative_number() -> None:
    shown = counters.whole({"counters-w1": Counter({"targeted": 9, "pending": 9, "sending": -7, "read": 7})})
    assert shown == Counter({"targeted": 9, "pending": 2, "read": 7})
