"""A crash before and after every call that a run makes to AWS: nobody gets a message twice, and nobody is lost."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from caring.messages import status as st
from caring.runs import reconcile, results, store
from tests.caring.runs.conftest import person
from tests.caring.runs.world import World, deploy
from tests.dying import Process, Step, calls_in, deaths

WAVES = [{"after_hours": 0, "until": "read"}, {"after_hours": 24, "until": "read"}]
READ, BOUNCED, SILENT, THROTTLED, BY_SMS, PAID, PAYS, LOST, VALUED, LOST_TOO = (f"13100000000{n}" for n in range(10))
REFUSED = "131000000010"
SAYS: dict[tuple[str, str], tuple[Any, ...]] = {
    (READ, "email"): ("ok", 2, 1),
    (BOUNCED, "email"): ("ok", "bounce"),
    (SILENT, "email"): ("ok", "deliverydelay", 1),
    (REFUSED, "email"): ("refused",),
    (VALUED, "email"): ("ok",),
    (VALUED, "whatsapp"): ("ok", 0),
    (THROTTLED, "email"): ("throttled", 1, 2),
    (LOST, "email"): ("lost", 1),
    (LOST_TOO, "email"): ("lost",),
}
# A canary of one, a breaker that opens soon, an account with a tier: so that a small run meets them all.
GUARDS = {"canary_least": 1, "canary_failed_least": 100, "breaker_least": 2, "breaker_share": 0.3}
# Functions with a call that no step of a run makes.
ELSEWHERE = {
    "messages.ledger.of_customer": "repair, answers, surveys and the timeline read",
    "runs.store.start_run": "the API: a run that was entered but not started is seen there, and nothing was sent",
    "runs.store.runs_of": "the API reads",
    "runs.guards.switch": "the API: one write",
    "runs.guards.shown": "the API reads",
    "runs.results.write_csv": "an export",
    "runs.results.csv_link": "an export",
    "runs.results._exists": "an export",
    "runs.results._link": "an export",
}


# A bill goes out singly when a person says so; an offer by itself, its e-mails several at once, to those who paid too.
REMINDER: dict[str, Any] = {"kind": "billing_reminder"}
OFFER: dict[str, Any] = {"kind": "loyalty", "launch": "auto"}


def people() -> list[dict[str, Any]]:
    return [
        *(person(i) for i in (READ, BOUNCED, SILENT, THROTTLED, LOST, LOST_TOO, PAYS, REFUSED)),
        person(BY_SMS, consent_email=False, consent_whatsapp=False),
        person(PAID, paid_on="2026-11-20"),
        person(VALUED, segment="HVC"),
    ]


def replay(monkeypatch: pytest.MonkeyPatch, process: Process, back_after: int, fields: dict[str, Any]) -> World:
    """One whole run of two waves, in which a process may die."""
    with monkeypatch.context() as patch:
        world = World(SAYS, back_after, process)
        deploy(patch, world, guards=GUARDS, whatsapp={"daily_unique_customers": 1000})
        world.add(people())
        world.at.append((world.time, lambda: world.change(PAYS, paid_on="2026-11-24", amount_due=0)))
        end = world.walk(waves=WAVES, cap={"messages": 3, "days": 7}, **fields)
        check(world, end, {PAID, PAYS} if fields == REMINDER else set(), batch=3 if fields == REMINDER else 9)
    return world


def check(world: World, end: str, spared: set[str], batch: int) -> None:
    """What holds after every replay: `batch` bounds the unknown beside those whose answer was lost."""
    run = store.get_run(world.run_id)
    assert (end, run.state) == ("Finished", "finished"), (end, run.state, run.reason)
    assert max(world.providers.taken.values()) == 1, world.providers.taken
    reconcile.reconcile(world.run_id)
    result = reconcile.reconcile(world.run_id)
    assert result["balanced"], result
    rows, _ = results.list_messages(run, status=None, channel=None, limit=100)
    assert sorted(row["customer_id"] for row in rows) == sorted(customer["customer_id"] for customer in people())
    statuses = Counter(row["status"] for row in rows)
    assert not statuses[st.PENDING] + statuses[st.SENDING], statuses
    # Who got nothing is known by name: he paid, or nobody can know (the process died between claim and answer).
    reached = {reference.rpartition("_")[2] for reference in world.providers.taken}
    unknown = {row["customer_id"] for row in rows if row["status"] == st.UNKNOWN}
    assert {row["customer_id"] for row in rows} - reached - unknown == spared
    assert len(unknown) <= batch + 2


@pytest.fixture(scope="module")
def steps() -> Counter[Step]:
    """The steps of a reminder that nothing befalls."""
    return steps_of(REMINDER)


def steps_of(fields: dict[str, Any]) -> Counter[Step]:
    with pytest.MonkeyPatch.context() as patch:
        return Counter(replay(patch, Process(), 300, fields).process.seen)


def die_everywhere(monkeypatch: pytest.MonkeyPatch, seen: Counter[Step], fields: dict[str, Any]) -> None:
    covered: set[Step] = set()
    wrong: list[str] = []
    for death, back_after in deaths(seen):
        process = Process(death)
        try:
            replay(monkeypatch, process, back_after, fields)
        except AssertionError as error:
            wrong.append(f"{death}, back after {back_after} s: {str(error)[:600]}")
        if process.died:
            covered.add(death.step)
    assert not wrong, f"{len(wrong)} crashes:\n" + "\n".join(wrong[:20])
    assert covered == set(seen)


def test_every_call_in_the_code_is_a_step_of_the_run_or_known_to_be_elsewhere(steps: Counter[Step]) -> None:
    ours = {caller for _, caller in steps if caller.startswith(("runs.", "messages.", "replies."))}
    ours.discard("messages.ledger.last_reached")  # it is the one that reads what of_customer gives, call by call
    assert calls_in("runs/*.py", "messages/*.py", "replies/events.py") == ours | set(ELSEWHERE)


def test_a_crash_at_any_step_sends_nothing_twice_and_loses_nobody(
    monkeypatch: pytest.MonkeyPatch, steps: Counter[Step]
) -> None:
    die_everywhere(monkeypatch, steps, REMINDER)


def test_a_crash_around_a_call_for_many_sends_nothing_twice_and_loses_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = steps_of(OFFER)
    bulk = {step: n for step, n in seen.items() if step[0] == "send_bulk_email" or step[1] == "messages.ledger._run"}
    assert len(bulk) == 2
    die_everywhere(monkeypatch, Counter(bulk), OFFER)
