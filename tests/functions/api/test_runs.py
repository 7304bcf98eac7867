"""Runs through the API: what became of each customer, and what a person may do."""

from __future__ import annotations

from typing import Any

import pytest

from caring.runs import forecast, opening, plan, prepare, store
from chalicelib.paging import encode
from tests.emulator import Cloud
from tests.functions.api.conftest import CUSTOMER, Api

REMINDER = {"name": "Tagihan", "kind": "billing_reminder", "script_id": "billing-reminder"}
IDS = [f"1310000001{place:02d}" for place in range(12)]


@pytest.fixture
def run_id(api: Api, aws: Cloud) -> str:
    """A planned run over twelve given customers of whom ten exist and two have paid."""
    for place, customer_id in enumerate(IDS[:10]):
        paid = {"paid_on": "2026-11-20"} if place < 2 else {}
        aws.table("CUSTOMERS_TABLE").put_item(Item=CUSTOMER | {"customer_id": customer_id} | paid)
    program = api.post("/programs", REMINDER | {"audience": {"customer_ids": IDS}}).body
    made: str = api.post(f"/programs/{program['program_id']}/runs").body["run_id"]
    opening.begin(made, program["program_id"])
    run = store.get_run(made)
    for shard in range(run.shards):
        plan.plan_shard(run, prepare.rules(run), 1, shard)
    forecast.make_forecast(run, prepare.rules(run), 1)
    store.update(made, state="planned")
    return made


def test_a_planned_run_shows_its_forecast_and_a_ledger_that_adds_up(api: Api, run_id: str) -> None:
    run = api.get(f"/runs/{run_id}").body
    assert run["state"] == "planned"
    assert run["forecast"]["targeted"] == 12
    ledger = run["ledger"]
    assert ledger["skipped"]["by_reason"]["paid"] == 2
    assert ledger["targeted"] == ledger["pending"] + ledger["skipped"]["total"] == 12
    assert run["waves"] == [ledger]


def test_each_targeted_customer_is_listed_skipped_ones_too(api: Api, run_id: str) -> None:
    seen: list[dict[str, Any]] = []
    following = ""
    while True:
        found = api.get(f"/runs/{run_id}/messages?limit=5{following}").body
        assert len(found["items"]) <= 5
        seen += found["items"]
        if found["next"] is None:
            break
        following = f"&next={found['next']}"
    assert sorted(row["customer_id"] for row in seen) == IDS
    paid = api.get(f"/runs/{run_id}/messages?status=skipped&limit=50").body["items"]
    assert {row["reason"] for row in paid} == {"paid", "not_found"}
    assert api.get(f"/runs/{run_id}/messages?channel=voice").body["items"] == []


@pytest.mark.parametrize(
    "query", ["status=lost", "channel=fax", "limit=-1", "limit=1e9", "next=abc", "next=WyJhLWIiXQ"]
)
def test_a_list_that_cannot_be_is_refused(api: Api, run_id: str, query: str) -> None:
    assert api.get(f"/runs/{run_id}/messages?{query}").status == 400


@pytest.mark.parametrize(
    "key", ["²-0", "0-²", "٣-1", "-1", "1-", "1", "1--1", "1-1-1", " 1-1", "1-1\n", "9" * 30 + "-1"]
)
def test_a_next_that_no_page_gave_is_refused(api: Api, run_id: str, key: str) -> None:
    answer = api.get(f"/runs/{run_id}/messages?next={encode(key)}")
    assert (answer.status, answer.body["code"]) == (400, "bad_next")


def test_the_csv_is_a_link(api: Api, run_id: str) -> None:
    answer = api.get(f"/runs/{run_id}/messages.csv").body
    assert answer["state"] == "ready"
    assert answer["url"].startswith("http")


def test_what_the_state_forbids_is_409(api: Api, run_id: str) -> None:
    assert api.post(f"/runs/{run_id}/resume").status == 409
    assert api.post(f"/runs/{run_id}/pause").status == 409
    assert api.post(f"/runs/{run_id}/launch").body["state"] == "releasing"
    assert api.post(f"/runs/{run_id}/launch").status == 409
    assert api.post(f"/runs/{run_id}/pause").body["state"] == "paused"
    assert api.post(f"/runs/{run_id}/resume").body["state"] == "releasing"
    assert api.post(f"/runs/{run_id}/cancel").body["state"] == "cancelled"
    assert api.post(f"/runs/{run_id}/cancel").status == 409


def test_a_budget_forbids_the_launch(api: Api, run_id: str) -> None:
    run = store.get_run(run_id)
    store.update(run_id, program=run.program | {"budget": 1})
    answer = api.post(f"/runs/{run_id}/launch")
    assert (answer.status, answer.body["code"]) == (409, "over_budget")


def test_reconciling_says_whether_all_adds_up(api: Api, run_id: str) -> None:
    answer = api.post(f"/runs/{run_id}/reconcile").body
    assert answer["balanced"] is True
    assert answer["ledger"] == answer["counters"]


def test_why_answers_from_the_rules_that_plan(api: Api, aws: Cloud, customer: dict[str, Any]) -> None:
    program_id = api.post("/programs", REMINDER).body["program_id"]
    query = f"/why?customer_id={customer['customer_id']}&program_id={program_id}"
    assert api.as_("agent").get(query).body["reason"] in (None, "outside_window", "not_in_audience")
    aws.table("CUSTOMERS_TABLE").put_item(Item=customer | {"paid_on": "2026-11-20"})
    answer = api.get(query).body
    assert (answer["reached"], answer["reason"]) == (False, "not_in_audience")
    assert api.get(query.replace(program_id, "nothing")).status == 404
    assert api.get("/why").status == 400


def test_why_says_of_whom_a_list_does_not_name_that_he_is_not_in_the_audience(
    api: Api, customer: dict[str, Any]
) -> None:
    for listed, reasons in (("131000000099", {"not_in_audience"}), (customer["customer_id"], {None, "outside_window"})):
        program = api.post("/programs", REMINDER | {"audience": {"customer_ids": [listed]}}).body
        answer = api.get(f"/why?customer_id={customer['customer_id']}&program_id={program['program_id']}").body
        assert answer["reason"] in reasons


def test_unknown_runs_are_404(api: Api) -> None:
    for path in ("", "/messages", "/messages.csv"):
        assert api.get(f"/runs/nothing{path}").status == 404
    for action in ("launch", "pause", "resume", "cancel", "reconcile"):
        assert api.post(f"/runs/nothing/{action}").status == 404
