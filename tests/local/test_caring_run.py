"""One caring run on the laptop cloud: imported, planned, launched, sent, answered for, through the real API."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from infra.local.api import Api
from tests.local.steps import CHANNELS, import_file, providers, wait

# trailing digits → what becomes of the message, by channel (the rest is as 00)
DIGITS = ("00", "80", "84", "85", "86", "87", "88", "89", "90", "91", "92", "93", "94", "96", "97", "98", "99")
READ = {"whatsapp": "read", "sms": "delivered", "email": "read"}
ENDS: dict[str, dict[str, str]] = {
    "85": {"whatsapp": "read", "sms": "accepted", "email": "read"},
    "89": dict.fromkeys(CHANNELS, "unknown"),
    "90": dict.fromkeys(CHANNELS, "failed"),
    "91": dict.fromkeys(CHANNELS, "failed"),
    "93": dict.fromkeys(CHANNELS, "unknown"),
    "96": {"whatsapp": "failed", "sms": "failed", "email": "delivered"},
    "98": {"whatsapp": "failed", "sms": "delivered", "email": "read"},
    "99": {"whatsapp": "failed", "sms": "failed", "email": "read"},
}


def expected(channel: str, digits: str) -> str:
    return ENDS.get(digits, READ)[channel]


@dataclass
class Finished:
    """A run that has ended, with what the API and the providers say of it."""

    api: Api
    run_id: str
    run: dict[str, Any]
    rows: dict[str, dict[str, Any]]
    sent: list[dict[str, Any]]


def customers() -> Iterator[dict[str, str]]:
    """One customer per channel and behaviour, who may be reached over that channel only."""
    for place, channel in enumerate(CHANNELS):
        for digits in DIGITS:
            number = f"0812{place}7310{digits}1{digits}"[:10] + digits
            yield {
                "customer_id": f"13{place}0000000{digits}",
                "name": f"Budi {channel} {digits}",
                "phone": number,
                "email": f"budi{place}{digits}@example.com",
                "witel": "BANDUNG",
                "amount_due": "350000",
                "due_date": "2026-11-25",
                **{f"consent_{c}": "yes" if c == channel else "no" for c in CHANNELS},
            }


@pytest.fixture(scope="module")
def finished(laptop_cloud: Api) -> Finished:
    api = laptop_cloud
    rows = list(customers())
    imported = import_file(api, rows)
    assert (imported["status"], imported["accepted"]) == ("done", len(rows))
    program = api.post(
        "/programs",
        {
            "name": "Every behaviour",
            "kind": "billing_reminder",
            "script_id": "billing-reminder",
            "audience": {"customer_ids": [row["customer_id"] for row in rows]},
        },
    )
    run_id = api.post(f"/programs/{program['program_id']}/runs")["run_id"]
    planned = wait(lambda: api.get(f"/runs/{run_id}"), lambda run: run["state"] != "planning")
    assert planned["state"] == "planned"
    assert planned["forecast"]["by_channel"] == dict.fromkeys(sorted(CHANNELS), len(DIGITS))
    api.post(f"/runs/{run_id}/launch")
    wait(lambda: api.get(f"/runs/{run_id}"), lambda run: run["state"] in ("finished", "failed", "paused"))

    def became() -> dict[str, dict[str, Any]]:
        return {row["customer_id"]: row for row in api.each(f"/runs/{run_id}/messages", limit=200)}

    def settled(rows: dict[str, dict[str, Any]]) -> bool:
        return all(row["status"] == expected(row["channel"], i[-2:]) for i, row in rows.items())

    final = wait(became, settled, 60)
    sent = [item for item in providers(api, "/sent")["items"] if item["reference"].startswith(f"run-{run_id}-")]
    return Finished(api, run_id, api.get(f"/runs/{run_id}"), final, sent)


def test_every_simulated_customer_ends_in_the_status_that_his_behaviour_leads_to(finished: Finished) -> None:
    ended = {(row["channel"], i[-2:]): row["status"] for i, row in finished.rows.items()}
    assert ended == {(channel, digits): expected(channel, digits) for channel in CHANNELS for digits in DIGITS}
    assert finished.run["state"] == "finished"


def test_no_customer_gets_a_message_twice_whatever_his_provider_answers(finished: Finished) -> None:
    taken = Counter(item["reference"] for item in finished.sent)
    assert max(taken.values()) == 1
    not_taken = {(row["channel"], i[-2:]) for i, row in finished.rows.items() if row["reference"] not in taken}
    assert not_taken == {(channel, "93") for channel in CHANNELS}


def test_the_ledger_balances_with_live_counters_and_the_list_of_messages(finished: Finished) -> None:
    reconciled = finished.api.post(f"/runs/{finished.run_id}/reconcile")
    assert reconciled["balanced"]
    assert reconciled["ledger"] == reconciled["counters"]
    by_status = Counter(row["status"] for row in finished.rows.values())
    assert {s: reconciled["ledger"][s] for s in ("read", "delivered", "unknown")} == {
        s: by_status[s] for s in ("read", "delivered", "unknown")
    }
    assert reconciled["ledger"]["failed"]["total"] == by_status["failed"]


def test_failures_say_why(finished: Finished) -> None:
    reasons = {(row["channel"], i[-2:]): row["reason"] for i, row in finished.rows.items() if row["status"] == "failed"}
    assert reasons["whatsapp", "90"] == "not_on_whatsapp"
    assert reasons["email", "90"] == "bounced_hard"
    assert reasons["email", "91"] == "bounced_soft"


def test_no_channel_goes_above_its_rate_in_any_second(finished: Finished) -> None:
    rates = providers(finished.api, "/rates")
    stats = providers(finished.api, "/stats")
    assert all(stats[channel]["highest_per_second"] <= rates[channel] for channel in CHANNELS)


def test_a_message_goes_out_under_the_verified_sender_with_the_customers_own_words(finished: Finished) -> None:
    sms = next(item for item in finished.sent if item["channel"] == "sms" and item["recipient"].endswith("00"))
    assert "Rp 350.000" in sms["body"]
    assert "{" not in sms["body"]
    mail = next(item for item in finished.sent if item["channel"] == "email")
    assert "logo.png" in mail["html"]
    assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_the_timeline_tells_the_message_its_receipts_and_the_reply(finished: Finished) -> None:
    customer = "130000000080"
    events = wait(
        lambda: finished.api.get(f"/customers/{customer}/timeline")["items"],
        lambda seen: any(event["type"] == "message_in" for event in seen),
        60,
    )
    kinds = [event["type"] for event in events]
    assert {"message_out", "receipt", "message_in"} <= set(kinds)
    said = next(event for event in events if event["type"] == "message_in")
    assert (said["text"], said["understood"]["as"]) == ("STOP", "opt_out")
    points = finished.api.get(f"/customers/{customer}")["contact_points"]
    assert not any(point["consents"]["offers"] for point in points)
    assert [event["at"] for event in events] == sorted((event["at"] for event in events), reverse=True)


def test_why_says_what_the_run_did(finished: Finished) -> None:
    answer = finished.api.get("/why", customer_id="130000000000", program_id=finished.run["program_id"])
    assert (answer["reached"], answer["channel"]) == (True, "whatsapp")


def test_a_run_cannot_be_launched_twice_or_paused_after_its_end(finished: Finished) -> None:
    for action in ("launch", "pause", "resume", "cancel"):
        answer = finished.api.call("POST", f"/runs/{finished.run_id}/{action}", {})
        assert answer.status == 409
        assert set(answer.json) == {"code", "message"}


def test_the_same_file_again_changes_nothing(finished: Finished) -> None:
    before = finished.api.get("/customers/130000000000")
    import_file(finished.api, list(customers()))
    assert finished.api.get("/customers/130000000000") == before
