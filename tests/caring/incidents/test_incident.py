"""Fault tickets of a village become one incident: proposed, confirmed by a person, mended once for all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from caring.customers import store as customers
from caring.errors import CaringError
from caring.incidents import deciding, reports, store, viewing
from caring.runs import store as runs
from caring.tickets import asking, closing, ending, intake, locker, sent, steps
from caring.work import claiming, completing, handling, items
from tests.caring.incidents.conftest import AREA, HOUSES, LEAST, Village, ticket, who
from tests.caring.runs.conftest import program


def proposed(village: Village, *numbers: int) -> tuple[str, list[str]]:
    """An incident that these neighbours' faults propose, and their tickets."""
    tickets = [village.report(number) for number in numbers or range(LEAST)]
    return village.incident()["incident_id"], tickets


def confirmed(village: Village, *numbers: int) -> tuple[str, list[str]]:
    """One that an officer confirmed, and of which all is done that follows."""
    incident_id, tickets = proposed(village, *numbers)
    deciding.confirm(incident_id, note="ODP terbakar", actor="officer")
    village.follow()
    return incident_id, tickets


def mended(village: Village, incident_id: str) -> None:
    deciding.mend(incident_id, note=None, actor="officer")
    village.follow()


def test_enough_customers_of_one_village_make_one_proposal_that_a_person_is_asked_about(village: Village) -> None:
    village.settle(20, village="Lebak", area_key="bandung|coblong|lebak")
    village.report(0)
    village.report(1)
    village.report(1)  # the same customer again
    village.report(2, category="billing")
    village.report(20)
    assert village.incidents() == []
    village.report(3)
    village.report(4)
    incident = village.incident()
    assert (incident["state"], incident["village"], incident["proposed_by"]) == ("proposed", "Dago", "system")
    question = items.get(f"escalation-incident-{incident['incident_id']}")
    assert (question["unit"], question["incident_id"]) == ("sccd", incident["incident_id"])
    assert question["reason"] == "3 customers of Dago report faults: is it one disturbance?"
    assert village.held() == set()
    assert viewing.counts(incident) | {"reports": 4, "reporters": 4, "tickets": 0} == viewing.counts(incident)


def test_a_manager_may_note_the_question_without_deciding(village: Village) -> None:
    incident_id, _ = proposed(village)
    for _ in range(2):
        noted = completing.complete(reports.question_id(incident_id), {"outcome": "noted"}, "manager")
    assert noted["state"] == "done"
    assert deciding.confirm(incident_id, note=None, actor="officer")["state"] == "confirmed"


def test_faults_that_are_reported_far_apart_are_no_incident(village: Village) -> None:
    for number in range(5):
        village.report(number)
        village.desk.later(hours=1.5)
    assert village.incidents() == []


def test_whoever_lives_nowhere_is_no_part_of_an_incident(village: Village) -> None:
    for number in range(LEAST):
        village.desk.add(who(number))
        village.report(number)
    assert village.incidents() == []


def test_faults_in_the_same_second_propose_one_incident(village: Village) -> None:
    tickets = []
    for number in range(8):
        ticket_id = intake.open_ticket(
            who(number), source="walk_in", text="internet mati", category="fault", event_id=f"r{number}"
        )
        tickets.append(ticket(ticket_id))

    def hear(one: dict[str, object]) -> None:
        for _ in range(5):  # the state machine takes a step that failed again
            try:
                return reports.hear(one)
            except RuntimeError:
                continue

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(hear, tickets))
    assert store.current(AREA) == {
        **store.key(store.place(AREA), "current"),
        "incident_id": store.place(AREA),
        "part": "current",
        "current": village.incident()["incident_id"],
        "state": "proposed",
        "since": village.incident()["proposed_at"],
    }


def test_a_confirmed_incident_takes_its_tickets_along_holds_its_area_and_tells_the_neighbours(village: Village) -> None:
    incident_id, tickets = confirmed(village)
    for ticket_id in tickets:
        there = ticket(ticket_id)
        assert there["incident_id"] == incident_id
        assert there["state"] == "in_locker"
        assert [entry["event"] for entry in there["history"].values()].count("joined_incident") == 1
        assert items.get(locker.own_id(there))["incident_id"] == incident_id
    assert village.held() == {who(number) for number in range(HOUSES)}
    assert village.told() == [(who(number), "told") for number in range(LEAST, HOUSES)]
    assert village.told() == []
    assert items.get(reports.question_id(incident_id))["outcome"] == "withdrawn"
    counts = viewing.counts(store.get(incident_id))
    assert counts == {
        **{"reports": 3, "reporters": 3, "tickets": 3, "affected": HOUSES, "customers": HOUSES},
        **{"held": HOUSES, "released": 0, "told": 5, "not_reached": 0, "asked": 0},
    }


def test_who_complains_later_joins_at_once_and_whoever_has_no_channel_is_counted(village: Village) -> None:
    village.settle(7, consent_whatsapp=False, consent_sms=False, consent_email=False)
    incident_id, _ = confirmed(village)
    late = village.report(5)
    assert ticket(late)["incident_id"] == incident_id
    assert items.get(f"ticket_work-{late}-1")["incident_id"] == incident_id
    assert len(village.incidents()) == 1
    counts = viewing.counts(store.get(incident_id))
    assert (counts["told"], counts["not_reached"], counts["tickets"]) == (4, 1, 4)


def test_mended_holds_end_tickets_are_asked_about_and_neighbours_hear_of_it(village: Village) -> None:
    incident_id, tickets = confirmed(village)
    assert len(village.told()) == 5
    handling.claim(f"ticket_work-{tickets[0]}-1", "officer")
    mended(village, incident_id)
    assert village.held() == set()
    for ticket_id in tickets:
        item = items.get(f"ticket_work-{ticket_id}-1")
        assert (item["state"], item["outcome"]) == ("done", "solved")
        assert village.desk.told.count((f"token-{ticket_id}", "solved")) >= 1
        events = [entry["event"] for entry in ticket(ticket_id)["history"].values()]
        assert (events.count("incident_mended"), events.count("solved")) == (1, 1)
    assert village.told() == [(who(number), "mended") for number in range(LEAST, HOUSES)]
    assert village.told() == []
    counts = viewing.counts(store.get(incident_id))
    assert (counts["held"], counts["released"], counts["asked"]) == (0, HOUSES, HOUSES)
    with pytest.raises(CaringError, match="done"):
        completing.complete(f"ticket_work-{tickets[0]}-1", {"outcome": "not_valid"}, "officer")


def test_who_was_not_reached_in_time_is_told_of_neither_the_disturbance_nor_its_end(village: Village) -> None:
    incident_id, _ = confirmed(village)
    mended(village, incident_id)  # before any of the messages went out
    assert village.told() == []
    ledger = village.talk.ledger(f"incident-{incident_id}-told", who(7))
    assert ledger is not None
    assert (ledger["status"], ledger["reason"]) == ("skipped", "incident_over")


def test_other_units_work_is_done_too_unless_one_has_said_that_it_cannot(village: Village) -> None:
    incident_id, (one, two, _) = confirmed(village)
    for ticket_id in (one, two):
        said = {"outcome": "needs_unit", "units": ["field", "network"], "request": "cek ODP"}
        completing.complete(f"ticket_work-{ticket_id}-1", said, "officer")
        assert steps.take(ticket_id, "collaborate")["units"] == ["field", "network"]
        locker.give(ticket_id, f"field-{ticket_id}", "field")
        locker.give(ticket_id, f"network-{ticket_id}", "network")
    completing.complete(f"collaborate-{two}-1-field", {"outcome": "not_possible"}, "member")
    mended(village, incident_id)
    assert {items.get(f"collaborate-{one}-1-{unit}")["outcome"] for unit in ("field", "network")} == {"done"}
    assert items.get(f"ticket_work-{one}-1")["outcome"] == "needs_unit"
    assert steps.take(one, "analyse") == {"outcome": "ask"}
    assert steps.take(two, "analyse") == {"outcome": "unit"}
    locker.give(two, "again")
    assert items.get(f"ticket_work-{two}-2")["state"] == "open"  # a person looks
    village.follow()
    assert items.get(f"ticket_work-{two}-2")["state"] == "open"


def test_a_ticket_whose_customer_is_asked_already_follows_and_he_is_no_neighbour(village: Village) -> None:
    incident_id, tickets = proposed(village)
    completing.complete(f"ticket_work-{tickets[0]}-1", {"outcome": "solved"}, "officer")
    asking.ask(tickets[0], "question", "ask")
    village.talk.deliver()
    deciding.confirm(incident_id, note=None, actor="officer")
    village.follow()
    there = ticket(tickets[0])
    assert (there["incident_id"], there["state"], "answer" in there["question"]) == (incident_id, "confirming", False)
    assert who(0) in village.held()
    assert village.told() == [(who(number), "told") for number in range(LEAST, HOUSES)]
    mended(village, incident_id)
    assert village.told() == [(who(number), "mended") for number in range(LEAST, HOUSES)]
    assert (ticket(tickets[0])["state"], village.held()) == ("confirming", set())


def test_who_says_no_while_it_lasts_is_repaired_with_all_others(village: Village) -> None:
    incident_id, tickets = proposed(village)
    completing.complete(f"ticket_work-{tickets[0]}-1", {"outcome": "solved"}, "officer")
    asking.ask(tickets[0], "question", "ask")
    deciding.confirm(incident_id, note=None, actor="officer")
    village.follow()
    ticket_id, cause = tickets[0], sent.cause(tickets[0], 1, 1)
    said: dict[str, Any] = {
        "customer_id": who(0),
        "cause": cause,
        "event_id": "m1",
        "channel": "sms",
        "at": village.desk.now,
    }
    closing.answer(ticket_id, "no", **said)
    steps.take(ticket_id, "reopen")
    locker.give(ticket_id, "again")
    assert items.get(f"ticket_work-{ticket_id}-2")["incident_id"] == incident_id
    mended(village, incident_id)
    assert ("again", "solved") in village.desk.told


def test_a_ticket_that_has_ended_is_left_alone(village: Village) -> None:
    incident_id, tickets = proposed(village)
    ending.end(ticket(tickets[0]), "closed_without_answer")
    deciding.confirm(incident_id, note=None, actor="officer")
    village.follow()
    assert "incident_id" not in ticket(tickets[0])


def test_a_dismissed_proposal_holds_nobody_and_its_reports_do_not_count_again(village: Village) -> None:
    incident_id, tickets = proposed(village)
    dismissed = deciding.dismiss(incident_id, reason="modem rusak", actor="officer")
    assert deciding.dismiss(incident_id, reason="modem rusak", actor="officer") == dismissed
    village.follow()
    assert (dismissed["state"], dismissed["reason"]) == ("dismissed", "modem rusak")
    assert village.held() == set()
    assert "incident_id" not in ticket(tickets[0])
    village.desk.later(minutes=1)
    village.report(5)
    assert len(village.incidents()) == 1
    village.report(6)
    village.report(7)
    assert len(village.incidents("proposed")) == 1
    with pytest.raises(CaringError, match="dismissed"):
        deciding.confirm(incident_id, note=None, actor="officer")


def test_after_an_incident_is_mended_new_faults_make_a_new_one(village: Village) -> None:
    first, _ = confirmed(village)
    mended(village, first)
    village.desk.later(minutes=5)
    for number in (4, 5, 6):
        village.report(number)
    (second,) = village.incidents("proposed")
    assert second["incident_id"] != first


def test_a_proposal_that_nobody_decides_on_makes_way_for_a_newer_one(village: Village) -> None:
    first, _ = proposed(village)
    village.desk.later(hours=13)
    for number in (4, 5, 6):
        village.report(number)
    (second,) = village.incidents("proposed")
    assert store.get(first)["state"] == "dismissed"
    assert items.get(reports.question_id(first))["state"] == "done"
    deciding.confirm(second["incident_id"], note=None, actor="officer")
    village.follow()
    assert viewing.counts(store.get(second["incident_id"]))["tickets"] == 3


def test_an_officer_enters_a_disturbance_of_which_nobody_complained_yet(village: Village) -> None:
    incident = deciding.open_by_hand("BANDUNG", "coblong", "DAGO", note="kabel putus", actor="officer")
    village.follow()
    assert (incident["state"], incident["note"], incident["proposed_by"]) == ("confirmed", "kabel putus", "officer")
    assert len(village.told()) == len(village.held()) == HOUSES
    with pytest.raises(CaringError, match="go on with it"):
        deciding.open_by_hand("BANDUNG", "Coblong", "Dago", note=None, actor="officer")
    assert ticket(village.report(1))["incident_id"] == incident["incident_id"]
    assert village.desk.customer(who(1))["incident_hold"] == incident["incident_id"]


def test_what_is_entered_by_hand_is_called_as_its_customers_addresses_are(village: Village) -> None:
    incident = deciding.open_by_hand("bandung", " coblong", "DAGO ", note=None, actor="officer")
    assert (incident["witel"], incident["district"], incident["village"]) == ("BANDUNG", "Coblong", "Dago")


@pytest.mark.parametrize("place", [("BANDUNG", "Coblong", "Nirgends"), ("BANDUNG", None, "Dago"), ("X", "Y", "Dago")])
def test_nothing_is_entered_where_no_customer_lives(village: Village, place: tuple[str, str | None, str]) -> None:
    with pytest.raises(CaringError, match="no customer lives in") as refused:
        deciding.open_by_hand(*place, note=None, actor="officer")
    assert (refused.value.status, refused.value.code) == (409, "nobody_affected")
    assert village.incidents() == []


def test_who_complained_shortly_before_it_was_entered_by_hand_follows_it(village: Village) -> None:
    long_ago = village.report(0)
    village.desk.later(hours=3)
    lately = village.report(1)
    incident = deciding.open_by_hand("BANDUNG", "Coblong", "Dago", note=None, actor="officer")
    village.follow()
    assert ticket(lately)["incident_id"] == incident["incident_id"]
    assert "incident_id" not in ticket(long_ago)
    assert who(1) not in {customer_id for customer_id, _ in village.told()}
    mended(village, incident["incident_id"])
    again = deciding.open_by_hand("BANDUNG", "Coblong", "Dago", note=None, actor="officer")
    assert again["since"] >= store.get(incident["incident_id"])["mended_at"]


def test_incidents_are_listed_the_longest_known_first_page_by_page(village: Village) -> None:
    made = []
    for number, name in enumerate(("Lebak", "Sekeloa", "Cipaganti"), start=20):
        village.settle(number, village=name, area_key=f"bandung|coblong|{name.lower()}")
        village.desk.later(minutes=1)
        made.append(deciding.open_by_hand("BANDUNG", "Coblong", name, note=None, actor="o")["incident_id"])
    mended(village, made[1])
    first, after = store.listed(store.STATES, "bandung", 2)
    rest, end = store.listed(store.STATES, "BANDUNG", 2, after)
    assert [one["incident_id"] for one in first + rest] == made
    assert end is None
    assert [one["incident_id"] for one in store.listed(["mended"], "bandung", 5)[0]] == [made[1]]
    assert store.listed(store.STATES, "cirebon", 5) == ([], None)


@pytest.mark.parametrize(("kind", "waits"), [("billing_reminder", True), ("upsell", True), ("ticket_follow_up", False)])
def test_nobody_is_called_about_a_bill_or_an_offer_while_his_line_is_repaired(
    village: Village, kind: str, waits: bool
) -> None:
    waves = [{"after_hours": 0, "until": "read"}]
    run = runs.open_run("run-1", program(kind=kind, waves=waves), 1, "manager")
    call = items.about(customers.get(who(7)), "call", "call-run-1", unit="crm", reason="sms failed")
    items.enter([call | {"run_id": run.run_id}])
    incident_id, _ = confirmed(village)
    if waits:
        with pytest.raises(CaringError, match="repaired"):
            claiming.claim("call-run-1", "officer")
        mended(village, incident_id)
    assert claiming.claim("call-run-1", "officer")["state"] == "claimed"
