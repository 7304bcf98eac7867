"""Work on the laptop cloud: taken by one person alone, and what it teaches arrives once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from infra.local.api import Api
from tests.local import steps

TAUGHT = "139500000000"  # reads what he gets


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
    """The manager of Bandung, after the customer was imported."""
    assert steps.import_file(laptop_cloud, [row(TAUGHT)])["accepted"] == 1
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
