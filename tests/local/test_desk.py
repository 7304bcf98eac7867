"""Work on the laptop cloud: taken by one person, taught over a real channel, and a call in vain left as a message."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from infra.local.api import Api
from tests.local import steps

TAUGHT, CALLED = "139500000000", "139500000091"  # one reads what he gets, nothing written gets through to the other
READS, FAILS = "00", "91"


def row(customer_id: str) -> dict[str, str]:
    consents = {f"consent_{one}": "yes" for one in (*steps.CHANNELS, "voice")}
    digits = customer_id[-2:]
    return {
        "customer_id": customer_id,
        "name": "Dewi Meja",
        "phone": f"0812777700{digits}",
        "email": f"dewi{digits}@example.com",
        "witel": "BANDUNG",
        "segment": "REGULER",
        "amount_due": "350000",
        "due_date": "2026-11-25",
        **consents,
    }


@pytest.fixture(scope="module")
def manager(laptop_cloud: Api) -> Api:
    """The manager of Bandung, after the customers were imported."""
    assert steps.import_file(laptop_cloud, [row(TAUGHT), row(CALLED)])["accepted"] == 2
    return laptop_cloud


def sent(api: Api, cause: str, customer_id: str) -> list[dict[str, Any]]:
    """What the providers took for this cause."""
    return [one for one in steps.providers(api, "/sent")["items"] if one["reference"] == f"{cause}_{customer_id}"]


def test_one_of_several_people_has_an_item_and_what_it_teaches_arrives_once(manager: Api) -> None:
    lesson = {"kind": "educate", "customer_id": TAUGHT, "reason": "asks about the bill", "category": "billing"}
    key = {"Idempotency-Key": "lesson-1"}
    made = [manager.call("POST", "/work-items", lesson, headers=key).json for _ in range(2)]
    work_id = made[0]["work_id"]
    assert made[1]["work_id"] == work_id
    people = [manager.as_(role, "BANDUNG") for role in ("officer", "manager", "general_manager")]
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda who: who.call("POST", f"/work-items/{work_id}/claim").status, people))
    assert sorted(answers) == [200, 409, 409]
    holder = people[answers.index(200)]
    other = people[answers.index(409)]
    done = {"outcome": "done", "material": "education-read-bill", "note": "dijelaskan"}
    assert other.call("POST", f"/work-items/{work_id}/complete", done).status == 409
    for _ in range(2):
        assert holder.post(f"/work-items/{work_id}/complete", done)["state"] == "done"
    arrived = steps.wait(lambda: sent(manager, f"educate-{work_id}", TAUGHT), bool)
    assert len(arrived) == 1
    told = steps.wait(
        lambda: {event["type"] for event in manager.get(f"/customers/{TAUGHT}/timeline")["items"]},
        lambda seen: seen >= {"educate", "message_out", "receipt"},
    )
    assert told >= {"educate", "message_out", "receipt"}


def test_a_call_that_nobody_takes_ends_in_a_voice_message(manager: Api) -> None:
    wanted = {
        "name": "Until read",
        "kind": "billing_reminder",
        "script_id": "billing-reminder",
        "audience": {"customer_ids": [CALLED]},
        "channels": ["whatsapp", "sms"],
        "waves": [{"after_hours": 0, "until": "read"}] * 2,
        "cap": {"messages": 5, "days": 7},
    }
    program_id = manager.post("/programs", wanted)["program_id"]
    run_id = manager.post(f"/programs/{program_id}/runs")["run_id"]
    planned = steps.wait(lambda: manager.get(f"/runs/{run_id}"), lambda seen: seen["state"] != "planning")
    assert planned["state"] == "planned"
    manager.post(f"/runs/{run_id}/launch")
    work_id, officer = f"call-{run_id}-{CALLED}", manager.as_("officer", "BANDUNG")
    steps.wait(lambda: officer.call("GET", f"/work-items/{work_id}").status, lambda status: status == 200, 400)
    assert "Rp 350.000" in officer.get(f"/work-items/{work_id}")["screen"]["text"]
    for _ in range(2):
        claimed = steps.wait(
            lambda: officer.call("POST", f"/work-items/{work_id}/claim"), lambda answer: answer.status == 200, 120
        )
        assert claimed.status == 200, claimed.json
        tried = officer.post(f"/work-items/{work_id}/complete", {"outcome": "no_answer"})
    assert (tried["state"], tried["attempts"]) == ("done", 2)
    spoken = steps.wait(lambda: sent(manager, f"voice-{run_id}", CALLED), bool)
    assert [one["channel"] for one in spoken] == ["voice"]
    told = steps.wait(
        lambda: [e["type"] for e in manager.get(f"/customers/{CALLED}/timeline")["items"] if e["channel"] == "voice"],
        lambda seen: "receipt" in seen,
    )
    assert set(told) >= {"call", "message_out", "receipt"}
