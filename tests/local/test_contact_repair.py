"""Contact repair and erasure on the laptop cloud: real queues lose a customer's contact points, and a request him."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from infra.local.api import Api
from infra.local.emulator import client
from tests.local.steps import import_file, wait

CHANNELS = ("whatsapp", "sms", "email")
# Trailing digits → why each of his contact points is invalid in the end.
BECAME: dict[str, dict[str, str | None]] = {
    "00": {"whatsapp": None, "sms": None, "email": None, "voice": None},
    "90": {
        "whatsapp": "not_on_whatsapp",
        "sms": "invalid_number",
        "email": "bounced_hard",
        "voice": "invalid_number",
    },
    "98": {"whatsapp": "not_on_whatsapp", "sms": None, "email": None, "voice": None},
}


def customer_id(digits: str) -> str:
    return f"1370000000{digits}"


def person(digits: str) -> dict[str, str]:
    return {
        "customer_id": customer_id(digits),
        "name": f"Wulandari Kusumawardhani {digits}",
        "phone": f"08137777{digits}{digits}",
        "email": f"wulandari.kusuma{digits}@example.com",
        "witel": "BANDUNG",
        "amount_due": "350000",
        "due_date": "2026-11-25",
        **{f"consent_{channel}": "yes" for channel in CHANNELS},
        **({"consent_email": "no"} if digits == "98" else {}),  # the cheapest, over which he would be reached
    }


def reasons(api: Api, digits: str) -> dict[str, str | None]:
    points = api.get(f"/customers/{customer_id(digits)}")["contact_points"]
    return {point["channel"]: point["reason"] for point in points}


def repair_items(api: Api, digits: str) -> list[dict[str, Any]]:
    listed = api.each("/work-items", kind="repair_contact")
    return [item for item in listed if item["customer_id"] == customer_id(digits)]


@pytest.fixture(scope="module")
def run_id(laptop_cloud: Api) -> str:
    """A run that has tried every channel in turn, as far as it had to."""
    api = laptop_cloud
    assert import_file(api, [person(digits) for digits in BECAME])["accepted"] == len(BECAME)
    wanted = {
        "name": "Over every channel",
        "kind": "billing_reminder",
        "script_id": "billing-reminder",
        "audience": {"customer_ids": [customer_id(digits) for digits in BECAME]},
        "channels": list(CHANNELS),
        "waves": [{"after_hours": 0, "until": "read"}] * 3,
        "cap": {"messages": 9, "days": 7},
    }
    program = api.post("/programs", wanted)
    started = str(api.post(f"/programs/{program['program_id']}/runs")["run_id"])
    assert wait(lambda: api.get(f"/runs/{started}"), lambda seen: seen["state"] != "planning")["state"] == "planned"
    api.post(f"/runs/{started}/launch")
    wait(lambda: api.get(f"/runs/{started}"), lambda seen: seen["state"] in ("finished", "failed", "paused"), 400)
    return started


def test_what_providers_say_makes_contact_points_invalid_and_leaves_the_others_alone(
    laptop_cloud: Api, run_id: str
) -> None:
    for digits, expected in BECAME.items():
        seen = wait(partial(reasons, laptop_cloud, digits), expected.__eq__, 60)
        assert seen == expected, digits


def test_a_customer_with_no_contact_point_left_is_one_item_and_the_others_none(laptop_cloud: Api, run_id: str) -> None:
    (item,) = wait(lambda: repair_items(laptop_cloud, "90"), bool, 60)
    assert (item["unit"], item["ask_for_contact"]) == ("crm", True)
    assert repair_items(laptop_cloud, "00") == repair_items(laptop_cloud, "98") == []
    shown = laptop_cloud.get(f"/customers/{customer_id('90')}")["contactability"]
    assert (shown["state"], shown["score"]) == ("no_valid_contact", 0)


def everything(outputs: dict[str, Any]) -> str:
    """Every item of every table and every object of every bucket, as one text in lower case."""
    said: list[str] = []
    dynamodb, s3 = client(outputs, "dynamodb"), client(outputs, "s3")
    for name in dynamodb.list_tables()["TableNames"]:
        for page in dynamodb.get_paginator("scan").paginate(TableName=name):
            said.append(json.dumps(page["Items"], default=str, ensure_ascii=False))
    for bucket in s3.list_buckets()["Buckets"]:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"]):
            for entry in page.get("Contents", ()):
                body = s3.get_object(Bucket=bucket["Name"], Key=entry["Key"])["Body"].read()
                said += [entry["Key"], body.decode("utf-8", "replace")]
    return "\n".join(said).lower()


def test_nothing_is_found_of_a_customer_after_his_erasure_and_the_runs_totals_still_add_up(
    laptop_cloud: Api, run_id: str
) -> None:
    api, who = laptop_cloud, person("98")
    digits = "62" + who["phone"][1:]
    needles = [who["name"].lower(), digits, who["phone"], who["email"]]
    before = everything(dict(api.outputs))
    assert all(needle in before for needle in needles)
    assert api.get(f"/customers/{customer_id('98')}/export")["url"]
    answer = api.call("DELETE", f"/customers/{customer_id('98')}")
    assert answer.status == 202
    wait(
        lambda: api.get(f"/customers/{customer_id('98')}/requests")["items"],
        lambda asked: all(request["state"] == "done" for request in asked),
        120,
    )
    asked = api.get(f"/customers/{customer_id('98')}/requests")["items"]
    assert {request["kind"]: request["state"] for request in asked} == {"erasure": "done", "access": "done"}
    after = everything(dict(api.outputs))
    assert [needle for needle in needles if needle in after] == []
    assert api.post(f"/runs/{run_id}/reconcile")["balanced"]
    import_file(api, [who])
    assert api.get(f"/customers/{customer_id('98')}")["name"] is None
