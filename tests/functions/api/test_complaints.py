"""Complaints and tickets through the API: taken down once, found again, and seen by those whose they are."""

from __future__ import annotations

from typing import Any

import pytest

from caring import configuration
from caring.tickets import store
from tests.emulator import Cloud
from tests.functions.api.conftest import CUSTOMER, Api

SLOW = {"source": "walk_in", "customer_id": CUSTOMER["customer_id"], "text": "internet lambat sekali"}
BILL = {
    "source": "social_media",
    "customer_id": CUSTOMER["customer_id"],
    "text": "tagihan saya naik",
    "category": "billing",
}


def complain(api: Api, body: dict[str, Any], key: str | None = None) -> str:
    answer = api.post("/complaints", body, headers={"Idempotency-Key": key} if key else {})
    assert answer.status == 201, answer.body
    ticket_id: str = answer.body["ticket_id"]
    return ticket_id


def listed(api: Api, query: str = "") -> list[str]:
    answer = api.get(f"/tickets{query}")
    assert answer.status == 200, answer.body
    return [ticket["ticket_id"] for ticket in answer.body["items"]]


@pytest.mark.parametrize("source", ["call_centre_147", "social_media", "myindihome", "walk_in"])
@pytest.mark.parametrize(
    "who", [{"customer_id": CUSTOMER["customer_id"]}, {"phone": "0812-3456-7890"}, {"email": "SITI@example.com"}]
)
def test_a_complaint_from_each_source_opens_the_ticket_of_whom_it_names(
    api: Api, customer: dict[str, Any], source: str, who: dict[str, str]
) -> None:
    agent = api.as_("agent")
    ticket_id = complain(agent, {"source": source, "text": "wifi mati total", **who})
    ticket = agent.get(f"/tickets/{ticket_id}").body
    assert (ticket["source"], ticket["customer_id"], ticket["category"]) == (source, customer["customer_id"], "fault")
    assert (ticket["state"], ticket["reopened"], ticket["breached"], ticket["closed_by_message"]) == (
        "open",
        0,
        False,
        None,
    )
    (opened,) = ticket["history"]
    assert (opened["event"], opened["source"], opened["by"]) == ("opened", source, "agent.test")


def test_the_same_key_ten_times_is_one_complaint_and_another_is_another(api: Api, customer: dict[str, Any]) -> None:
    made = {complain(api, SLOW, "k-1") for _ in range(10)}
    assert len(made) == 1
    assert api.get(f"/tickets/{min(made)}").body["complaints"] == 1
    assert complain(api, SLOW, "k-2") in made
    assert api.get(f"/tickets/{min(made)}").body["complaints"] == 2
    refused = api.post("/complaints", BILL, headers={"Idempotency-Key": "k-1"})
    assert (refused.status, refused.body["code"]) == (409, "key_used_before")
    assert api.post("/complaints", SLOW, headers={"Idempotency-Key": "k" * 201}).status == 400


def test_a_ticket_by_itself_tells_the_complaints_that_a_list_has_no_room_for(
    api: Api, customer: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configuration.get().tickets, "complaints_on_ticket", 2)
    for n in range(5):
        ticket_id = complain(api, SLOW | {"text": f"internet lambat {n}"}, f"k-{n}")
    (in_list,) = api.get(f"/tickets?customer_id={customer['customer_id']}").body["items"]
    by_itself = api.get(f"/tickets/{ticket_id}").body
    assert (in_list["complaints"], by_itself["complaints"]) == (5, 5)
    assert sum(entry["event"] == "complained_again" for entry in in_list["history"]) == 2
    told = {entry["text"] for entry in by_itself["history"] if entry["event"] == "complained_again"}
    assert told == {f"internet lambat {n}" for n in (1, 2, 3, 4)}


def test_another_matter_is_another_ticket_and_both_are_found(api: Api, customer: dict[str, Any]) -> None:
    first, second = complain(api, SLOW), complain(api, BILL)
    whose = f"?customer_id={customer['customer_id']}"
    assert set(listed(api, whose)) == {first, second}
    assert listed(api, f"{whose}&unit=sccd") == [first]
    assert listed(api, f"{whose}&state=closed") == []
    page = api.get(f"/tickets{whose}&limit=1").body
    rest = api.get(f"/tickets{whose}&limit=1&next={page['next']}").body
    assert {page["items"][0]["ticket_id"], rest["items"][0]["ticket_id"]} == {first, second}
    assert rest["next"] is None


def test_a_units_tickets_stand_by_deadline_and_show_who_may_leave(
    api: Api, aws: Cloud, customer: dict[str, Any]
) -> None:
    aws.table("CUSTOMERS_TABLE").put_item(Item=CUSTOMER | {"customer_id": "131000000018", "segment": "HVC"})
    bill = complain(api, BILL)
    leaving = complain(api, BILL | {"customer_id": "131000000018", "text": "mau berhenti saja", "category": None})
    officer = api.as_("officer")
    assert listed(officer, "?unit=crm&state=open") == [leaving, bill]
    assert [t["churn_risk"] for t in officer.get("/tickets?unit=crm").body["items"]] == [True, False]
    first = officer.get("/tickets?limit=1").body
    assert [t["ticket_id"] for t in first["items"]] == [leaving]
    assert listed(officer, f"?limit=1&next={first['next']}") == [bill]


def test_a_unit_that_is_asked_finds_the_tickets_of_others(api: Api, customer: dict[str, Any]) -> None:
    ticket_id = complain(api, SLOW)
    assert listed(api.as_("unit_member"), "?unit=network") == []
    assert store.change(store.get(ticket_id), sets={"state": "in_collaboration", "units": ["field", "network"]})
    assert listed(api.as_("unit_member"), "?unit=network") == [ticket_id]
    assert listed(api.as_("unit_member"), f"?unit=network&customer_id={customer['customer_id']}") == [ticket_id]
    assert listed(api.as_("unit_member"), "?unit=billing") == []


def test_another_witels_customers_and_tickets_are_not_there(api: Api, customer: dict[str, Any]) -> None:
    ticket_id = complain(api, SLOW)
    stranger = api.as_("officer", "CIREBON")
    assert stranger.get(f"/tickets/{ticket_id}").status == 404
    assert stranger.post("/complaints", SLOW).status == 404
    assert stranger.get(f"/tickets?customer_id={customer['customer_id']}").status == 404
    assert listed(stranger) == []
    assert stranger.get("/tickets?witel=bandung").status == 403
    assert stranger.post("/complaints", {"source": "walk_in", "text": "x", "phone": "081234567890"}).status == 404
    assert listed(api, "?witel=Bandung") == [ticket_id]
    assert api.get("/tickets").body["code"] == "missing_field"
    assert api.get("/tickets/nothing").status == 404


def test_a_number_of_several_customers_asks_for_the_customer(api: Api, aws: Cloud, customer: dict[str, Any]) -> None:
    aws.table("CUSTOMERS_TABLE").put_item(Item=CUSTOMER | {"customer_id": "131000000018"})
    refused = api.post("/complaints", {"source": "walk_in", "text": "x", "phone": "081234567890"})
    assert (refused.status, refused.body["code"]) == (409, "several_customers")
    assert "131000000018" in refused.body["message"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"customer_id": None}, "give one of customer_id, phone and email"),
        ({"phone": "081234567890"}, "give one of customer_id, phone and email"),
        ({"text": "   "}, "write down what the customer says"),
        ({"source": "reply"}, "call_centre_147"),
        ({"category": "gangguan"}, "fault"),
        ({"customer_id": None, "phone": "12"}, "phone"),
        ({"customer_id": None, "email": "nobody"}, "email"),
        ({"text": "x" * 4001}, "4000"),
    ],
)
def test_a_complaint_that_cannot_be_taken_says_how_to_mend_it(
    api: Api, customer: dict[str, Any], wrong: dict[str, Any], said: str
) -> None:
    refused = api.post("/complaints", SLOW | wrong)
    assert refused.status == 400
    assert said in refused.body["message"]


def test_an_erased_customer_has_no_complaints(api: Api, aws: Cloud, customer: dict[str, Any]) -> None:
    aws.table("CUSTOMERS_TABLE").put_item(Item=customer | {"erased": True})
    assert api.post("/complaints", SLOW).body["code"] == "erased"
