"""Contact pressure: one cap over messages, calls, visits and posts, whoever meets the customer, and when."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from caring import clock, timeline
from caring.channels.types import Outcome, Receipt
from caring.messages import ledger
from caring.replies import events
from caring.runs import counters, plan, prepare, pressure, reconcile, release, results, store, waves
from caring.runs.explain import why
from caring.runs.pressure import Contact
from caring.typed import typed_item
from tests.caring.runs.conftest import TUESDAY_TEN, Unit, person, program

WHO = "131000000001"
NOW = clock.parse(TUESDAY_TEN)
ONCE = {"messages": 1, "days": 7}
TWICE = {"messages": 2, "days": 7}
GRANTED = {"granted": True, "at": "2026-11-01T00:00:00.000Z", "source": "call"}
OFFERS = {f"{channel}:offers": GRANTED for channel in ("whatsapp", "sms", "email")}


def days(number: float) -> timedelta:
    return timedelta(days=number)


def recent(customer_id: str = WHO) -> list[Contact]:
    return list(pressure.read([customer_id])[customer_id].recent)


def send_run(unit: Unit, run_id: str, planned: dict[str, Any]) -> Counter[str]:
    """Plan and send one run; its counters."""
    unit.plan(planned, run_id)
    unit.launch(run_id)
    unit.release(run_id)
    unit.send_all()
    return counters.read(run_id, 1)


def queued(unit: Unit, run_id: str, planned: dict[str, Any]) -> list[dict[str, Any]]:
    """Plan and release a run; its chunks, not sent yet."""
    unit.plan(planned, run_id)
    unit.launch(run_id)
    unit.release(run_id)
    return unit.chunks("email")


def test_a_message_counts_as_a_contact_and_the_next_run_finds_it_at_plan_and_at_send(unit: Unit) -> None:
    unit.add(person(WHO))
    late = queued(unit, "r2", program(cap=ONCE))
    assert send_run(unit, "r1", program(cap=ONCE)) == Counter({"targeted": 1, "accepted": 1})
    assert [(one.kind, one.cause) for one in recent()] == [("message", "run-r1-w1")]
    for chunk in late:
        unit.send(chunk)
    assert counters.read("r2", 1) == Counter({"targeted": 1, "skipped:cap_reached": 1})
    assert unit.plan(program(cap=ONCE), "r3")["skipped"]["by_reason"] == {"cap_reached": 1}
    assert len(unit.sent) == 1
    assert reconcile.reconcile("r2")["balanced"]
    rows, _ = results.list_messages(store.get_run("r2"), status="skipped", channel=None, limit=5)
    assert "cap allows: 1 in 7 days" in rows[0]["why"]


def test_two_runs_that_meet_the_same_customers_in_the_same_second_keep_the_cap_together(unit: Unit) -> None:
    unit.add(*[person(f"13100000{n:04d}") for n in range(20)])
    chunks = [*queued(unit, "r1", program(cap=ONCE)), *queued(unit, "r2", program(cap=ONCE))]
    start = threading.Barrier(len(chunks))

    def work(chunk: dict[str, Any]) -> None:
        start.wait()
        unit.send(chunk)

    threads = [threading.Thread(target=work, args=(chunk,)) for chunk in chunks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent = Counter(outgoing.reference.rpartition("_")[2] for outgoing in unit.sent)
    assert (len(sent), set(sent.values())) == (20, {1})
    skipped = sum(counters.read(run, 1)["skipped:cap_reached"] for run in ("r1", "r2"))
    assert skipped == 20
    assert all(reconcile.reconcile(run)["balanced"] for run in ("r1", "r2"))


def test_a_lost_race_is_read_and_decided_again(unit: Unit) -> None:
    rules = prepare.rules_of_program(program(cap=ONCE))
    as_read = pressure.read([WHO])
    pressure.record_contact(WHO, "call", "call-1", NOW)
    assert pressure.reserve(rules, as_read, "run-r1-w1", [WHO], NOW) == {WHO}
    twice = prepare.rules_of_program(program(cap=TWICE))
    assert pressure.reserve(twice, as_read, "run-r1-w1", [WHO], NOW) == set()
    assert [one.cause for one in recent()] == ["call-1", "run-r1-w1"]


def test_contacts_that_never_come_to_rest_are_an_error_and_nothing_is_sent(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit.add(person(WHO))
    (chunk,) = queued(unit, "r1", program(cap=ONCE))
    with monkeypatch.context() as busy:
        busy.setattr(pressure, "_add", lambda due, *_: list(due))
        with pytest.raises(pressure.PressureUnavailable):
            unit.send(chunk)
    assert unit.sent == []
    unit.send(chunk)
    assert len(unit.sent) == 1


def test_a_crash_between_reserving_and_claiming_neither_loses_nor_doubles_a_message(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit.add(person(WHO))
    (chunk,) = queued(unit, "r1", program(cap=ONCE))

    def crash(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(ledger, "insert", crash)
        with pytest.raises(SystemExit):
            unit.send(chunk)
    assert len(recent()) == 1
    for _ in range(2):
        unit.send(chunk)
    assert (len(unit.sent), len(recent())) == (1, 1)
    assert reconcile.reconcile("r1")["balanced"]


def test_calls_visits_and_posts_count_like_messages_and_each_once(unit: Unit) -> None:
    unit.add(person(WHO))
    for kind, cause in (("call", "call-1"), ("call", "call-1"), ("visit", "visit-1")):
        pressure.record_contact(WHO, kind, cause, NOW - days(2))  # type: ignore[arg-type]
    assert len(recent()) == 2
    assert send_run(unit, "r1", program(cap=TWICE)) == Counter({"targeted": 1, "skipped:cap_reached": 1})
    assert send_run(unit, "r2", program(cap={"messages": 3, "days": 7}))["accepted"] == 1
    pressure.record_contact(WHO, "post", "post-1", NOW)
    assert [one.kind for one in recent()] == ["call", "visit", "message", "post"]


def test_the_window_rolls_and_old_contacts_are_forgotten(unit: Unit) -> None:
    unit.add(person(WHO))
    pressure.record_contact(WHO, "call", "call-1", NOW - days(100))
    pressure.record_contact(WHO, "call", "call-2", NOW - days(7.1))
    assert [one.cause for one in recent()] == ["call-2"]
    assert send_run(unit, "r1", program(cap=ONCE))["accepted"] == 1


def test_a_plan_looks_at_the_hour_at_which_the_window_opens(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    unit.add(person(WHO))
    pressure.record_contact(WHO, "call", "call-1", NOW - days(6.9))
    monkeypatch.setattr(clock, "now", lambda: clock.parse("2026-11-24T14:00:00+00:00"))
    assert unit.plan(program(cap=ONCE))["by_channel"] == {"email": 1}


def test_a_message_that_did_not_reach_him_is_no_contact(unit: Unit) -> None:
    unit.answer = lambda outgoing: Outcome("rejected", None, "invalid_number")
    unit.add(person(WHO))
    assert send_run(unit, "r1", program(cap=ONCE))["rejected:invalid_number"] == 1
    unit.answer = lambda outgoing: Outcome("accepted", "id")
    assert send_run(unit, "r2", program(cap=ONCE))["accepted"] == 1
    events.take_receipts([Receipt(f"run-r2-w1_{WHO}", "id", "email", "failed", "bounced_hard", clock.now())])
    assert send_run(unit, "r3", program(cap=ONCE))["accepted"] == 1
    assert send_run(unit, "r4", program(cap=ONCE))["skipped:cap_reached"] == 1


def second_wave(unit: Unit, planned: dict[str, Any], failed: bool = False) -> dict[str, str]:
    """Send both waves of a run; who was sent what in the second."""
    two = [{"after_hours": 0, "until": "reply"}, {"after_hours": 24, "until": "reply"}]
    send_run(unit, "r1", planned | {"waves": two})
    if failed:
        events.take_receipts([Receipt(f"run-r1-w1_{WHO}", "id", "email", "failed", "bounced_hard", clock.now())])
    step = waves.next_step(store.get_run("r1"), {"wave": 1, "part": "first", "shards": []})
    while step["outcome"] == "plan" or step["part"].startswith("early"):
        if step["outcome"] == "plan":
            store.begin_wave("r1", step["wave"])
            run = store.get_run("r1")
            for shard in step["shards"]:
                plan.plan_shard(run, prepare.rules(run), step["wave"], shard)
            release.release(run, prepare.rules(run), step, None)
            unit.send_all()
        step = waves.next_step(store.get_run("r1"), step)
    return {o.reference.rpartition("_")[2]: o.channel for o in unit.sent if "-w2_" in o.reference}


def test_a_service_runs_own_earlier_wave_does_not_stop_its_next(unit: Unit) -> None:
    unit.add(person(WHO))
    assert second_wave(unit, program(cap=ONCE)) == {WHO: "whatsapp"}
    assert len(recent()) == 2


def test_an_offers_own_earlier_wave_counts_and_he_stays_in_his_bucket(unit: Unit) -> None:
    unit.add(person(WHO, choices=OFFERS))
    assert second_wave(unit, program(kind="loyalty", cap=ONCE)) == {}
    assert reconcile.reconcile("r1")["ledger"]["accepted"] == 1


def test_an_offer_that_failed_may_try_the_next_channel(unit: Unit) -> None:
    unit.add(person(WHO, choices=OFFERS))
    assert second_wave(unit, program(kind="loyalty", cap=ONCE), failed=True) == {WHO: "whatsapp"}


def test_who_is_held_out_is_compared_with_those_for_whom_there_was_room(unit: Unit) -> None:
    everybody = [f"1310000{n:05d}" for n in range(40)]
    unit.add(*[person(i) for i in everybody])
    for customer_id in everybody:
        pressure.record_contact(customer_id, "call", f"call-{customer_id}", NOW)
    made = unit.plan(program(cap=ONCE, holdout_percent=50))
    assert (made["held_out"], made["skipped"]["by_reason"]) == (0, {"cap_reached": 40})


def test_a_forecast_that_does_not_look_leaves_it_to_the_sender(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARING_OVERRIDES", '{"pressure": {"in_plan": false}}')
    unit.add(person(WHO))
    pressure.record_contact(WHO, "call", "call-1", NOW)
    assert unit.plan(program(cap=ONCE))["by_channel"] == {"email": 1}
    unit.launch()
    unit.release()
    unit.send_all()
    assert counters.read("r1", 1)["skipped:cap_reached"] == 1


def test_why_knows_the_cap_and_a_program_without_one_asks_nothing(unit: Unit) -> None:
    customer = typed_item(person(WHO))
    pressure.record_contact(WHO, "visit", "visit-1", NOW)
    assert why(prepare.rules_of_program(program(cap=ONCE)), customer)["reason"] == "cap_reached"
    assert why(prepare.rules_of_program(program()), customer)["reached"]


def test_the_timeline_tells_messages_with_their_reason_and_not_the_list_of_contacts(unit: Unit) -> None:
    unit.add(person(WHO))
    send_run(unit, "r1", program(cap=ONCE))
    told, _ = timeline.read(WHO, 10)
    assert [(event["type"], event["why"][:15]) for event in told] == [("message_out", "email: cheapest")]


def test_contacts_and_messages_stay_within_one_write_unit(unit: Unit) -> None:
    from tests.bench.canned.sizes import item_size  # noqa: PLC0415

    unit.add(person(WHO))
    for number in range(10):
        run_id = f"0123456789abcdefghjk{number:02d}"
        assert send_run(unit, run_id, program(cap={"messages": 50, "days": 7}))["accepted"] == 1
    dynamodb, table = unit.cloud.client("dynamodb"), unit.cloud.environment["MESSAGES_TABLE"]
    sizes = {item["cause"]["S"]: item_size(item) for item in dynamodb.scan(TableName=table)["Items"]}
    assert sizes.pop("contacts") < 1024
    assert max(sizes.values()) < 900, "receipts add their times"
