"""Customers through the API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Cloud
from tests.functions.api.conftest import CUSTOMER, Api

ID = CUSTOMER["customer_id"]


def test_a_customer_is_shown_under_the_names_of_the_import_file(api: Api, customer: dict[str, Any]) -> None:
    shown = api.get(f"/customers/{ID}").body
    assert shown["name"] == "Siti Aminah"
    assert shown["amount_due"] == 350000
    assert shown["home_phone"] is None
    assert shown["address"] == ""
    score = shown["contactability"].pop("score")
    assert 0 <= score <= 100
    assert shown["contactability"] == {
        "state": "reachable",
        "offers": ["whatsapp", "sms"],
        "service": ["whatsapp", "sms"],
        "survey": ["whatsapp", "sms"],
    }
    by_channel = {point["channel"]: point for point in shown["contact_points"]}
    assert by_channel["email"]["consent"] is False
    assert by_channel["whatsapp"] == {
        "channel": "whatsapp",
        "value": "+6281234567890",
        "valid": True,
        "reason": None,
        "since": None,
        "consent": True,
        "consents": {"offers": True, "service": True, "survey": True},
    }


@pytest.mark.parametrize(
    "phone", ["081234567890", "6281234567890", "%2B6281234567890", "+6281234567890", "0812-3456-7890"]
)
def test_a_customer_is_found_by_any_way_of_writing_his_number(api: Api, customer: dict[str, Any], phone: str) -> None:
    found = api.get(f"/customers?phone={phone}").body
    assert [item["customer_id"] for item in found["items"]] == [ID]
    assert found["next"] is None


def test_a_customer_is_found_by_mailbox_without_regard_to_case(api: Api, customer: dict[str, Any]) -> None:
    assert [item["customer_id"] for item in api.get("/customers?email=SITI@example.COM").body["items"]] == [ID]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "bad_value"),
        ("?phone=1&email=a@example.com", "bad_value"),
        ("?phone=halo", "invalid_phone"),
        ("?email=halo", "invalid_email"),
        ("?phone=081234567890&limit=0", "bad_value"),
        ("?phone=081234567890&limit=x", "bad_value"),
        ("?phone=081234567890&next=x", "bad_next"),
        ("?phone=081234567890&phone=081234567891", "repeated_field"),
        ("?nomor=081234567890", "unknown_field"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused(api: Api, query: str, code: str) -> None:
    answer = api.get(f"/customers{query}")
    assert answer.status == 400
    assert code in answer.body["code"]


def test_households_that_share_a_number_come_in_pages(api: Api, aws: Cloud, customer: dict[str, Any]) -> None:
    for place in range(3):
        aws.table("CUSTOMERS_TABLE").put_item(Item=CUSTOMER | {"customer_id": f"13100000010{place}"})
    seen: list[str] = []
    following = ""
    while True:
        found = api.get(f"/customers?phone=081234567890&limit=3{following}").body
        seen += [item["customer_id"] for item in found["items"]]
        if found["next"] is None:
            break
        following = f"&next={found['next']}"
    assert seen == [ID, "131000000100", "131000000101", "131000000102"]


def test_another_witels_customer_is_not_there(api: Api, customer: dict[str, Any]) -> None:
    assert api.as_("manager", "bandung").get(f"/customers/{ID}").status == 200
    other = api.as_("manager", "JAKARTA")
    assert other.get(f"/customers/{ID}").status == 404
    assert other.get(f"/customers/{ID}/timeline").status == 404
    assert other.patch(f"/customers/{ID}", {"name": "X"}).status == 404
    assert other.post("/consents", _consent(granted=False)).status == 404
    assert other.get("/customers?phone=081234567890").body["items"] == []
    assert api.as_("regional_approver", None).get(f"/customers/{ID}").status == 200


def test_a_change_is_kept_by_the_rules_of_the_file_and_marked_as_ours(
    api: Api, aws: Cloud, customer: dict[str, Any]
) -> None:
    answer = api.patch(f"/customers/{ID}", {"phone": "0813 1111 2222", "email": None, "points": 25, "language": "SU"})
    assert answer.status == 200
    assert (answer.body["phone"], answer.body["email"], answer.body["points"]) == ("+6281311112222", None, 25)
    assert answer.body["language"] == "su"
    (item,) = aws.items("CUSTOMERS_TABLE")
    assert set(item["edited"]) == {"phone", "email", "points", "language"}
    assert "email_key" not in item
    assert item["version"] == 2
    assert api.get("/customers?phone=081311112222").body["items"]
    (event,) = api.get(f"/customers/{ID}/timeline").body["items"]
    assert event["type"] == "change"
    assert event["fields"] == ["email", "language", "phone", "points"]
    assert "0813" not in str(event)


def test_a_change_that_changes_nothing_writes_nothing(api: Api, aws: Cloud, customer: dict[str, Any]) -> None:
    assert api.patch(f"/customers/{ID}", {"name": "Siti Aminah", "points": 10}).status == 200
    assert api.patch(f"/customers/{ID}", {}).status == 200
    (item,) = aws.items("CUSTOMERS_TABLE")
    assert item["version"] == 1
    assert api.get(f"/customers/{ID}/timeline").body["items"] == []


def test_a_corrected_bill_holds_for_that_bill_only(api: Api, aws: Cloud, customer: dict[str, Any]) -> None:
    api.patch(f"/customers/{ID}", {"amount_due": 100000})
    (item,) = aws.items("CUSTOMERS_TABLE")
    assert item["paid_for"] == "2026-11-20"
    assert item["edited"] == {}


def test_a_new_number_is_thought_valid_again(api: Api, aws: Cloud) -> None:
    invalid = {
        "sms": {"reason": "invalid_number", "at": "2026-11-01T00:00:00.000Z"},
        "whatsapp": {"reason": "not_on_whatsapp", "at": "2026-11-01T00:00:00.000Z"},
    }
    aws.table("CUSTOMERS_TABLE").put_item(Item=CUSTOMER | {"invalid": invalid})
    points = api.patch(f"/customers/{ID}", {"phone": "081311112222"}).body["contact_points"]
    valid = {point["channel"]: point["valid"] for point in points}
    assert valid == {"whatsapp": False, "sms": True, "email": True, "voice": True}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"phone": "8.12E+11"}, "invalid_phone"),
        ({"phone": "0227301234"}, "not_mobile"),
        ({"email": "halo"}, "invalid_email"),
        ({"amount_due": "350000.50"}, "invalid_amount"),
        ({"due_date": "31/02/2026"}, "invalid_date"),
        ({"segment": "VIP"}, "invalid_value"),
        ({"points": -1}, "invalid_value"),
        ({"points": True}, "invalid_value"),
        ({"name": "  "}, "missing_name"),
        ({"name": None}, "missing_name"),
        ({"name": "x" * 5000}, "invalid_value"),
        ({"customer_id": "131000000018"}, "unknown_field"),
        ({"consent_sms": False}, "unknown_field"),
        ({"points": 1.5}, "bad_value"),
        ({"name": ["x"]}, "bad_value"),
    ],
)
def test_a_bad_change_is_refused_with_the_code_of_the_file(
    api: Api, customer: dict[str, Any], changes: dict[str, Any], code: str
) -> None:
    answer = api.patch(f"/customers/{ID}", changes)
    assert (answer.status, answer.body["code"]) == (400, code)


def _consent(*, granted: bool, channel: str = "all", purpose: str = "all") -> dict[str, Any]:
    return {"customer_id": ID, "channel": channel, "purpose": purpose, "granted": granted, "source": "call"}


def test_a_withdrawal_works_at_once_and_leaves_proof(api: Api, customer: dict[str, Any]) -> None:
    answer = api.as_("agent").post("/consents", _consent(granted=False, channel="whatsapp", purpose="offers"))
    assert answer.status == 201
    shown = api.get(f"/customers/{ID}").body
    assert shown["contactability"]["offers"] == ["sms"]
    assert shown["contactability"]["service"] == ["whatsapp", "sms"]
    (event,) = api.get(f"/customers/{ID}/timeline").body["items"]
    assert (event["type"], event["granted"], event["channel"], event["source"]) == (
        "consent",
        False,
        "whatsapp",
        "call",
    )
    assert event["by"] == "agent.test"


def test_a_customers_word_for_all_beats_what_the_file_said(api: Api, customer: dict[str, Any]) -> None:
    api.post("/consents", _consent(granted=True))
    assert api.get(f"/customers/{ID}").body["contactability"]["survey"] == ["whatsapp", "sms", "email", "voice"]
    api.post("/consents", _consent(granted=False))
    shown = api.get(f"/customers/{ID}").body
    assert shown["contactability"]["state"] == "no_consent"
    assert not any(point["consent"] for point in shown["contact_points"])


def test_consent_of_a_stranger_is_404(api: Api) -> None:
    assert api.post("/consents", _consent(granted=True)).status == 404


def test_the_proof_says_what_when_where_by_whom_and_which_text(api: Api, customer: dict[str, Any]) -> None:
    said = _consent(granted=True, channel="email", purpose="survey") | {"wording": "Bolehkah kami mengirim survei?"}
    at = api.as_("agent").post("/consents", said).body["at"]
    (proof,) = api.get(f"/customers/{ID}/consents").body["items"]
    assert proof == {
        "channel": "email",
        "purpose": "survey",
        "granted": True,
        "at": at,
        "source": "call",
        "by": "agent.test",
        "wording": "Bolehkah kami mengirim survei?",
    }
    assert api.as_("officer", "JAKARTA").get(f"/customers/{ID}/consents").status == 404
