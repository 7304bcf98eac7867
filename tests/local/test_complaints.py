"""Complaints on the laptop cloud: through the API, the lockers and the simulated customers, to their ends.

Hours are short there (see conftest): what takes days elsewhere takes a few minutes, and all of it goes on at once.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from infra.local.api import Api
from infra.local.emulator import client
from infra.local.restart import restart
from tests.local import steps

SECONDS = 400
SLOW = "internet saya lambat sekali sejak kemarin"
ALL = ("whatsapp", "sms", "email")
# who: trailing digits of his number, by which he may be written to, and his segment
PEOPLE: dict[str, tuple[str, tuple[str, ...], str]] = {
    "confirms": ("81", ("whatsapp",), "REGULER"),
    "refuses": ("82", ("whatsapp",), "REGULER"),
    "is silent": ("00", ALL, "REGULER"),
    "needs units": ("81", ("whatsapp",), "REGULER"),
    "complains by reply": ("83", ("whatsapp",), "REGULER"),
    "is not on WhatsApp": ("98", ("whatsapp",), "REGULER"),
    "gets nothing by two": ("99", ("whatsapp", "sms"), "REGULER"),
    "gets nothing at all": ("90", ALL, "REGULER"),
    "is of value": ("00", (), "HVC"),
    "is forgotten": ("81", ("whatsapp",), "REGULER"),
}
CALLED = ("is not on WhatsApp", "gets nothing by two", "gets nothing at all")
BEGIN = ["SeeWhereItStands", "WhereDoesItStand", "WorkInUnit", "WhatSaysTheUnit"]
ASKED = [*BEGIN, "AskCustomer", "WhatSaysTheCustomer"]


def customer(who: str) -> str:
    return f"1397000000{list(PEOPLE).index(who):02}"


def number(who: str) -> str:
    return f"081291{list(PEOPLE).index(who):04}{PEOPLE[who][0]}"


def row(who: str) -> dict[str, str]:
    digits, channels, segment = PEOPLE[who]
    return {
        "customer_id": customer(who),
        "name": "Rudi Keluhan",
        "phone": number(who),
        "email": f"rudi{list(PEOPLE).index(who)}x{digits}@example.com",
        "segment": segment,
        "witel": "BANDUNG",
        "amount_due": "350000",
        "due_date": "2026-11-25",
        **{f"consent_{one}": "yes" if one in channels else "no" for one in (*ALL, "voice")},
    }


class Unit:
    """The people of the unit: who takes complaints down, who works on them, and what all of them see."""

    def __init__(self, api: Api) -> None:
        self.manager, self.agent = api, api.as_("agent", "BANDUNG")
        self.officer, self.technician = api.as_("officer", "BANDUNG"), api.as_("unit_member", "BANDUNG")

    def complain(self, who: str, **more: str) -> str:
        body = {"source": "call_centre_147", "customer_id": customer(who), "text": SLOW, "category": "fault", **more}
        return str(self.agent.post("/complaints", body)["ticket_id"])

    def ticket(self, ticket_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.manager.get(f"/tickets/{ticket_id}")
        return found

    def of(self, who: str) -> list[dict[str, Any]]:
        return list(self.manager.get("/tickets", customer_id=customer(who))["items"])

    def until(self, ticket_id: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        found: dict[str, Any] = steps.wait(lambda: self.ticket(ticket_id), holds, SECONDS)
        assert holds(found), [entry["event"] for entry in found["history"]]
        return found

    def lies_there(self, by: Api, work_id: str) -> None:
        steps.wait(lambda: by.call("GET", f"/work-items/{work_id}").status, lambda status: status == 200, SECONDS)

    def complete(self, by: Api, work_id: str, **said: Any) -> None:
        """Once the item lies in its locker."""
        self.lies_there(by, work_id)
        by.post(f"/work-items/{work_id}/complete", said)

    def solve(self, ticket_id: str, round_: int = 1) -> None:
        self.complete(self.officer, f"ticket_work-{ticket_id}-{round_}", outcome="solved", note="modem diganti")

    def aws(self, service: str) -> Any:
        """A client of the laptop cloud itself."""
        return client(dict(self.manager.outputs), service)

    def execution(self, name: str) -> str:
        """The ARN of a ticket's execution."""
        return f"{self.manager.outputs['complaint_arn'].replace(':stateMachine:', ':execution:')}:{name}"

    def went_through(self, name: str) -> list[str]:
        """The states in the execution's own history."""
        arn = self.execution(name)
        pages = self.aws("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=arn)
        events = [event for page in pages for event in page["events"]]
        return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]


def events(ticket: dict[str, Any]) -> list[str]:
    return [entry["event"] for entry in ticket["history"]]


@pytest.fixture(scope="module")
def unit(laptop_cloud: Api) -> Unit:
    """The unit, after the customers of these tests were imported."""
    assert steps.import_file(laptop_cloud, [row(who) for who in PEOPLE])["accepted"] == len(PEOPLE)
    return Unit(laptop_cloud)


@pytest.fixture(scope="module")
def opened(unit: Unit) -> dict[str, str]:
    """A ticket of each, worked on at once, so that the hours of all pass together."""
    tickets = {who: unit.complain(who) for who in PEOPLE if who != "complains by reply"}
    for who in ("confirms", "refuses", "is silent", *CALLED):
        unit.solve(tickets[who])
    needs = {"outcome": "needs_unit", "units": ["field", "network"], "request": "cek kabel"}
    unit.complete(unit.officer, f"ticket_work-{tickets['needs units']}-1", **needs)
    unit.complete(unit.technician, f"collaborate-{tickets['needs units']}-1-field", outcome="done", note="ok")
    return tickets


@pytest.mark.parametrize("who", CALLED)
def test_who_cannot_be_written_to_is_called(unit: Unit, opened: dict[str, str], who: str) -> None:
    ticket_id = opened[who]
    ticket = unit.until(ticket_id, lambda seen: "call_wanted" in events(seen))
    assert events(ticket).count("message_failed") == len(PEOPLE[who][1])
    assert "not_reachable" in events(ticket)
    call = unit.officer.get(f"/work-items/call-{ticket_id}-1")
    assert call["screen"]["text"], "the words to say stand on the item"
    unit.complete(unit.officer, f"call-{ticket_id}-1", outcome="answered", answer="yes", note="sudah normal")
    ticket = unit.until(ticket_id, lambda seen: seen["state"] == "closed")
    assert ticket["closed_by"] == "call"
    steps.wait(lambda: unit.went_through(ticket_id), lambda seen: seen[-1:] == ["Closed"], SECONDS)
    assert unit.went_through(ticket_id)[-4:] == ["CallCustomer", "AfterTheCall", "Close", "Closed"]


def test_solved_and_confirmed_by_the_very_message(unit: Unit, opened: dict[str, str]) -> None:
    ticket = unit.until(opened["confirms"], lambda seen: seen["state"] == "closed")
    assert (ticket["reopened"], ticket["closed_by"]) == (0, "whatsapp")
    assert events(ticket) == ["opened", "given_to_unit", "solved", "asked", "answered", "closed"]

    def timeline() -> list[dict[str, Any]]:
        return list(unit.manager.get(f"/customers/{customer('confirms')}/timeline")["items"])

    told = steps.wait(timeline, lambda seen: "episode" in {event["type"] for event in seen}, SECONDS)
    (yes,) = [event for event in told if event.get("event_id") == ticket["closed_by_message"]]
    assert (yes["type"], yes["text"]) == ("message_in", "ya")
    assert {"ticket", "message_in", "episode"} <= {event["type"] for event in told}
    steps.wait(lambda: unit.went_through(ticket["ticket_id"]), lambda seen: seen[-1:] == ["Closed"], SECONDS)
    assert unit.went_through(ticket["ticket_id"]) == [*ASKED, "Close", "Closed"]


def test_refused_and_reopened_with_a_counter(unit: Unit, opened: dict[str, str]) -> None:
    ticket = unit.until(opened["refuses"], lambda seen: events(seen).count("given_to_unit") == 2)
    assert (ticket["state"], ticket["reopened"], ticket["closed_at"]) == ("in_locker", 1, None)
    assert unit.went_through(ticket["ticket_id"]) == [*ASKED, "Reopen", "WorkInUnit"]
    (again,) = [
        i
        for i in unit.officer.each("/work-items", unit="sccd", kind="ticket_work", state="open")
        if i["ticket_id"] == ticket["ticket_id"]
    ]
    assert (again["reopened"], again["reason"]) == (1, "the customer says that it is not mended")


def test_silent_to_the_end(unit: Unit, opened: dict[str, str]) -> None:
    ticket = unit.until(opened["is silent"], lambda seen: seen["state"] == "closed_without_answer")
    assert events(ticket)[2:] == ["solved", "asked", "reminded", "reminded", "call_wanted", "closed_without_answer"]
    used = [entry["channel"] for entry in ticket["history"] if entry["event"] in ("asked", "reminded")]
    assert sorted(used) == sorted(ALL), "each time over the next channel"
    assert unit.officer.get(f"/work-items/call-{ticket['ticket_id']}-1")["outcome"] == "withdrawn"
    way = [*ASKED, "RemindCustomer", "AfterTheFirstReminder", "RemindAgain", "AfterTheSecondReminder"]
    way += ["CallCustomer", "AfterTheCall", "CloseUnanswered", "DidAWordComeYet", "ClosedWithoutAnswer"]
    steps.wait(lambda: unit.went_through(ticket["ticket_id"]), lambda seen: seen == way, SECONDS)
    assert unit.went_through(ticket["ticket_id"]) == way


def test_two_units_of_which_one_is_late(unit: Unit, opened: dict[str, str]) -> None:
    ticket_id = opened["needs units"]
    ticket = unit.until(ticket_id, lambda seen: "unit_late" in events(seen))
    assert ticket["state"] == "in_collaboration"
    late = unit.manager.get(f"/work-items/escalation-{ticket_id}-late-1-network")
    assert (late["kind"], late["reason"]) == ("escalation", "network has not answered in time")
    unit.complete(unit.technician, f"collaborate-{ticket_id}-1-network", outcome="done")
    ticket = unit.until(ticket_id, lambda seen: seen["state"] == "closed")
    way = [*BEGIN, "NameOtherUnits", "WorkInOtherUnits", "Analyse", "IsItMended", *ASKED[-2:], "Close", "Closed"]
    steps.wait(lambda: unit.went_through(ticket_id), lambda seen: seen == way, SECONDS)
    assert unit.went_through(ticket_id) == way


def test_a_second_complaint_of_the_matter_joins_and_the_same_counts_once(unit: Unit, opened: dict[str, str]) -> None:
    body = {"source": "walk_in", "customer_id": customer("is of value"), "text": SLOW, "category": "fault"}
    key = {"Idempotency-Key": uuid.uuid4().hex}
    for _ in range(3):
        answer = unit.agent.call("POST", "/complaints", body, headers=key)
        assert (answer.status, answer.json) == (201, {"ticket_id": opened["is of value"]})
    assert unit.ticket(opened["is of value"])["complaints"] == 2
    assert len(unit.of("is of value")) == 1


def test_a_complaint_by_reply_is_a_ticket(unit: Unit) -> None:
    wanted = {
        "name": f"Complaints {uuid.uuid4().hex[:6]}",
        "kind": "billing_reminder",
        "script_id": "billing-reminder",
        "audience": {"customer_ids": [customer("complains by reply")]},
        "waves": [{"after_hours": 0, "until": "paid"}],
    }
    program = unit.manager.post("/programs", wanted)
    run_id = unit.manager.post(f"/programs/{program['program_id']}/runs")["run_id"]
    steps.wait(lambda: unit.manager.get(f"/runs/{run_id}"), lambda seen: seen["state"] == "planned")
    unit.manager.post(f"/runs/{run_id}/launch")
    (ticket,) = steps.wait(lambda: unit.of("complains by reply"), bool, SECONDS)
    assert (ticket["source"], ticket["category"], ticket["unit"]) == ("reply", "fault", "sccd")
    unit.until(ticket["ticket_id"], lambda seen: seen["state"] == "in_locker")


def test_a_high_value_customers_time_is_over(unit: Unit, opened: dict[str, str]) -> None:
    ticket = unit.until(opened["is of value"], lambda seen: seen["breached"])
    assert [event for event in events(ticket) if event in ("warned", "breached")] == ["warned", "breached"]
    assert unit.manager.get(f"/work-items/escalation-{ticket['ticket_id']}-breach")["segment"] == "HVC"
    item = unit.officer.get(f"/work-items/ticket_work-{ticket['ticket_id']}-1")
    assert (item["warned"], item["breached"]) == (True, True)


def test_a_dead_execution_is_begun_again_by_hand_where_the_ticket_stands(unit: Unit, opened: dict[str, str]) -> None:
    ticket_id = opened["is forgotten"]
    unit.lies_there(unit.officer, f"ticket_work-{ticket_id}-1")
    unit.aws("stepfunctions").stop_execution(executionArn=unit.execution(ticket_id), cause="a test")
    assert restart(unit.aws("lambda"), "caring-local", [ticket_id]) == {ticket_id: "restarted"}
    steps.wait(lambda: unit.went_through(f"{ticket_id}-1"), lambda seen: seen[-1:] == ["WorkInUnit"], SECONDS)
    unit.solve(ticket_id)
    unit.until(ticket_id, lambda seen: seen["state"] == "closed")
    steps.wait(lambda: unit.went_through(f"{ticket_id}-1"), lambda seen: seen[-1:] == ["Closed"], SECONDS)
    assert unit.went_through(f"{ticket_id}-1") == [*ASKED, "Close", "Closed"]
    work = [
        item
        for item in unit.officer.each("/work-items", unit="sccd", kind="ticket_work", state="done")
        if item["ticket_id"] == ticket_id
    ]
    assert len(work) == 1
