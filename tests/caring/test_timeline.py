"""A customer's timeline: recorded events and the ledger's messages, in one order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from caring import timeline
from tests.emulator import Cloud

START = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
RUN = "0123456789abcdefghjkmn"


def _message(aws: Cloud, wave: int, status: str, **more: Any) -> None:
    item = {
        "customer_id": "1",
        "cause": f"run-{RUN}-w{wave}",
        "status": status,
        "rank": 1,
        "channel": "sms",
        "reference": f"run-{RUN}-w{wave}_1",
        "claim": "c",
        "claimed_at": "2026-11-24T03:00:00.000Z",
        "attempt": 1,
        "at": "2026-11-24T03:00:00.000Z",
        "expires_at": 1,
    }
    aws.table("MESSAGES_TABLE").put_item(Item=item | more)


def _types(events: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(event["type"], event.get("status")) for event in events]


def test_a_message_and_its_receipts_are_told_from_the_ledger(aws: Cloud) -> None:
    _message(
        aws,
        1,
        "read",
        accepted_at="2026-11-24T03:00:01.000Z",
        delivered_at="2026-11-24T03:00:05.000Z",
        read_at="2026-11-24T03:10:00.000Z",
        why="sms: cheapest",
        script="billing-reminder#1",
    )
    events, following = timeline.read("1", 10)
    assert following is None
    assert _types(events) == [("receipt", "read"), ("receipt", "delivered"), ("message_out", "read")]
    assert events[2]["at"] == "2026-11-24T03:00:01.000Z"
    assert (events[2]["run_id"], events[2]["wave"], events[2]["why"]) == (RUN, 1, "sms: cheapest")
    assert {"at_id", "customer_id", "expires_at", "claim"}.isdisjoint(events[0])


def test_what_was_not_sent_says_why(aws: Cloud) -> None:
    _message(aws, 1, "skipped", reason="paid")
    _message(aws, 2, "failed", reason="bounced_hard", failed_at="2026-11-24T04:00:00.000Z")
    _message(aws, 3, "unknown", reason="timeout", unknown_at="2026-11-24T05:00:00.000Z")
    events, _ = timeline.read("1", 10)
    assert [(e["type"], e["status"], e["reason"]) for e in events] == [
        ("message_out", "unknown", "timeout"),
        ("receipt", "failed", "bounced_hard"),
        ("message_out", "failed", "bounced_hard"),
        ("message_not_sent", "skipped", "paid"),
    ]


def test_a_word_that_moves_no_message_is_told_too(aws: Cloud) -> None:
    _message(aws, 1, "accepted", remark="delayed", remark_at="2026-11-24T04:00:00.000Z")
    events, _ = timeline.read("1", 10)
    assert [(e["type"], e["status"], e["reason"]) for e in events] == [
        ("receipt", "other", "delayed"),
        ("message_out", "accepted", None),
    ]


def test_pages_lose_nothing_and_repeat_nothing_even_within_one_instant(aws: Cloud) -> None:
    for place in range(7):
        timeline.append("1", "change", at=START + timedelta(seconds=place // 3), event_id=f"e{place}", place=place)
    _message(aws, 1, "delivered", accepted_at="2026-11-24T03:00:01.000Z", delivered_at="2026-11-24T03:00:01.000Z")
    timeline.append("2", "change", place=99)
    whole, _ = timeline.read("1", 50)
    assert len(whole) == 9
    assert [event["at"] for event in whole] == sorted((event["at"] for event in whole), reverse=True)
    for size in (1, 2, 4, 9):
        seen, before = [], None
        while True:
            events, before = timeline.read("1", size, before)
            seen += events
            if before is None:
                break
        assert seen == whole


def test_writing_an_event_again_adds_none(aws: Cloud) -> None:
    for _ in range(2):
        timeline.append("1", "message_in", at=START, event_id="wamid.1", channel="whatsapp", text="ya")
    events, _ = timeline.read("1", 10)
    assert [(event["type"], event["channel"], event["text"]) for event in events] == [("message_in", "whatsapp", "ya")]
