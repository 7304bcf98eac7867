"""What came of runs, through the API: their effect, runs for those not reached, and the lockers."""

from __future__ import annotations

from typing import Any

import pytest

from caring.ids import run_cause
from caring.messages.ledger import Entry, insert
from caring.runs import counters, forecast, opening, plan, prepare, store
from caring.scripts import store as scripts
from caring.work import items
from tests.emulator import Cloud
from tests.functions.api.conftest import CUSTOMER, Api

REMINDER = {"name": "Tagihan", "kind": "billing_reminder", "script_id": "billing-reminder", "holdout_percent": 30}
IDS = [f"1310000002{place:02d}" for place in range(60)]


def planned(run_id: str) -> None:
    """Plan a started run, as its state machine does."""
    opening.begin(run_id, "")
    run = store.get_run(run_id)
    for shard in range(run.shards):
        plan.plan_shard(run, prepare.rules(run), 1, shard)
    forecast.make_forecast(run, prepare.rules(run), 1)
    store.update(run_id, state="planned")


@pytest.fixture
def program_id(api: Api, aws: Cloud) -> str:
    """A reminder for sixty customers, three in ten of whom it never reaches."""
    for customer_id in IDS:
        aws.table("CUSTOMERS_TABLE").put_item(Item=CUSTOMER | {"customer_id": customer_id})
    made: str = api.post("/programs", REMINDER | {"audience": {"customer_ids": IDS}}).body["program_id"]
    return made


@pytest.fixture
def run_id(api: Api, program_id: str) -> str:
    """A planned run of it."""
    made: str = api.post(f"/programs/{program_id}/runs").body["run_id"]
    planned(made)
    return made


def test_the_effect_compares_those_treated_with_those_held_out(api: Api, run_id: str) -> None:
    found = api.as_("manager", None).get(f"/runs/{run_id}/effect")
    assert found.status == 404, "a run over every witel"
    found = api.get(f"/runs/{run_id}/effect")
    assert found.body["treated"]["n"] + found.body["held_out"]["n"] == 60
    assert found.body["complete"]
    assert found.body["verdict"] == "not_shown"
    assert found.body["by_channel"][0]["planned"] == found.body["treated"]["n"]
    assert api.get(f"/runs/{run_id}/effect?next=abc").status == 400
    assert api.get(f"/runs/{run_id}/effect?next=WyJhLWIiXQ").body["code"] == "bad_next"


def test_a_run_that_is_not_planned_has_no_effect_and_no_messages_yet(api: Api, program_id: str) -> None:
    made = api.post(f"/programs/{program_id}/runs").body["run_id"]
    opening.begin(made, program_id)
    assert api.get(f"/runs/{made}/effect").body["code"] == "no_plan"
    assert api.get(f"/runs/{made}/messages").body["code"] == "no_plan"


def test_a_new_run_goes_to_those_whom_an_ended_one_did_not_reach(api: Api, run_id: str, program_id: str) -> None:
    again = {"from_run": run_id, "statuses": ["failed", "rejected"], "reasons": []}
    refused = api.post(f"/programs/{program_id}/runs", again)
    assert (refused.status, refused.body["code"]) == (409, "wrong_state")
    reached = next(group["ids"] for group in _groups(run_id) if group["status"] == "pending")
    entries = [Entry(customer_id, run_cause(run_id, 1), "sms", "accepted") for customer_id in reached[3:20]]
    entries += [Entry(i, run_cause(run_id, 1), "sms", "failed", "not_reachable") for i in reached[:2]]
    entries += [Entry(reached[2], run_cause(run_id, 1), "sms", "rejected", "invalid_number")]
    insert(entries, "claim")
    counters.add(run_id, 1, {"failed:not_reachable": 2, "rejected:invalid_number": 1})
    api.post(f"/runs/{run_id}/cancel")
    for given, number in ((again, 3), (again | {"reasons": ["not_reachable"]}, 2)):
        made = api.post(f"/programs/{program_id}/runs", given)
        assert made.status == 201
        planned(made.body["run_id"])
        assert api.get(f"/runs/{made.body['run_id']}").body["forecast"]["targeted"] == number
    refused = api.post(f"/programs/{program_id}/runs", again | {"reasons": ["nope"]})
    assert (refused.status, refused.body["code"]) == (400, "unknown_reason")
    assert "has nope: name some of its own (invalid_number, not_reachable)" in refused.body["message"]


def _groups(run_id: str) -> list[dict[str, Any]]:
    from caring.runs.shards import read_shard  # noqa: PLC0415

    return read_shard(run_id, 1, 0)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"statuses": ["failed"]}, 400),
        ({"from_run": "nothing"}, 404),
        ({"from_run": "a/b"}, 400),
        ({"from_run": "x", "statuses": ["lost"]}, 400),
        ({"from_run": "x", "reasons": ["A b"]}, 400),
        ({"colour": 1}, 400),
        ([], 400),
        (None, 201),
        ({}, 201),
    ],
)
def test_whom_a_run_is_for_is_checked(api: Api, program_id: str, body: Any, status: int) -> None:
    assert api.post(f"/programs/{program_id}/runs", body).status == status


def test_another_witels_run_cannot_be_gone_on_with(api: Api, run_id: str, program_id: str) -> None:
    store.update(run_id, state="cancelled", program=store.get_run(run_id).program | {"witel": "cirebon"})
    assert api.as_("manager").post(f"/programs/{program_id}/runs", {"from_run": run_id}).status == 404
    assert api.as_("manager", "Cirebon").post(f"/programs/{program_id}/runs", {"from_run": run_id}).status == 201


@pytest.mark.parametrize(
    ("kind", "window", "status"),
    [
        ("billing_reminder", {"from": "21:00", "to": "22:00"}, 400),
        ("billing_reminder", {"from": "18:30", "to": "19:30"}, 201),
        ("loyalty", {"from": "18:30", "to": "19:30"}, 400),
        ("billing_reminder", None, 201),
    ],
)
def test_a_window_that_never_opens_is_refused(api: Api, kind: str, window: Any, status: int) -> None:
    scripts.put_version({"script_id": "gift", "name": "Gift", "purpose": "offers", "variants": []})
    script_id = "gift" if kind == "loyalty" else "billing-reminder"
    answer = api.post("/programs", REMINDER | {"kind": kind, "script_id": script_id, "window": window, "cap": None})
    assert answer.status == status
    if status == 400:
        assert answer.body["code"] == "bad_window"
    else:
        assert answer.body["cap"] == {"messages": 2, "days": 7}
        assert api.patch(f"/programs/{answer.body['program_id']}", {"cap": {"messages": 1, "days": 92}}).status == 200
        assert api.patch(f"/programs/{answer.body['program_id']}", {"cap": {"messages": 1, "days": 93}}).status == 400


@pytest.fixture
def lockers(api: Api) -> None:
    """Items of two units and two witels."""

    def item(work_id: str, unit: str, witel: str, value: int) -> dict[str, Any]:
        at = {"created_at": "2026-11-24T03:00:00.000Z", "due_at": "2026-11-25T03:00:00.000Z"}
        who = {"customer_id": CUSTOMER["customer_id"], "segment": "REGULAR", "value": value, "reason": "sms failed"}
        return {
            "work_id": work_id,
            "kind": work_id.partition("-")[0],
            "unit": unit,
            "state": "open",
            "witel": witel,
            **who,
            **at,
        }

    items.enter(
        [
            item("call-1", "crm", "BANDUNG", 100),
            item("visit-2", "sccd", "BANDUNG", 300),
            item("call-3", "crm", "BANDUNG", 200),
            item("call-4", "crm", "CIREBON", 900),
        ]
    )


def listed(api: Api, query: str = "") -> list[str]:
    answer = api.get(f"/work-items{query}")
    assert answer.status == 200, answer.body
    return [item["work_id"] for item in answer.body["items"]]


def test_a_locker_shows_the_callers_witel_with_the_most_valuable_first(api: Api, lockers: None) -> None:
    officer = api.as_("officer", "Bandung")
    assert listed(officer) == ["visit-2", "call-3", "call-1"]
    assert listed(officer, "?unit=crm&state=open&witel=BANDUNG") == ["call-3", "call-1"]
    assert listed(officer, "?kind=visit") == ["visit-2"]
    assert listed(officer, "?state=done") == []
    first = officer.get("/work-items?limit=2").body
    assert listed(officer, f"?limit=2&next={first['next']}") == ["call-1"]


def test_who_sees_every_witel_names_one_and_others_see_their_own(api: Api, lockers: None) -> None:
    assert listed(api, "?witel=Cirebon") == ["call-4"]
    assert api.get("/work-items").status == 400
    assert api.as_("officer").get("/work-items?witel=cirebon").status == 403
    assert api.as_("officer", None).get("/work-items").status == 403
    assert api.as_("agent").get("/work-items").status == 403


@pytest.mark.parametrize("query", ["unit=legal", "kind=party", "state=lost", "limit=0", "next=abc"])
def test_a_locker_that_cannot_be_is_refused(api: Api, query: str) -> None:
    assert api.as_("officer").get(f"/work-items?{query}").status == 400


def test_a_person_chooses_a_channel_for_a_customer_and_says_why(api: Api, customer: dict[str, Any]) -> None:
    path = f"/customers/{customer['customer_id']}/preferred-channel"
    agent = api.as_("agent")
    chosen = agent.post(path, {"channel": "sms", "reason": "no smartphone"})
    assert chosen.body["preferred"] | {"at": None} == {
        "channel": "sms",
        "reason": "no smartphone",
        "by": "agent.test",
        "at": None,
    }
    shown = agent.get(f"/customers/{customer['customer_id']}").body
    assert shown["preferred"] == chosen.body["preferred"]
    (event,) = agent.get(f"/customers/{customer['customer_id']}/timeline").body["items"]
    assert (event["type"], event["channel"], event["reason"]) == ("preferred_channel", "sms", "no smartphone")
    anyone = {"field": "amount_due", "is": "at_least", "value": 1}
    program_id = api.post("/programs", REMINDER | {"holdout_percent": 0, "audience": anyone}).body["program_id"]
    answer = agent.get(f"/why?customer_id={customer['customer_id']}&program_id={program_id}").body
    assert answer["channel"] == "sms"
    assert answer["why"].endswith("(agent.test: no smartphone)")
    assert agent.post(path, {"channel": None, "reason": "new phone"}).body["preferred"] is None
    assert agent.get(f"/customers/{customer['customer_id']}").body["preferred"] is None
    answer = agent.get(f"/why?customer_id={customer['customer_id']}&program_id={program_id}").body
    assert answer["channel"] == "whatsapp"


def test_a_choice_that_cannot_be_followed_says_so_and_so_does_why(
    api: Api, aws: Cloud, customer: dict[str, Any]
) -> None:
    path = f"/customers/{customer['customer_id']}/preferred-channel"
    program = REMINDER | {"holdout_percent": 0, "audience": {"customer_ids": [customer["customer_id"]]}}
    program_id = api.post("/programs", program).body["program_id"]

    def chosen(channel: str) -> tuple[dict[str, Any], str]:
        answer = api.post(path, {"channel": channel, "reason": "asked for it"}).body
        return answer, api.get(f"/why?customer_id={customer['customer_id']}&program_id={program_id}").body["why"]

    answer, why = chosen("email")
    assert answer["usable"] is False
    assert "has not consented to email" in answer["note"]
    assert "staff chose email for him (ops.test: asked for it), which cannot be followed here: he has not" in why
    _, why = chosen("voice")
    assert why.endswith("the program does not send by it")
    answer, why = chosen("sms")
    assert (answer["usable"], answer["note"], why.endswith("(ops.test: asked for it)")) == (True, None, True)
    aws.table("CUSTOMERS_TABLE").put_item(Item={k: v for k, v in customer.items() if k != "phone"})
    assert "no number or mailbox" in api.post(path, {"channel": "sms", "reason": "x"}).body["note"]
    bad = {"sms": {"reason": "number_unknown", "at": "2026-11-01T00:00:00.000Z"}}
    aws.table("CUSTOMERS_TABLE").put_item(Item=customer | {"invalid": bad})
    assert "does not work (number_unknown)" in api.post(path, {"channel": "sms", "reason": "x"}).body["note"]
    left = api.post(path, {"channel": None, "reason": "x"}).body
    assert (left["preferred"], left["usable"], left["note"]) == (None, None, None)


def test_a_choice_of_channel_is_checked(api: Api, aws: Cloud, customer: dict[str, Any]) -> None:
    path = f"/customers/{customer['customer_id']}/preferred-channel"
    for body in (
        {"channel": "pigeon", "reason": "x"},
        {"channel": "sms"},
        {"channel": "sms", "reason": ""},
        {"reason": "x"},
    ):
        assert api.post(path, body).status == 400
    assert api.as_("unit_member").post(path, {"channel": "sms", "reason": "x"}).status == 403
    assert api.as_("agent", "CIREBON").post(path, {"channel": "sms", "reason": "x"}).status == 404
    aws.table("CUSTOMERS_TABLE").put_item(Item=customer | {"erased": True})
    assert api.post(path, {"channel": "sms", "reason": "x"}).status == 409
