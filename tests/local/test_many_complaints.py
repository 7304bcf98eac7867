"""Many complaints open at the same time on the laptop cloud, each of which comes to its end.

40 by default; `CARING_TICKETS=1000 make test ARGS="tests/local/test_many_complaints.py -s"` shows a thousand, with the
seconds that each part took.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from infra.local.api import Api
from infra.local.emulator import client
from tests.local import steps

TICKETS = int(os.environ.get("CARING_TICKETS", "40"))
SILENT = 5  # every so manieth customer never answers
SECONDS = 360 + TICKETS * 1.5
THREADS = 4
TRIES = 6


def row(place: int) -> dict[str, str]:
    """Who answers "ya" by WhatsApp, or reads and says nothing."""
    digits = "00" if place % SILENT == 0 else "81"
    return {
        "customer_id": f"1392{place:08}",
        "name": "Tati Banyak",
        "phone": f"0813{place:06}{digits}",
        "witel": "BANDUNG",
        "consent_whatsapp": "yes",
    }


def each(api: Api, state: str, **query: str) -> list[dict[str, Any]]:
    for left in reversed(range(TRIES)):
        try:
            found = list(api.each("/tickets", state=state, limit=100, **query))
        except TimeoutError:
            assert left, "it never answers"
        else:
            break
    return [one for one in found if one["customer_id"][:4] == "1392"]


def state_of(api: Api, ticket_id: str) -> str:
    """The state of a ticket; as if it still lay in its locker when the page times out."""
    try:
        return str(api.get(f"/tickets/{ticket_id}")["state"])
    except TimeoutError:
        return "in_locker"


def patient(api: Api, path: str, body: dict[str, Any], key: str | None = None) -> Any:
    """POST as a person does whose page may time out while a laptop works for a thousand: the same again, harmless."""
    for left in reversed(range(TRIES)):
        try:
            answer = api.call("POST", path, body, headers={"Idempotency-Key": key} if key else None)
        except TimeoutError:
            assert left, "it never answers"
            continue
        if answer.status < 500:
            break
    assert answer.status < 300, answer.body
    return answer.json


def test_many_complaints_open_at_once_come_to_their_ends(laptop_cloud: Api) -> None:
    rows = [row(place) for place in range(TICKETS)]
    assert steps.import_file(laptop_cloud, rows)["accepted"] == TICKETS
    agent, officer = laptop_cloud.as_("agent", "BANDUNG"), laptop_cloud.as_("officer", "BANDUNG")
    agent.get("/tickets"), officer.get("/tickets")  # who logs in does so once
    began = time.monotonic()

    def so_far(what: str) -> None:
        print(f"{TICKETS} tickets {what} after {time.monotonic() - began:.0f} s", flush=True)

    def opens(one: dict[str, str]) -> str:
        said = {"source": "myindihome", "text": "tagihan naik", "category": "billing"}
        whose = {"customer_id": one["customer_id"]}
        return str(patient(agent, "/complaints", said | whose, key=one["customer_id"])["ticket_id"])

    with ThreadPoolExecutor(THREADS) as pool:
        tickets = list(pool.map(opens, rows))
    assert len(set(tickets)) == TICKETS
    so_far("opened")
    lying = steps.wait(lambda: len(each(officer, "in_locker")), lambda seen: seen == TICKETS, SECONDS)
    assert lying == TICKETS, "all are open at the same time, each in its locker"
    so_far("in lockers")

    def solve(ticket_id: str) -> None:
        patient(officer, f"/work-items/ticket_work-{ticket_id}-1/complete", {"outcome": "solved"})
        # A laptop starts a process for each question that is put at the same moment.
        steps.wait(lambda: state_of(officer, ticket_id), lambda state: state != "in_locker", SECONDS)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(solve, tickets))
    so_far("solved")
    silent = sum(place % SILENT == 0 for place in range(TICKETS))
    wanted = Counter({"closed": TICKETS - silent, "closed_without_answer": silent})

    def ended() -> Counter[str]:
        time.sleep(TICKETS / 100)  # who looks all the time keeps the laptop from its work
        return Counter({state: len(each(officer, state)) for state in wanted})

    assert steps.wait(ended, lambda seen: seen == wanted, SECONDS) == wanted
    so_far("ended")
    states = client(dict(laptop_cloud.outputs), "stepfunctions")
    machine = laptop_cloud.outputs["complaint_arn"].replace(":stateMachine:", ":execution:")

    def executions() -> Counter[str]:
        return Counter(states.describe_execution(executionArn=f"{machine}:{one}")["status"] for one in tickets)

    assert steps.wait(executions, lambda seen: set(seen) == {"SUCCEEDED"}, 60) == {"SUCCEEDED": TICKETS}
    so_far("with a finished execution each")
    told = [one for state in wanted for one in each(officer, state)]
    again = [one["ticket_id"] for one in told if "restarted" in {entry["event"] for entry in one["history"]}]
    assert not again, "nothing was lost, so that the sweep had to start it again"
