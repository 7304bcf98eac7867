"""From the confirmation on nobody who lives there gets a bill or an offer, before anybody is worked through."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import orjson
import pytest

from caring import clock
from caring.customers import store as customers
from caring.errors import CaringError
from caring.incidents import deciding, disturbed, store
from caring.rights import export
from caring.runs import eligibility, explain
from caring.runs import store as runs
from caring.work import claiming, items, planning
from tests.caring.incidents.conftest import AREA, HOUSES, Village, who
from tests.caring.incidents.test_incident import confirmed, mended
from tests.caring.runs.conftest import program

WAVES = [{"after_hours": 0, "until": "read"}]
LANGUAGES = {"whatsapp": frozenset({"id"}), "sms": frozenset({"id"})}


def reason(kind: str, number: int) -> set[str | None]:
    """Why a program's plan, its sender and GET /why leave a neighbour out; {None} if they do not."""
    rules = eligibility.rules_for(program(kind=kind, waves=WAVES), LANGUAGES)
    customer = customers.get(who(number))
    planned = eligibility.decide(rules, {name: customer[name] for name in rules.reads if name in customer})
    sent = eligibility.recheck(rules, customer, "sms", clock.now())
    return {planned.reason, sent.reason, explain.why(rules, customer)["reason"]}


@pytest.mark.parametrize(
    ("kind", "waits"), [("billing_reminder", {"incident"}), ("upsell", {"incident"}), ("ticket_follow_up", {None})]
)
def test_the_hold_binds_at_the_moment_of_the_confirmation(village: Village, kind: str, waits: set[str | None]) -> None:
    village.settle(*range(HOUSES), amount_due=100_000)
    before = reason(kind, 7)
    incident = deciding.open_by_hand("BANDUNG", "Coblong", "Dago", note=None, actor="officer")
    assert village.held() == set()  # nobody has been worked through yet
    assert reason(kind, 7) == waits
    deciding.mend(incident["incident_id"], note=None, actor="officer")
    assert reason(kind, 7) == before
    assert disturbed.areas() == frozenset()


def test_a_proposal_holds_nobody(village: Village) -> None:
    village.settle(*range(HOUSES), amount_due=100_000)
    for number in range(3):
        village.report(number)
    assert village.incident()["state"] == "proposed"
    assert disturbed.areas() == frozenset()
    deciding.dismiss(village.incident()["incident_id"], reason="x", actor="officer")
    assert reason("billing_reminder", 7) == {None}


def moves_by_import(village: Village) -> None:
    village.settle(50, amount_due=100_000)


def moves_by_patch(village: Village) -> None:
    village.desk.add(who(50), amount_due=100_000, district="Coblong", village="Lebak")
    customers.patch(who(50), {"village": "dago"}, actor="officer")


@pytest.mark.parametrize("moves", [moves_by_import, moves_by_patch])
def test_who_moves_there_later_is_held_too(village: Village, moves: Callable[[Village], None]) -> None:
    incident_id, _ = confirmed(village)
    moves(village)
    assert reason("billing_reminder", 50) == {"incident"}
    run = runs.open_run("run-1", program(waves=WAVES), 1, "manager")
    for kind in ("call", "visit"):
        made = items.about(customers.get(who(50)), kind, f"{kind}-50", unit="crm", reason="sms failed")
        items.enter([made | {"run_id": run.run_id}])
    with pytest.raises(CaringError, match="repaired"):
        claiming.claim("call-50", "officer")
    tomorrow = clock.local_date(village.desk.now, "Asia/Jakarta") + timedelta(days=1)
    assert planning.plan("BANDUNG", tomorrow, actor="officer") == []
    mended(village, incident_id)
    assert reason("billing_reminder", 50) == {None}
    assert len(planning.plan("BANDUNG", tomorrow, actor="officer")) == 1


def test_a_worker_goes_on_for_a_moment_with_what_it_has_read(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARING_OVERRIDES", orjson.dumps({"incidents": {"known_seconds": 5}}).decode())
    times = iter([100.0, 104.9, 105.0])
    monkeypatch.setattr(disturbed, "monotonic", lambda: next(times))
    monkeypatch.setattr(disturbed, "_known", {})
    assert disturbed.areas() == frozenset()
    deciding.open_by_hand("BANDUNG", "Coblong", "Dago", note=None, actor="officer")
    assert disturbed.areas() == frozenset()
    assert disturbed.areas() == {AREA}


def test_the_export_tells_what_an_incident_meant_for_the_customer(village: Village) -> None:
    incident_id, tickets = confirmed(village)
    village.told()
    (kept,) = export.gather(customers.get(who(7)))["incidents"]
    assert (kept["incident_id"], kept["told"]) == (incident_id, "email")
    assert {"found_at", "held_at"} <= set(kept)
    told = export.gather(customers.get(who(0)))["incidents"]
    assert sorted(one.get("ticket_id") or str(one.get("ticket_ids")) for one in told) == sorted(
        [tickets[0], str([tickets[0]])]
    )
    assert store.get(incident_id)["state"] == "confirmed"
