"""Rounds of visits through the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from caring import clock
from caring.typed import typed_item
from caring.work import items
from tests.functions.api.conftest import Api


def test_an_officer_plans_rounds_and_everybody_at_work_sees_them(api: Api, customer: dict[str, Any]) -> None:
    items.enter([items.about(typed_item(customer), "visit", "visit-1", unit="crm", reason="x")])
    officer = api.as_("officer")
    planned = officer.post("/visits/rounds", {})
    assert planned.status == 201
    (made,) = planned.body["items"]
    assert ([visit["work_id"] for visit in made["visits"]], made["planned_by"]) == (["visit-1"], "officer.test")
    assert officer.post("/visits/rounds", {}).body["items"] == []
    seen = api.as_("unit_member").get(f"/visits/rounds?date={made['visit_on']}")
    assert seen.body["items"] == planned.body["items"]
    assert officer.get("/visits/rounds").body["items"] == []
    assert api.get(f"/visits/rounds?date={made['visit_on']}&witel=Bandung").body["items"] == seen.body["items"]
    assert api.as_("officer", "CIREBON").get(f"/visits/rounds?date={made['visit_on']}").body["items"] == []


def test_rounds_are_planned_for_days_to_come_by_those_who_may(api: Api) -> None:
    past = (clock.now() - timedelta(days=3)).date().isoformat()
    refused = api.as_("officer").post("/visits/rounds", {"from": past})
    assert (refused.status, refused.body["code"]) == (400, "bad_value")
    assert api.post("/visits/rounds", {}).body["code"] == "missing_field"  # ops see every witel
    assert api.as_("unit_member").post("/visits/rounds", {}).status == 403
    assert api.as_("agent").get("/visits/rounds").status == 403
