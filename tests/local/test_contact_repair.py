"""Contact repair and erasure on the laptop cloud: real queues lose a customer's contact points, and a request him."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from infra.local import driver
from infra.local.api import Api
from infra.local.clockwork import LocalClock
from infra.local.emulator import client
from tests.local.steps import import_file, providers, wait

CHANNELS = ("whatsapp", "sms", "email")
WITEL = "SUKABUMI"  # a witel of its own, so that its measure holds nobody else
# Trailing digits → why each of his contact points is invalid in the end.
BECAME: dict[str, dict[str, str | None]] = {
    "00": {"whatsapp": None, "sms": None, "email": None, "voice": None},
    "90": {
        "whatsapp": "not_on_whatsapp",
        "sms": "invalid_number",
        "email": "bounced_hard",
        "voice": "invalid_number",
    },
    "95": {"whatsapp": None, "sms": None, "email": "bounced_hard", "voice": None},
    "98": {"whatsapp": "not_on_whatsapp", "sms": None, "email": None, "voice": None},
}


def customer_id(digits: str) -> str:
    return f"1373000000{digits}"


def person(digits: str) -> dict[str, str]:
    return {
        "customer_id": customer_id(digits),
        "name": f"Wulandari Kusumawardhani {digits}",
        "phone": f"08137777{digits}{digits}",
        "email": f"wulandari.kusuma{digits}@example.com",
        "witel": WITEL,
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
def sukabumi(laptop_cloud: Api) -> Api:
    """The API as a manager of that witel."""
    return laptop_cloud.as_("manager", WITEL)


@pytest.fixture(scope="module")
def run_id(sukabumi: Api) -> str:
    """A run that has tried every channel in turn, as far as it had to."""
    assert import_file(sukabumi, [person(digits) for digits in BECAME])["accepted"] == len(BECAME)
    return start(sukabumi, list(BECAME), CHANNELS, waves=3)


def start(api: Api, digits: Sequence[str], channels: Sequence[str], *, waves: int) -> str:
    """A run over these customers, once it has ended."""
    wanted = {
        "name": "Over every channel",
        "kind": "billing_reminder",
        "script_id": "billing-reminder",
        "audience": {"customer_ids": [customer_id(one) for one in digits]},
        "channels": list(channels),
        "waves": [{"after_hours": 0, "until": "read"}] * waves,
        "cap": {"messages": 9, "days": 7},
    }
    program = api.post("/programs", wanted)
    started = str(api.post(f"/programs/{program['program_id']}/runs")["run_id"])
    assert wait(lambda: api.get(f"/runs/{started}"), lambda seen: seen["state"] != "planning")["state"] == "planned"
    api.post(f"/runs/{started}/launch")
    wait(lambda: api.get(f"/runs/{started}"), lambda seen: seen["state"] in ("finished", "failed", "paused"), 400)
    return started


def test_what_providers_say_makes_contact_points_invalid_and_leaves_the_others_alone(
    sukabumi: Api, run_id: str
) -> None:
    for digits, expected in BECAME.items():
        seen = wait(partial(reasons, sukabumi, digits), expected.__eq__, 60)
        assert seen == expected, digits


def test_who_stopped_a_channel_at_its_provider_has_withdrawn_his_consent(sukabumi: Api, run_id: str) -> None:
    def consents() -> dict[str, dict[str, bool]]:
        points = sukabumi.get(f"/customers/{customer_id('95')}")["contact_points"]
        return {point["channel"]: point["consents"] for point in points}

    seen = wait(consents, lambda seen: not seen["sms"]["service"] and not seen["whatsapp"]["offers"], 60)
    assert (seen["whatsapp"]["service"], seen["whatsapp"]["offers"]) == (True, False)
    assert not any(seen["sms"].values())


def test_a_customer_with_no_contact_point_left_is_one_item_and_the_others_none(sukabumi: Api, run_id: str) -> None:
    (item,) = wait(lambda: repair_items(sukabumi, "90"), bool, 60)
    assert (item["unit"], item["ask_for_contact"]) == ("crm", True)
    assert repair_items(sukabumi, "00") == repair_items(sukabumi, "98") == []
    shown = sukabumi.get(f"/customers/{customer_id('90')}")["contactability"]
    assert (shown["state"], shown["score"]) == ("no_valid_contact", 0)


def fire(api: Api, name: str) -> None:
    """Fire a schedule, as `make fire` does."""
    scheduler = driver.Aws(lambda service: client(dict(api.outputs), service))
    (schedule,) = [one for one in scheduler.recurring(api.outputs["schedule_group"]) if name in one.name]
    scheduler.fire(schedule, LocalClock.of(api.outputs["clock"]).at())


def measured(api: Api) -> list[dict[str, Any]]:
    return [line for line in api.get("/contactability")["items"] if line["witel"] == WITEL.lower()]


def test_the_nightly_measure_counts_every_segment_once_however_often_it_is_fired(sukabumi: Api, run_id: str) -> None:
    wait(lambda: repair_items(sukabumi, "90"), bool, 60)
    for _ in range(2):
        fire(sukabumi, "measure_contactability")
        (line,) = wait(lambda: measured(sukabumi), lambda seen: seen and seen[0]["customers"] == len(BECAME), 60)
    assert (line["customers"], line["no_valid_contact"]) == (len(BECAME), 1)
    scores = [sukabumi.get(f"/customers/{customer_id(digits)}")["contactability"]["score"] for digits in BECAME]
    assert line["score"] == round(sum(scores) / len(scores), 1)


def test_a_repaired_number_is_valid_and_the_next_message_goes_there(sukabumi: Api, run_id: str) -> None:
    api, mended = sukabumi, "+6281377778801"
    (item,) = wait(lambda: repair_items(api, "90"), bool, 60)
    officer = api.as_("officer", WITEL)
    wrong = {"outcome": "fixed", "values": {"phone": "0812"}}
    refused = officer.call("POST", f"/work-items/{item['work_id']}/complete", wrong)
    assert refused.status == 400
    said = {"outcome": "fixed", "values": {"phone": mended, "whatsapp": mended}, "note": "nomor baru"}
    for _ in range(2):
        done = officer.post(f"/work-items/{item['work_id']}/complete", said)
        assert (done["state"], done["outcome"]) == ("done", "fixed")
    assert reasons(api, "90") == {"whatsapp": None, "sms": None, "email": "bounced_hard", "voice": None}
    assert repair_items(api, "90") == []
    shown = api.get(f"/customers/{customer_id('90')}")
    assert (shown["phone"], shown["contactability"]["state"]) == (mended, "reachable")
    again = start(api, ["90"], ["sms"], waves=1)
    assert api.get(f"/runs/{again}")["ledger"]["delivered"] == 1
    sent = providers(api, "/sent?channel=sms")["items"]
    assert [one["recipient"] for one in sent if one["reference"] == f"run-{again}-w1_{customer_id('90')}"] == [mended]


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
    sukabumi: Api, run_id: str
) -> None:
    api, who = sukabumi, person("98")
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
