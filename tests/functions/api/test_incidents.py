"""Incidents through the API: seen by everybody of the witel, decided on by officers and managers."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from caring import clock
from caring.customers.areas import area_key
from caring.incidents import reports, store
from caring.typed import typed_item
from tests.emulator import Cloud
from tests.functions.api.conftest import Api

DAGO = {"witel": "BANDUNG", "district": "Coblong", "village": "Dago"}


@pytest.fixture
def proposal(api: Api) -> str:
    """An incident that the system has proposed."""
    address: Any = typed_item(DAGO)
    area = area_key(*DAGO.values())
    made = reports.made(str(area), address, since=clock.iso(clock.now()), by=reports.SYSTEM)
    assert store.propose(made, None)
    return str(made["incident_id"])


def queued(aws: Cloud) -> list[str]:
    bodies = aws.drain(aws.environment["INCIDENTS_QUEUE_URL"])
    assert all(set(orjson.loads(body)) == {"v", "incident_id", "task", "after"} for body in bodies)
    return [orjson.loads(body)["task"] for body in bodies]


def test_an_officer_confirms_a_proposal_and_says_that_it_is_mended(api: Api, aws: Cloud, proposal: str) -> None:
    officer = api.as_("officer")
    (listed,) = officer.get("/incidents?state=proposed").body["items"]
    assert (listed["incident_id"], listed["village"]) == (proposal, "Dago")
    confirmed = officer.post(f"/incidents/{proposal}/confirm", {"note": "ODP terbakar"})
    assert (confirmed.status, confirmed.body["state"], confirmed.body["confirmed_by"]) == (
        200,
        "confirmed",
        "officer.test",
    )
    assert queued(aws) == ["gather"]
    assert officer.get("/incidents?state=proposed").body["items"] == []
    assert [one["state"] for one in officer.get("/incidents").body["items"]] == ["confirmed"]
    mended = api.as_("manager").post(f"/incidents/{proposal}/mend", {"note": "kabel diganti"})
    assert (mended.body["state"], mended.body["mended_note"]) == ("mended", "kabel diganti")
    assert queued(aws) == ["release"]
    assert officer.get("/incidents").body["items"] == []
    assert officer.get(f"/incidents/{proposal}").body["counts"]["customers"] == 0


def test_a_proposal_is_dismissed_with_a_reason(api: Api, aws: Cloud, proposal: str) -> None:
    officer = api.as_("officer")
    assert officer.post(f"/incidents/{proposal}/dismiss", {}).body["code"] == "missing_field"
    dismissed = officer.post(f"/incidents/{proposal}/dismiss", {"reason": "pemadaman PLN"})
    assert (dismissed.body["state"], dismissed.body["reason"]) == ("dismissed", "pemadaman PLN")
    refused = officer.post(f"/incidents/{proposal}/confirm", {})
    assert (refused.status, refused.body["code"]) == (409, "wrong_state")
    assert officer.post(f"/incidents/{proposal}/mend", {}).status == 409
    assert queued(aws) == []


def test_a_disturbance_that_is_known_first_is_entered_by_hand(api: Api, aws: Cloud) -> None:
    entered = api.as_("officer").post("/incidents", {"district": "Coblong", "village": "Dago", "note": "kabel putus"})
    assert (entered.status, entered.body["state"], entered.body["witel"]) == (201, "confirmed", "bandung")
    assert queued(aws) == ["gather"]
    again = api.as_("manager").post("/incidents", {"district": "COBLONG", "village": "dago"})
    assert (again.status, again.body["code"]) == (409, "wrong_state")
    assert entered.body["incident_id"] in again.body["message"]
    assert api.as_("manager").post("/incidents", {"village": " "}).status == 400
    assert api.post("/incidents", {"village": "Dago"}).body["code"] == "missing_field"  # ops see every witel


@pytest.mark.parametrize("role", ["agent", "unit_member", "regional_approver"])
def test_others_see_an_incident_and_do_not_decide_on_it(api: Api, proposal: str, role: str) -> None:
    other = api.as_(role)
    assert other.get(f"/incidents/{proposal}").status == 200
    for act in ("confirm", "dismiss", "mend"):
        assert other.post(f"/incidents/{proposal}/{act}", {"reason": "x"}).status == 403
    assert other.post("/incidents", {"village": "Dago"}).status == 403


def test_another_witels_incident_is_not_there(api: Api, proposal: str) -> None:
    stranger = api.as_("officer", "CIREBON")
    assert stranger.get(f"/incidents/{proposal}").status == 404
    assert stranger.post(f"/incidents/{proposal}/confirm", {}).status == 404
    assert stranger.get("/incidents").body["items"] == []
    assert stranger.get("/incidents?witel=BANDUNG").status == 403
