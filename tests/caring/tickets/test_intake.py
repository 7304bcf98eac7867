"""Complaints coming in: one ticket per matter, one effect per event."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caring import clock, configuration
from caring.errors import CaringError
from caring.tickets import closing, complaints, intake, listing, locker, machine, routing, sent, store, timers
from caring.work import items
from tests.caring.tickets.conftest import CUSTOMER, Desk

SLOW = "internet saya lambat sekali sejak kemarin"


def complain(event_id: str = "e1", text: str = SLOW, category: str | None = "fault", source: str = "walk_in") -> str:
    return intake.open_ticket(CUSTOMER, source=source, text=text, category=category, event_id=event_id)


def test_a_complaint_opens_a_ticket_with_its_unit_its_deadline_and_its_execution(desk: Desk) -> None:
    ticket_id = complain()
    ticket = store.get(ticket_id)
    assert (ticket["state"], ticket["unit"], ticket["technical"], ticket["matter"]) == ("open", "sccd", True, "signal")
    assert ticket["deadline"] == "2026-11-25T03:00:00.000Z"  # a fault: 24 hours round the clock
    assert desk.started == [ticket_id]
    assert desk.customer()["open_tickets"] == 1
    assert desk.customer()["last_ticket_at"] == "2026-11-24T03:00:00.000Z"


def test_the_same_event_ten_times_makes_one_ticket_and_one_timeline_entry(desk: Desk) -> None:
    assert len({complain() for _ in range(10)}) == 1
    assert len(desk.tickets()) == 1
    assert desk.customer()["open_tickets"] == 1
    assert [item["type"] for item in desk.cloud.items("TIMELINE_TABLE")] == ["ticket"]


def test_complaints_of_one_matter_in_the_same_second_make_one_ticket(desk: Desk) -> None:
    with ThreadPoolExecutor(6) as pool:
        made = set(pool.map(complain, [f"e{n}" for n in range(6)]))
    assert len(made) == 1
    assert desk.ticket()["complaints"] == 6
    assert desk.customer()["open_tickets"] == 1


def test_the_hundredth_long_complaint_is_taken_kept_and_shown(desk: Desk) -> None:
    said = [f"{n}: " + "lambat " * 560 for n in range(100)]
    for n, text in enumerate(said):
        desk.later(minutes=1)
        assert complain(f"e{n}", text) == complain(f"e{n}", text) == desk.ticket()["ticket_id"]
    ticket = desk.ticket()
    on_it = [entry["text"] for entry in ticket["history"].values() if entry["event"] == "complained_again"]
    assert sorted(on_it) == sorted(said[-10:]), "the latest lie on the ticket itself"
    assert ticket["complaints"] == 100
    told = listing.view(complaints.with_all(ticket))["history"]
    assert [entry["text"] for entry in told if entry["event"] == "complained_again"] == said[1:]
    assert {entry["source"] for entry in told if entry["event"] == "complained_again"} == {"walk_in"}
    kept = [item["text"] for item in desk.cloud.items("TIMELINE_TABLE") if item.get("event") == "complained_again"]
    assert sorted(kept) == sorted(said[1:])


def test_a_ticket_that_holds_all_its_complaints_is_shown_as_it_is(desk: Desk) -> None:
    for n in range(11):
        complain(f"e{n}")
    ticket = desk.ticket()
    assert complaints.with_all(ticket) == ticket


def test_no_more_complaints_are_shown_than_an_answer_may_hold(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("complaints_on_ticket", "complaints_shown"):
        monkeypatch.setattr(configuration.get().tickets, name, 3)
    for n in range(6):
        desk.later(minutes=1)
        complain(f"e{n}", f"lambat {n}")
    desk.later(minutes=1)
    told = listing.view(complaints.with_all(desk.ticket()))["history"]
    assert [entry["text"] for entry in told if entry["event"] == "complained_again"] == [
        f"lambat {n}" for n in (3, 4, 5)
    ]


def test_another_matter_has_a_ticket_of_its_own(desk: Desk) -> None:
    assert complain() != complain("e2", "tagihan saya naik dua kali lipat", "billing")
    assert desk.customer()["open_tickets"] == 2


def test_a_reply_joins_whatever_ticket_is_open(desk: Desk) -> None:
    first = complain()
    assert complain("e2", "tagihan saya kok naik ya", None, source="reply") == first
    assert desk.events() == ["opened", "complained_again"]


def test_an_idempotency_key_is_good_for_one_complaint(desk: Desk) -> None:
    complain()
    with pytest.raises(CaringError) as refused:
        complain(text="yang lain")
    assert refused.value.status == 409


def test_who_wants_to_leave_is_raised_once(desk: Desk) -> None:
    complain("e1", "saya mau berhenti langganan", None)
    complain("e1", "saya mau berhenti langganan", None)
    assert desk.ticket()["churn_risk"]
    assert desk.events().count("churn_signal") == 1


def test_an_unknown_customer_opens_no_ticket(desk: Desk) -> None:
    with pytest.raises(CaringError) as refused:
        intake.open_ticket("nobody", source="walk_in", text="x", event_id="e")
    assert refused.value.status == 404


def confirming(desk: Desk, ticket_id: str, number: int = 1, round_: int = 1) -> str:
    cause = sent.cause(ticket_id, round_, number)
    question = {"round": round_, "number": number, "step": "question", "cause": cause, "token": f"t{number}"}
    assert store.change(store.get(ticket_id), sets={"state": "confirming", "question": question})
    return cause


def answer(ticket_id: str, word: str, cause: str, event_id: str = "m1") -> None:
    closing.answer(
        ticket_id,
        word,  # type: ignore[arg-type]
        customer_id=CUSTOMER,
        cause=cause,
        event_id=event_id,
        channel="whatsapp",
        at=clock.now(),
    )


def test_the_customers_yes_is_told_once_and_linked_to_its_message(desk: Desk) -> None:
    ticket_id = complain()
    cause = confirming(desk, ticket_id)
    for _ in range(10):
        answer(ticket_id, "yes", cause)
    assert desk.told == [("t1", "yes")]
    assert desk.ticket()["question"]["answer"]["event_id"] == "m1"


def test_the_first_word_counts(desk: Desk) -> None:
    ticket_id = complain()
    cause = confirming(desk, ticket_id)
    answer(ticket_id, "yes", cause, "m1")
    answer(ticket_id, "no", cause, "m2")
    assert desk.told == [("t1", "yes")]


def test_an_answer_to_an_earlier_round_changes_nothing(desk: Desk) -> None:
    ticket_id = complain()
    old = sent.cause(ticket_id, 1, 1)
    assert store.change(store.get(ticket_id), sets={"round": 2})
    confirming(desk, ticket_id, round_=2)
    answer(ticket_id, "yes", old)
    assert desk.told == []


def test_a_new_complaint_while_the_customer_is_asked_is_a_no(desk: Desk) -> None:
    ticket_id = complain()
    confirming(desk, ticket_id)
    for _ in range(3):
        assert complain("e2") == ticket_id
    assert desk.told == [("t1", "no")]


MATTERS = {
    "fault": "internet saya lambat sekali, wifi putus",
    "billing": "tagihan saya naik dua kali lipat",
    "request": "mohon balik nama pelanggan",
}
EVENTS = {f"{matter}-{number}": matter for matter in MATTERS for number in range(3)}
HOW_OFTEN = st.lists(st.sampled_from(sorted(EVENTS)), min_size=1, max_size=14)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(HOW_OFTEN, st.sampled_from([None, "given"]))
def test_whatever_comes_how_often_and_in_which_order_each_matter_is_one_ticket(
    desk: Desk, came: list[str], category: str | None
) -> None:
    customer = f"1316{uuid.uuid4().int % 10**8:08d}"
    desk.add(customer)
    of: dict[str, set[str]] = {}
    for event in came:
        matter = EVENTS[event]
        sure = matter if category else None
        source = "myindihome" if event.endswith("1") else "call_centre_147"
        made = intake.open_ticket(
            customer, source=source, text=MATTERS[matter], category=sure, event_id=f"{customer}-{event}"
        )
        of.setdefault(matter, set()).add(made)
    tickets = {ticket_id: store.get(ticket_id) for found in of.values() for ticket_id in found}
    assert all(len(found) == 1 for found in of.values())
    assert len(tickets) == len(of)
    for matter, (ticket_id,) in of.items():
        assert tickets[ticket_id]["complaints"] == len({event for event in came if EVENTS[event] == matter})
        assert tickets[ticket_id]["category"] == matter
    assert desk.customer(customer)["open_tickets"] == len(of)
    assert set(tickets) <= set(desk.started)


@pytest.mark.parametrize("source", [source for source in routing.SOURCES if source != "reply"])
def test_each_source_opens_a_ticket_and_another_source_joins_it(desk: Desk, source: str) -> None:
    first = complain("e1", source=source)
    assert complain("e2", source="reply", category=None) == first
    history = sorted(desk.ticket()["history"].values(), key=lambda entry: str(entry["at"]))
    assert [entry["source"] for entry in history] == [source, "reply"]


def test_a_complaint_of_any_length_is_a_ticket(desk: Desk) -> None:
    for _ in range(2):
        complain(text=f"{SLOW} {'x' * 500_000}", category=None, source="reply")
    assert len(desk.ticket()["text"]) == 4000


@pytest.mark.parametrize("dies_in", ["note", "start"])
def test_a_complaint_cut_short_by_a_crash_is_finished_when_it_comes_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, dies_in: str
) -> None:
    room = store if dies_in == "note" else machine
    with monkeypatch.context() as dying:
        dying.setattr(room, dies_in, lambda *_, **__: (_ for _ in ()).throw(RuntimeError("killed")))
        with pytest.raises(RuntimeError):
            complain(text="saya mau berhenti langganan", category=None)
    assert desk.started == []
    ticket_id = complain(text="saya mau berhenti langganan", category=None)
    assert desk.started == [ticket_id]
    assert desk.events() == ["opened", "churn_signal"]
    assert desk.customer()["open_tickets"] == 1


def test_high_value_has_less_time_and_stands_first_in_the_locker(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timers, "arm", lambda *_: None)
    desk.add("131500000002", segment="HVC")
    regular = complain("e1")
    high = intake.open_ticket("131500000002", source="walk_in", text=SLOW, category="fault", event_id="e2")
    for ticket_id in (regular, high):
        locker.give(ticket_id, f"token-{ticket_id}")
    found, _ = items.listed("sccd", "open", "BANDUNG", limit=10)
    assert [item["ticket_id"] for item in found] == [high, regular]
    assert store.get(high)["deadline"] < store.get(regular)["deadline"]
    listed, _ = listing.listed("sccd", ("in_locker",), "BANDUNG", 10)
    assert [ticket["ticket_id"] for ticket in listed] == [high, regular]


def test_who_speaks_of_leaving_later_is_marked_on_the_work_that_lies_in_lockers(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers, "arm", lambda *_: None)
    ticket_id = complain()
    locker.give(ticket_id, "token")
    (item,) = items.listed("sccd", "open", "BANDUNG", limit=10)[0]
    assert not item["churn_risk"]
    for _ in range(2):
        complain("e2", "kalau begini saya mau berhenti langganan saja", None, source="reply")
    (item,) = items.listed("sccd", "open", "BANDUNG", limit=10)[0]
    assert item["churn_risk"]
    assert listing.view(desk.ticket())["churn_risk"]
    assert desk.events().count("churn_signal") == 1
