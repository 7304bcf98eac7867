"""An outage on the laptop cloud: complaints of a village become an incident, which is confirmed, and mended for all."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.api import Api
from tests.local import steps

WITEL, VILLAGE = "SUMEDANG", "Situ"
SAYS_YES = "81"  # trailing digits of who answers "ya"
COMPLAIN = [f"1393000000{digits}" for digits in (SAYS_YES, "01", "02", "03", "04")]
NEIGHBOURS = ["139300000010", "139300000011"]
FAR_AWAY = "139300000020"


def _row(customer_id: str, village: str = VILLAGE) -> dict[str, str]:
    where = {"village": village, "district": "Sumedang Utara", "witel": WITEL}
    consents = {f"consent_{one}": "yes" for one in (*steps.CHANNELS, "voice")}
    bill = {"amount_due": "350000", "due_date": "2026-11-27"}
    number = {"phone": f"08129{customer_id[-8:]}"}
    return {"customer_id": customer_id, "name": "Ujang Gangguan", **number, **where, **bill, **consents}


def _why(api: Api, program_id: str, customer_id: str) -> Any:
    return api.get("/why", customer_id=customer_id, program_id=program_id).get("reason")


def _sent(api: Api, cause: str) -> set[str]:
    """To whom a message of this cause went out."""
    items = [one for channel in steps.CHANNELS for one in steps.providers(api, f"/sent?channel={channel}")["items"]]
    found = [one["reference"].rpartition("_")[2] for one in items if one["reference"].rpartition("_")[0] == cause]
    assert len(found) == len(set(found))
    return set(found)


def _complain(api: Api, customer_id: str) -> str:
    said = {"source": "call_centre_147", "customer_id": customer_id, "text": "internet mati", "category": "fault"}
    answer = api.call("POST", "/complaints", said, headers={"Idempotency-Key": f"outage-{customer_id}"})
    return str(answer.json["ticket_id"])


@pytest.fixture(scope="module")
def ops(laptop_cloud: Api) -> Api:
    """Somebody who sees every witel, after the village's customers were imported."""
    api = laptop_cloud.as_("ops")
    rows = [*map(_row, COMPLAIN + NEIGHBOURS), _row(FAR_AWAY, "Cimalaka")]
    assert steps.import_file(api, rows)["accepted"] == len(rows)
    return api


def test_an_outage_from_the_first_complaint_to_the_customers_yes(ops: Api) -> None:
    bill = {"name": "Tagihan", "kind": "billing_reminder", "script_id": "billing-reminder", "witel": WITEL}
    whom = {"audience": {"customer_ids": [*NEIGHBOURS, FAR_AWAY]}, "cap": {"messages": 9, "days": 7}}
    program_id = ops.post("/programs", bill | whom)["program_id"]
    tickets = {customer_id: _complain(ops, customer_id) for customer_id in COMPLAIN}
    (proposed,) = steps.wait(lambda: ops.get("/incidents", state="proposed", witel=WITEL)["items"], bool)
    path = f"/incidents/{proposed['incident_id']}"
    assert (proposed["village"], proposed["proposed_by"]) == (VILLAGE, "system")
    assert _why(ops, program_id, NEIGHBOURS[0]) is None

    run_id = ops.post(f"/programs/{program_id}/runs")["run_id"]
    planned = steps.wait(lambda: ops.get(f"/runs/{run_id}"), lambda seen: seen["state"] != "planning")
    assert (planned["state"], planned["ledger"]["pending"]) == ("planned", 3)
    officer = ops.as_("officer", WITEL.lower())
    officer.post(f"{path}/confirm", {"note": "ODP terbakar"})
    ops.post(f"/runs/{run_id}/launch")  # at once: nobody has been worked through yet
    village = len(COMPLAIN + NEIGHBOURS)
    counts = steps.wait(lambda: ops.get(path)["counts"], lambda seen: seen["held"] == village and seen["told"] == 2)
    assert {name: counts[name] for name in ("held", "told", "tickets", "asked")} == {
        **{"held": village, "told": len(NEIGHBOURS), "tickets": len(COMPLAIN), "asked": 0},
    }
    told = f"incident-{proposed['incident_id']}-told"
    assert steps.wait(lambda: _sent(ops, told), lambda seen: len(seen) == 2) == set(NEIGHBOURS)
    assert [_why(ops, program_id, customer_id) for customer_id in (NEIGHBOURS[0], FAR_AWAY)] == ["incident", None]
    skipped = steps.wait(
        lambda: ops.get(f"/runs/{run_id}/messages", status="skipped")["items"], lambda seen: len(seen) == 2
    )
    assert {(one["customer_id"], one["reason"]) for one in skipped} == {(who, "incident") for who in NEIGHBOURS}
    billed = steps.wait(lambda: _sent(ops, f"run-{run_id}-w1"), bool)
    assert billed == {FAR_AWAY}
    ticket = ops.get(f"/tickets/{tickets[COMPLAIN[0]]}")
    assert (ticket["state"], ticket["incident_id"]) == ("in_locker", proposed["incident_id"])

    officer.post(f"{path}/mend", {"note": "kabel diganti"})
    counts = steps.wait(lambda: ops.get(path)["counts"], lambda seen: seen["released"] == village)
    assert (counts["held"], counts["asked"]) == (0, village)
    mended = f"incident-{proposed['incident_id']}-mended"
    assert steps.wait(lambda: _sent(ops, mended), lambda seen: len(seen) == 2) == set(NEIGHBOURS)
    # A worker may go on for a moment with the areas that it has read.
    assert steps.wait(lambda: _why(ops, program_id, NEIGHBOURS[0]), lambda why: why is None, 10) is None
    closed = steps.wait(
        lambda: ops.get(f"/tickets/{tickets[COMPLAIN[0]]}"), lambda seen: seen["state"] == "closed", seconds=300
    )
    assert closed["state"] == "closed"
    assert closed["closed_by_message"]
    events = [entry["event"] for entry in closed["history"]]
    order = ["opened", "joined_incident", "incident_mended", "solved", "asked", "answered", "closed"]
    assert [event for event in events if event in order] == order
    rest = [tickets[customer_id] for customer_id in COMPLAIN[1:]]  # who reads and does not answer is waited for
    states = steps.wait(
        lambda: [ops.get(f"/tickets/{ticket_id}")["state"] for ticket_id in rest],
        lambda seen: set(seen) == {"confirming"},
    )
    assert set(states) == {"confirming"}
