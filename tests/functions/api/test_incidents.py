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
from tests.functions.api.conftest import CUSTOMER, Api

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


@pytest.fixture
def neighbours(aws: Cloud) -> int:
    """Three customers of Dago; how many they are."""
    for number in range(3):
        home = DAGO | {"area_key": "bandung|coblong|dago"}
        aws.table("CUSTOMERS_TABLE").put_item(Item=CUSTOMER | {"customer_id": f"13100000002{number}"} | home)
    return 3


def test_a_disturbance_that_is_known_first_is_entered_by_hand(api: Api, aws: Cloud, neighbours: int) -> None:
    entered = api.as_("officer").post("/incidents", {"district": "coblong", "village": "DAGO", "note": "kabel putus"})
    assert (entered.status, entered.body["state"]) == (201, "confirmed")
    assert {name: entered.body[name] for name in DAGO} == DAGO
    assert entered.body["counts"]["affected"] == neighbours
    assert queued(aws) == ["gather"]
    again = api.as_("manager").post("/incidents", {"district": "COBLONG", "village": "dago"})
    assert (again.status, again.body["code"]) == (409, "wrong_state")
    assert entered.body["incident_id"] in again.body["message"]
    assert api.as_("manager").post("/incidents", {"village": " "}).status == 400
    assert api.post("/incidents", {"village": "Dago"}).body["code"] == "missing_field"  # ops see every witel


def test_who_sees_every_witel_may_write_its_name_as_he_likes(api: Api, neighbours: int) -> None:
    entered = api.post("/incidents", DAGO | {"witel": "bandung"})
    assert (entered.status, entered.body["witel"]) == (201, "BANDUNG")


@pytest.mark.parametrize("field", ["village", "district", "witel"])
@pytest.mark.parametrize("name", ["a\x00b", "Dago\n", "\x1b[31m", "a\u2028b", "a\x85b"])
def test_no_name_holds_control_characters(api: Api, neighbours: int, field: str, name: str) -> None:
    refused = api.post("/incidents", DAGO | {field: name})
    assert (refused.status, refused.body["code"]) == (400, "bad_value")
    assert f"body.{field}" in refused.body["message"]
    assert api.get("/incidents?witel=BANDUNG").body["items"] == []


def test_a_village_in_which_no_customer_lives_is_refused(api: Api, neighbours: int, aws: Cloud) -> None:
    for place in ({"village": "Nirgends"}, {"village": "Dago"}, {"village": "Dago", "district": "=1+1"}):
        refused = api.as_("officer").post("/incidents", place)
        assert (refused.status, refused.body["code"]) == (409, "nobody_affected")
        assert "as they stand in the addresses" in refused.body["message"]
    assert queued(aws) == []


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
