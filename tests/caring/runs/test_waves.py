"""Further waves: over the next channel, for those whom the last one did not reach; in the end, people."""

from __future__ import annotations

from typing import Any

import pytest

from caring import clock
from caring.channels.types import Receipt
from caring.errors import CaringError
from caring.replies import events
from caring.runs import closing, control, counters, opening, plan, prepare, reconcile, release, results, store, waves
from caring.work import items
from tests.caring.runs.conftest import Unit, person, program

TWO = [{"after_hours": 0, "until": "read"}, {"after_hours": 24, "until": "read"}]


def receipt(customer_id: str, status: str, channel: str, wave: int = 1, reason: str | None = None) -> Receipt:
    return Receipt(f"run-r1-w{wave}_{customer_id}", "p", channel, status, reason, clock.now())  # type: ignore[arg-type]


def first_wave(unit: Unit, planned: dict[str, Any]) -> dict[str, Any]:
    """Send the first wave of a run; what follows when it has settled."""
    unit.plan(planned)
    unit.launch()
    unit.release()
    unit.send_all()
    return waves.next_step(store.get_run("r1"), {"wave": 1, "part": "first", "shards": []})


def do(unit: Unit, step: dict[str, Any]) -> dict[str, Any]:
    """Plan, release and send one step of a later wave; what follows."""
    store.begin_wave("r1", step["wave"])
    run = store.get_run("r1")
    for shard in step["shards"]:
        plan.plan_shard(run, prepare.rules(run), step["wave"], shard)
    release.release(run, prepare.rules(run), step, None)
    unit.send_all()
    return waves.next_step(store.get_run("r1"), step)


def sent_in(unit: Unit, wave: int) -> dict[str, str]:
    return {o.reference.rpartition("_")[2]: o.channel for o in unit.sent if o.reference.startswith(f"run-r1-w{wave}_")}


def balanced() -> dict[str, Any]:
    result = reconcile.reconcile("r1")
    assert result["balanced"], result
    return result


def test_failed_customers_get_the_next_channel_at_once_and_silent_ones_after_the_wait(unit: Unit) -> None:
    failing, silent, reader = "131000000001", "131000000002", "131000000003"
    unit.add(person(failing), person(silent), person(reader))
    step = first_wave(unit, program(waves=TWO))
    assert sent_in(unit, 1) == dict.fromkeys((failing, silent, reader), "email")
    events.take_receipts([receipt(failing, "failed", "email", reason="bounced_hard"), receipt(reader, "read", "email")])
    assert (step["outcome"], step["part"]) == ("plan", "early")
    wait = do(unit, step)
    assert sent_in(unit, 2) == {failing: "whatsapp"}
    assert (wait["outcome"], wait["wait_until"]) == ("wait", "2026-11-25T03:00:00.000Z")
    late = waves.next_step(store.get_run("r1"), wait)
    assert (late["outcome"], late["part"]) == ("plan", "late")
    do(unit, late)
    assert sent_in(unit, 2) == {failing: "whatsapp", silent: "whatsapp"}
    result = balanced()
    assert result["ledger"]["targeted"] == 3
    assert result["ledger"]["read"] == 1
    assert result["ledger"]["accepted"] == 2
    assert result["ledger"]["failed"]["total"] == 0, "he stands in his latest wave"
    assert result["waves"][0]["failed"]["total"] == 1
    assert result["waves"][1]["targeted"] == 2


def test_each_customer_is_listed_once_in_his_latest_wave_and_the_counters_agree(unit: Unit) -> None:
    unit.add(*[person(f"13100000000{n}") for n in range(4)])
    step = first_wave(unit, program(waves=TWO))
    events.take_receipts([receipt("131000000001", "failed", "email", reason="bounced_hard")])
    do(unit, step)
    rows, _ = results.list_messages(store.get_run("r1"), status=None, channel=None, limit=50)
    assert len(rows) == 4
    assert {row["customer_id"]: (row["wave"], row["channel"]) for row in rows}["131000000001"] == (2, "whatsapp")
    whole = counters.whole(counters.read_all("r1"))
    assert (whole["targeted"], whole["accepted"]) == (4, 4)


def test_planning_and_releasing_a_wave_twice_sends_and_counts_once(unit: Unit) -> None:
    unit.add(person("131000000001"))
    step = first_wave(unit, program(waves=TWO))
    events.take_receipts([receipt("131000000001", "failed", "email", reason="bounced_hard")])
    do(unit, step)
    do(unit, step)
    assert [o.channel for o in unit.sent] == ["email", "whatsapp"]
    balanced()


def test_who_paid_replied_or_opted_out_gets_no_further_wave(unit: Unit) -> None:
    paid, replied, out, silent = (f"13100000000{n}" for n in range(4))
    unit.add(*[person(i) for i in (paid, replied, out, silent)])
    step = do(unit, first_wave(unit, program(waves=[TWO[0], {"after_hours": 24, "until": "paid"}])))
    unit.change(paid, paid_on="2026-11-24", amount_due=0)
    unit.change(replied, last_reply_at="2026-11-24T05:00:00.000Z")
    withdrawn = {"granted": False, "at": "2026-11-24T05:00:00.000Z", "source": "reply"}
    unit.change(out, choices={f"{c}:service": withdrawn for c in ("whatsapp", "sms", "email")})
    do(unit, waves.next_step(store.get_run("r1"), step))
    assert sent_in(unit, 2) == {silent: "whatsapp"}
    balanced()


def test_who_said_no_on_one_channel_gets_no_further_wave_and_no_call(unit: Unit) -> None:
    spam, silent = (f"13100000000{n}" for n in range(2))
    unit.add(*[person(i) for i in (spam, silent)])
    step = first_wave(unit, program(waves=TWO))
    withdrawn = {"granted": False, "at": "2026-11-24T05:00:00.000Z", "source": "spam_report"}
    unit.change(spam, choices={"email:service": withdrawn})
    do(unit, waves.next_step(store.get_run("r1"), do(unit, step)))
    assert sent_in(unit, 2) == {silent: "whatsapp"}
    closing.close_shard(store.get_run("r1"), prepare.rules(store.get_run("r1")), 0)
    found, _ = items.listed(("crm",), "open", "bandung", kind="call", limit=10)
    assert {item["customer_id"] for item in found} <= {silent}


def test_a_wave_that_would_pass_the_budget_waits_for_a_person(unit: Unit) -> None:
    failing = "131000000001"
    unit.add(person(failing))
    step = first_wave(unit, program(waves=TWO, budget=300))
    events.take_receipts([receipt(failing, "failed", "email", reason="bounced_hard")])
    forecast = store.get_run("r1").forecast
    assert forecast
    assert forecast["cost_at_most"] > 300
    store.begin_wave("r1", 2)
    run = store.get_run("r1")
    plan.plan_shard(run, prepare.rules(run), 2, 0)
    held = release.release(run, prepare.rules(run), {**step, "shards": [0]}, None)
    unit.send_all()
    assert sent_in(unit, 2) == {}
    run = store.get_run("r1")
    assert (run.state, run.reason) == ("paused", "over_budget")
    control.resume("r1", "rina")
    run = store.get_run("r1")
    assert release.release(run, prepare.rules(run), {**step, "shards": [0]}, held["cursor"])["outcome"] == "done"
    unit.send_all()
    assert sent_in(unit, 2) == {failing: "whatsapp"}


def test_a_new_run_is_for_those_not_reached_and_never_for_whom_nobody_knows(unit: Unit) -> None:
    unit.add(person("131000000001"))
    first_wave(unit, program())
    store.update("r1", state="finished", forecast={"cost": 1})
    earlier = store.get_run("r1")
    made = opening.for_those_of(program(), earlier, [], [])
    assert made["audience"]["from_run"]["statuses"] == ["pending", "skipped", "rejected", "failed"]
    for status in ("unknown", "held_out"):
        with pytest.raises(CaringError) as refused:
            opening.for_those_of(program(), earlier, ["failed", status], [])
        assert (refused.value.status, refused.value.code) == (400, "never_again")


def test_unknown_is_never_followed_by_another_message(unit: Unit) -> None:
    from caring.channels.types import Outcome  # noqa: PLC0415

    unit.answer = lambda _: Outcome("unknown", None, "timeout")
    unit.add(person("131000000001"))
    step = do(unit, first_wave(unit, program(waves=TWO)))
    do(unit, waves.next_step(store.get_run("r1"), step))
    assert len(unit.sent) == 1


def test_after_the_last_wave_people_call_the_silent_and_visit_those_of_high_value(unit: Unit) -> None:
    regular, cheap, hvc, reader, unwilling = (f"13100000000{n}" for n in range(5))
    unit.add(
        person(regular, amount_due=500_000),
        person(cheap, amount_due=100_000),
        person(hvc, segment="HVC"),
        person(reader),
        person(unwilling, consent_voice=False),
    )
    step = do(unit, first_wave(unit, program(waves=TWO)))
    events.take_receipts([receipt(reader, "read", "email")])
    step = do(unit, waves.next_step(store.get_run("r1"), step))
    assert step["outcome"] == "wait"
    step = waves.next_step(store.get_run("r1"), step)
    assert step["outcome"] == "close"
    run = store.get_run("r1")
    for _ in range(2):
        for shard in step["shards"]:
            closing.close_shard(run, prepare.rules(run), shard)
    found, _ = items.listed("crm", "open", "Bandung", kind=None, limit=50)
    assert [(item["kind"], item["customer_id"]) for item in found] == [
        ("visit", hvc),
        ("call", regular),
        ("call", cheap),
    ]
    assert found[1]["reason"] == "whatsapp accepted"
    only, following = items.listed("crm", "open", "Bandung", kind="call", limit=1)
    assert [item["customer_id"] for item in only] == [regular]
    rest, end = items.listed("crm", "open", "Bandung", kind="call", limit=5, after=following)
    assert ([item["customer_id"] for item in rest], end) == ([cheap], None)


def test_a_run_of_one_wave_ends_without_work_items_after_its_own_wait(unit: Unit) -> None:
    unit.add(person("131000000001"))
    step = first_wave(unit, program(waves=[{"after_hours": 3, "until": "read"}]))
    assert (step["outcome"], step["wait_until"]) == ("wait", "2026-11-24T06:00:00.000Z")
    assert waves.next_step(store.get_run("r1"), step)["outcome"] == "finish"


def test_a_cancelled_run_begins_no_further_wave(unit: Unit) -> None:
    unit.add(person("131000000001"))
    step = first_wave(unit, program(waves=TWO))
    store.update("r1", state="cancelled")
    assert waves.next_step(store.get_run("r1"), step)["outcome"] == "stopped"


def test_a_new_run_reaches_those_whom_an_ended_one_did_not(unit: Unit) -> None:
    failed, reached = "131000000001", "131000000002"
    unit.add(person(failed), person(reached))
    first_wave(unit, program())
    events.take_receipts([receipt(failed, "failed", "email", reason="bounced_hard")])
    again = program(audience={"from_run": {"run_id": "r1", "statuses": ["failed"], "reasons": []}}, channels=["sms"])
    made = unit.plan(again, run_id="r2")
    assert (made["targeted"], made["by_channel"]) == (1, {"sms": 1})


def test_a_survey_counts_whom_it_asked_once_by_his_latest_channel_and_segment(unit: Unit) -> None:
    failing, silent, reader = "131000000001", "131000000002", "131000000003"
    unit.add(person(failing, segment="HVC"), person(silent), person(reader))
    step = first_wave(unit, program(kind="survey", waves=TWO))
    events.take_receipts([receipt(failing, "failed", "email", reason="bounced_hard"), receipt(reader, "read", "email")])
    do(unit, step)
    assert store.get_run("r1").asked is None
    balanced()
    assert store.get_run("r1").asked == {"whatsapp:HVC": 1, "email:REGULAR": 2}
    assert sum(counters.whole(counters.read_all("r1"))[name] for name in ("accepted", "delivered", "read")) == 3


def test_what_is_no_survey_asks_nobody(unit: Unit) -> None:
    unit.add(person("131000000001"))
    first_wave(unit, program())
    balanced()
    assert store.get_run("r1").asked is None
