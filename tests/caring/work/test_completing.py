"""Every outcome of every kind of work: what follows happens once, however often it is said, and by one person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from caring import clock, parked
from caring.channels.types import Inbound
from caring.customers import repair
from caring.errors import CaringError
from caring.nps import scores
from caring.replies import unmatched
from caring.runs import pressure
from caring.tickets import intake, locker, steps, store
from caring.work import completing, items, outcomes
from tests.caring.tickets.conftest import CUSTOMER, Desk
from tests.caring.work.conftest import Enter

LATER = "2026-11-25T10:00+07:00"


def ticket(desk: Desk) -> str:
    return intake.open_ticket(CUSTOMER, source="walk_in", text="internet lambat", category="fault", event_id="e1")


def of_ticket(desk: Desk, enter: Enter) -> str:
    ticket_id = ticket(desk)
    locker.give(ticket_id, "token")
    return f"ticket_work-{ticket_id}-1"


def of_other_unit(desk: Desk, enter: Enter) -> str:
    own = of_ticket(desk, enter)
    asked = {"outcome": "needs_unit", "units": ["field"], "request": "cek kabel"}
    ticket_id = completing.complete(own, asked, "officer")["ticket_id"]
    steps.take(ticket_id, "collaborate")
    locker.give(ticket_id, "token-field", "field")
    return f"collaborate-{ticket_id}-1-field"


def of_detractor(desk: Desk, enter: Enter) -> str:
    scores.record(CUSTOMER, score=2, comment=None, question=None, channel="sms", at=desk.now, event_id="s1")
    return str(desk.cloud.items("WORK_ITEMS_TABLE")[0]["work_id"])


def of_repair(desk: Desk, enter: Enter) -> str:
    for channel in ("whatsapp", "sms", "email"):
        repair.hear(CUSTOMER, channel, "failed", "invalid_number", desk.now)
    return f"repair_contact-{CUSTOMER}-1"


def of_stranger(desk: Desk, enter: Enter) -> str:
    message = Inbound(
        channel="whatsapp",
        sender="+6281299999999",
        user_id=None,
        text="internet saya mati",
        kind="text",
        provider_message_id="wamid-1",
        quotes=None,
        at=desk.now,
    )
    unmatched.keep(message, "m1", desk.now)
    return "unmatched-m1"


def entered(work_id: str, **more: Any) -> Callable[[Desk, Enter], str]:
    return lambda _desk, enter: enter(work_id, **more)


FOR: dict[str, Callable[[Desk, Enter], str]] = {
    "call": entered("call-1"),
    "visit": entered("visit-1"),
    "educate": entered("educate-1"),
    "ticket_work": of_ticket,
    "collaborate": of_other_unit,
    "repair_contact": of_repair,
    "rights_request": entered("rights_request-1"),
    "detractor_follow_up": of_detractor,
    "group_post": entered("group_post-1"),
    "escalation": entered("escalation-1"),
    "reply": entered("reply-1"),
    "unmatched": of_stranger,
}
NEEDED: dict[tuple[str, str], dict[str, Any]] = {
    ("call", "callback"): {"at": LATER},
    ("ticket_work", "needs_unit"): {"units": ["field", "network"], "request": "cek kabel"},
    ("repair_contact", "fixed"): {"values": {"phone": "081234567899"}},
    ("detractor_follow_up", "callback"): {"at": LATER},
    ("unmatched", "matched"): {"values": {"customer_id": CUSTOMER}},
}
ALL = [(kind, outcome) for kind, fitting in outcomes.OUTCOMES.items() for outcome in fitting]


def said(kind: str, outcome: str) -> dict[str, Any]:
    return {"outcome": outcome, "note": "sudah", **NEEDED.get((kind, outcome), {})}


def world(desk: Desk) -> dict[str, list[dict[str, Any]]]:
    """All that is kept, but for when a row was last looked at."""
    tables = ("CUSTOMERS", "TICKETS", "WORK_ITEMS", "TIMELINE", "MESSAGES", "NPS", "PARKED")
    return {
        name: sorted(
            ({k: v for k, v in item.items() if k != "updated_at"} for item in desk.cloud.items(f"{name}_TABLE")),
            key=repr,
        )
        for name in tables
    }


@pytest.mark.parametrize(("kind", "outcome"), ALL)
def test_an_outcome_said_again_changes_nothing_and_nobody_else_can_say_another(
    desk: Desk, enter: Enter, kind: str, outcome: str
) -> None:
    work_id = FOR[kind](desk, enter)
    done = completing.complete(work_id, said(kind, outcome), "officer")
    told, after = list(desk.told), world(desk)
    for _ in range(3):
        assert completing.complete(work_id, said(kind, outcome), "officer") == items.get(work_id)
    assert world(desk) == after
    assert desk.told == told
    with pytest.raises(CaringError) as refused:
        completing.complete(work_id, said(kind, outcome), "another")
    assert refused.value.status == 409
    assert world(desk) == after
    assert done["state"] == ("open" if "not_before" in done else "done")


def test_every_kind_of_work_has_outcomes() -> None:
    assert set(outcomes.OUTCOMES) == set(items.KINDS) == set(FOR)


def events(desk: Desk, kind: str) -> list[dict[str, Any]]:
    return [event for event in desk.cloud.items("TIMELINE_TABLE") if event["type"] == kind]


def test_a_solved_ticket_tells_its_state_machine_and_its_history(desk: Desk, enter: Enter) -> None:
    completing.complete(of_ticket(desk, enter), said("ticket_work", "solved"), "officer")
    assert desk.told == [("token", "solved")]
    entry = next(e for e in desk.ticket()["history"].values() if e["event"] == "solved")
    assert (entry["by"], entry["note"]) == ("officer", "sudah")


def test_what_a_unit_could_not_do_is_told(desk: Desk, enter: Enter) -> None:
    completing.complete(of_other_unit(desk, enter), said("collaborate", "not_possible"), "field.member")
    assert desk.told == [("token", "needs_unit"), ("token-field", "not_possible")]


def test_a_repaired_number_is_valid_again(desk: Desk, enter: Enter) -> None:
    work_id = of_repair(desk, enter)
    assert set(desk.customer()["invalid"]) >= {"whatsapp", "sms", "email"}
    completing.complete(work_id, said("repair_contact", "fixed"), "officer")
    customer = desk.customer()
    assert customer["phone"] == "+6281234567899"
    assert "sms" not in customer["invalid"]
    assert not customer["repair"]["open"]


def test_a_number_that_is_none_leaves_the_item_open(desk: Desk, enter: Enter) -> None:
    work_id = of_repair(desk, enter)
    with pytest.raises(CaringError) as refused:
        completing.complete(work_id, {"outcome": "fixed", "values": {"phone": "12"}}, "officer")
    assert refused.value.status == 400
    assert items.get(work_id)["state"] == "open"


def test_a_callback_to_a_detractor_is_the_next_item_at_that_time(desk: Desk, enter: Enter) -> None:
    work_id = of_detractor(desk, enter)
    completing.complete(work_id, said("detractor_follow_up", "callback"), "officer")
    (again,) = [i for i in desk.cloud.items("WORK_ITEMS_TABLE") if i["state"] == "open"]
    assert (again["work_id"], again["due_at"]) == (f"{work_id}.2", "2026-11-25T03:00:00.000Z")


def test_a_strangers_message_becomes_the_complaint_of_whom_it_is(
    desk: Desk, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPLAINT_ARN", "arn:aws:states:x:0:stateMachine:complaint")
    completing.complete(of_stranger(desk, enter), said("unmatched", "matched"), "officer")
    assert (desk.ticket()["customer_id"], desk.ticket()["source"]) == (CUSTOMER, "reply")
    assert parked.read("reply", 10) == []


def test_an_unknown_stranger_stays_parked(desk: Desk, enter: Enter) -> None:
    completing.complete(of_stranger(desk, enter), said("unmatched", "unknown"), "officer")
    assert len(parked.read("reply", 10)) == 1
    assert desk.tickets() == []


@pytest.mark.parametrize(("outcome", "goes_on"), [("done", False), ("not_possible", True)])
def test_a_payment_that_was_not_found_lets_the_reminders_go_on(
    desk: Desk, enter: Enter, outcome: str, goes_on: bool
) -> None:
    until = clock.iso(desk.now + timedelta(days=3))
    desk.add(payment_check={"at": clock.iso(desk.now), "until": until, "event_id": "e"})
    enter("collaborate-paid-e", unit="billing", payment_check=True)
    completing.complete("collaborate-paid-e", {"outcome": outcome}, "billing.member")
    assert (desk.customer()["payment_check"]["until"] == clock.iso(desk.now)) == goes_on


@pytest.mark.parametrize(("work_id", "outcome", "kind"), [
    ("visit-1", "done", "visit"),
    ("visit-1", "not_home", None),
    ("group_post-1", "posted", "post"),
    ("educate-1", "done", None),
])  # fmt: skip
def test_who_was_met_was_contacted(desk: Desk, enter: Enter, work_id: str, outcome: str, kind: str | None) -> None:
    enter(work_id)
    completing.complete(work_id, {"outcome": outcome}, "officer")
    contacts = pressure.read([CUSTOMER])[CUSTOMER].recent
    assert [contact.kind for contact in contacts] == ([kind] if kind else [])
    (event,) = events(desk, work_id.partition("-")[0])
    assert (event["outcome"], event["by"]) == (outcome, "officer")


def test_the_state_machine_is_told_even_if_it_took_a_crash_to_finish(
    desk: Desk, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    work_id = of_ticket(desk, enter)
    with monkeypatch.context() as dying:
        dying.setattr(store, "note", lambda *_, **__: (_ for _ in ()).throw(RuntimeError("killed")))
        with pytest.raises(RuntimeError):
            completing.complete(work_id, said("ticket_work", "solved"), "officer")
    assert desk.told == []
    completing.complete(work_id, said("ticket_work", "solved"), "officer")
    assert desk.told == [("token", "solved")]
