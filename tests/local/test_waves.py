"""A run of two waves on the laptop cloud: who failed gets the next channel at once, who was reached nothing more."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.api import Api
from tests.local.steps import import_file, providers, wait

# Trailing digits → (the channels that took a message for him, his last status).
BECAME = {
    "00": (["whatsapp"], "read"),  # reached at once
    "98": (["whatsapp", "sms"], "delivered"),  # not on WhatsApp: SMS, at once
    "91": (["whatsapp", "sms"], "failed"),  # nothing gets through now: a person calls
    "90": (["whatsapp", "sms"], "failed"),  # of high value: a person visits
    "89": (["whatsapp"], "unknown"),  # may have got it: nobody writes again
}
CHOSEN = ["00", "98", "91", "90", "89"]


def person(digits: str) -> dict[str, str]:
    consents = {f"consent_{channel}": "yes" for channel in ("whatsapp", "sms", "voice")}
    return {
        "customer_id": f"1350000000{digits}",
        "name": f"Sari {digits}",
        "phone": f"08125555{digits}{digits}",
        "email": f"sari{digits}@example.com",
        "village": "Dago",
        "district": "Coblong",
        "witel": "BANDUNG",
        "segment": "HVC" if digits == "90" else "REGULER",
        "amount_due": "350000",
        "due_date": "2026-11-25",
        **consents,
    }


@pytest.fixture(scope="module")
def run(laptop_cloud: Api) -> dict[str, Any]:
    """A finished run whose waves follow each other without a wait."""
    api = laptop_cloud
    assert import_file(api, [person(digits) for digits in CHOSEN])["accepted"] == len(CHOSEN)
    wanted = {
        "name": "Until read",
        "kind": "billing_reminder",
        "script_id": "billing-reminder",
        "audience": {"customer_ids": [person(digits)["customer_id"] for digits in CHOSEN]},
        "channels": ["whatsapp", "sms"],
        "waves": [{"after_hours": 0, "until": "read"}] * 2,
        "cap": {"messages": 5, "days": 7},
    }
    program = api.post("/programs", wanted)
    run_id = api.post(f"/programs/{program['program_id']}/runs")["run_id"]
    assert wait(lambda: api.get(f"/runs/{run_id}"), lambda seen: seen["state"] != "planning")["state"] == "planned"
    api.post(f"/runs/{run_id}/launch")
    wait(lambda: api.get(f"/runs/{run_id}"), lambda seen: seen["state"] in ("finished", "failed", "paused"), 400)
    return {**api.get(f"/runs/{run_id}"), "run_id": run_id}


def test_each_customer_is_tried_on_the_next_channel_until_one_reaches_him(
    laptop_cloud: Api, run: dict[str, Any]
) -> None:
    assert run["state"] == "finished"
    sent: dict[str, list[str]] = {}
    for item in sorted(providers(laptop_cloud, "/sent")["items"], key=lambda item: str(item["at"])):
        if item["reference"].startswith(f"run-{run['run_id']}-"):
            sent.setdefault(item["reference"].rpartition("_")[2][-2:], []).append(item["channel"])
    rows = {row["customer_id"][-2:]: row for row in laptop_cloud.each(f"/runs/{run['run_id']}/messages", limit=200)}
    assert {digits: (sent.get(digits, []), rows[digits]["status"]) for digits in CHOSEN} == {
        digits: BECAME[digits] for digits in CHOSEN
    }


def test_the_ledger_of_waves_balances_and_counts_each_customer_once(laptop_cloud: Api, run: dict[str, Any]) -> None:
    reconciled = laptop_cloud.post(f"/runs/{run['run_id']}/reconcile")
    assert reconciled["balanced"], reconciled
    assert run["ledger"]["targeted"] == len(CHOSEN)
    assert [wave["targeted"] for wave in run["waves"]] == [5, 3]


def test_whom_no_channel_reached_is_called_by_a_person(laptop_cloud: Api, run: dict[str, Any]) -> None:
    mine = {person(digits)["customer_id"] for digits in CHOSEN}
    items = [
        item for item in laptop_cloud.each("/work-items", unit="crm", limit=200) if item.get("customer_id") in mine
    ]
    assert {(item["customer_id"][-2:], item["kind"]) for item in items} >= {("90", "visit"), ("91", "call")}
    assert not {item["customer_id"][-2:] for item in items} & {"00", "98"}


def test_who_is_to_be_visited_is_put_into_a_round_and_left_for_another_day_when_not_at_home(
    laptop_cloud: Api, run: dict[str, Any]
) -> None:
    work_id = f"visit-{run['run_id']}-{person('90')['customer_id']}"
    (made,) = [
        one
        for one in laptop_cloud.post("/visits/rounds")["items"]
        if work_id in [visit["work_id"] for visit in one["visits"]]
    ]
    shown = laptop_cloud.get("/visits/rounds", date=made["visit_on"])["items"]
    assert made in shown
    (visit,) = [visit for visit in made["visits"] if visit["work_id"] == work_id]
    assert (visit["village"], visit["visit_on"], visit["round"]) == ("Dago", made["visit_on"], made["round"])
    left = laptop_cloud.post(f"/work-items/{work_id}/complete", {"outcome": "not_home"})
    assert (left["state"], left["attempts"], left.get("round")) == ("open", 1, None)
    still = laptop_cloud.get("/visits/rounds", date=made["visit_on"])["items"]
    assert work_id not in [visit["work_id"] for one in still for visit in one["visits"]]
