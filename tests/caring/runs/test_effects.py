"""What a run achieved: against its holdout, by choice of channel, and beside its forecast."""

from __future__ import annotations

import pytest

from caring import clock
from caring.channels.types import Receipt
from caring.errors import CaringError
from caring.replies import events
from caring.runs import effects, pressure, store
from caring.runs.shards import read_shard
from tests.caring.runs.conftest import Unit, person, program

EVERYBODY = [f"1310000{number:05d}" for number in range(90)]


def sent_run(unit: Unit, **fields: object) -> store.Run:
    """A run over ninety customers, half of them held out, sent; the canary is left to its own tests."""
    unit.add(*[person(i, **({"consent_email": False} if i in EVERYBODY[60:] else {})) for i in EVERYBODY])
    unit.plan(program(holdout_percent=50, **fields))
    unit.launch()
    cursor = None
    for _ in range(6):
        cursor = unit.release(cursor=cursor)["cursor"]
        unit.send_all()
    return store.get_run("r1")


def of_status(run: store.Run, status: str) -> list[str]:
    return [
        i for shard in range(run.shards) for g in read_shard("r1", 1, shard) if g["status"] == status for i in g["ids"]
    ]


def test_those_treated_are_compared_with_those_held_out_in_points_with_their_interval(unit: Unit) -> None:
    run = sent_run(unit)
    treated, held_out = of_status(run, "pending"), of_status(run, "held_out")
    assert min(len(treated), len(held_out)) >= 30
    for customer_id in [*treated[:30], *held_out[:4]]:
        unit.change(customer_id, paid_on="2026-11-24", amount_due=0)
    unit.change(treated[0], open_tickets=1)
    unit.change(held_out[5], last_ticket_at="2026-11-25T03:00:00.000Z")
    unit.change(held_out[6], episode="leave")
    found = effects.effect(run)
    assert found["treated"] == {
        "n": len(treated),
        "paid": 30,
        "paid_rate": round(30 / len(treated), 4),
        "tickets": 1,
        "churned": 0,
    }
    assert (found["held_out"]["paid"], found["held_out"]["tickets"], found["held_out"]["churned"]) == (4, 1, 1)
    paid = found["difference"]["paid"]
    assert paid["points"] == pytest.approx(100 * (30 / len(treated) - 4 / len(held_out)), abs=0.05)
    assert paid["low"] < paid["points"] < paid["high"]
    assert (paid["verdict"], found["verdict"]) == ("better", "better")
    assert found["difference"]["churned"]["verdict"] == "not_proven"
    assert (found["complete"], found["next"]) == (True, None)


def test_a_bill_paid_before_the_run_began_is_none_of_its_doing(unit: Unit) -> None:
    run = sent_run(unit)
    unit.change(of_status(run, "pending")[0], paid_on="2026-11-20")
    assert effects.effect(run)["treated"]["paid"] == 0


def test_what_came_of_each_choice_stands_beside_the_forecast(unit: Unit) -> None:
    run = sent_run(unit)
    treated = of_status(run, "pending")
    by_mail = [i for i in treated if i < EVERYBODY[60]]
    receipts = [(by_mail[0], "read", None), (by_mail[1], "delivered", None), (by_mail[2], "failed", "bounced_hard")]
    events.take_receipts(
        [Receipt(f"run-r1-w1_{i}", "p", "email", status, reason, clock.now()) for i, status, reason in receipts]  # type: ignore[arg-type]
    )
    unit.change(by_mail[0], paid_on="2026-11-24")
    found = effects.effect(run)
    email, whatsapp = found["by_channel"]
    assert email == {
        "channel": "email",
        "why": None,
        "planned": len(by_mail),
        "sent": len(by_mail),
        "delivered": 2,
        "read": 1,
        "failed": 1,
        "paid": 1,
    }
    assert whatsapp["sent"] == len(treated) - len(by_mail)
    assert [(row["channel"], row["why"][:20]) for row in found["by_why"]] == [
        ("email", "email: cheapest of t"),
        ("whatsapp", "whatsapp: cheapest o"),
    ]
    compared = found["compared"]
    assert compared["by_channel"]["email"] == {"forecast": len(by_mail), "outcome": len(by_mail)}
    assert compared["cost"]["forecast"] == compared["cost"]["outcome"] == compared["cost_of_all_waves"] > 0
    assert compared["finish"]["outcome"] == "2026-11-24T03:00:00.000Z"


def test_a_large_run_is_counted_in_several_requests(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    run = sent_run(unit)
    whole = effects.effect(run)
    monkeypatch.setenv("CARING_OVERRIDES", '{"effect": {"seconds": 0}}')
    answers = [effects.effect(run)]
    while not answers[-1]["complete"]:
        assert answers[-1]["verdict"] == "not_shown"
        answers.append(effects.effect(run, answers[-1]["next"]))
    assert len(answers) == run.shards
    assert answers[-1] == whole
    with pytest.raises(CaringError):
        effects.effect(run, "yesterday")


def test_without_a_holdout_nothing_is_claimed(unit: Unit) -> None:
    unit.add(person("131000000001"))
    unit.plan(program())
    found = effects.effect(store.get_run("r1"))
    assert (found["verdict"], found["difference"]["paid"]["points"]) == ("not_shown", None)


def test_who_is_held_out_is_never_sent_to_and_no_contact_of_his_is_counted(unit: Unit) -> None:
    run = sent_run(unit, cap={"messages": 5, "days": 7})
    held_out = of_status(run, "held_out")
    assert not {outgoing.reference.rpartition("_")[2] for outgoing in unit.sent} & set(held_out)
    assert not any(contacts.recent for contacts in pressure.read(held_out).values())
