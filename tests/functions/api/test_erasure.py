"""An erasure through the API: what customer and staff said about him is in no table afterwards, and nobody works on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from caring.tickets import machine, steps, timers
from functions.fulfil_requests import handler as fulfil_requests
from functions.give_work import handler as give_work
from tests.caring.conftest import CUSTOMER, Talk, talk
from tests.emulator import Cloud, lambda_context
from tests.functions.api.conftest import Api

__all__ = ["talk"]

WORDS = {
    "complaint": "modem terbakar di dapur",
    "again": "masih bau hangus",
    "request": "tolong periksa kabel belakang lemari",
    "note": "anaknya sedang sakit",
    "lesson": "neneknya belum paham",
    "answer": "kabel putus oleh tikus",
}


@pytest.fixture
def told(api: Api, talk: Talk, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What waits for an answer was told, by token; no state machine runs, and nothing is set at a time."""
    found: dict[str, str] = {}
    monkeypatch.setattr(machine, "start", lambda *_: None)
    monkeypatch.setattr(machine, "tell", lambda token, outcome: found.update({token: outcome}))
    monkeypatch.setattr(timers, "arm", lambda *_: None)
    monkeypatch.setattr(timers, "disarm", lambda *_: None)
    return found


def everything(aws: Cloud) -> str:
    """Every item of every table."""
    tables = [name for name in aws.environment if name.endswith("_TABLE")]
    return "\n".join(json.dumps(aws.items(name), default=str, ensure_ascii=False) for name in tables).lower()


def done(officer: Api, work_id: str, **said: Any) -> Any:
    answer = officer.post(f"/work-items/{work_id}/complete", said)
    assert answer.status == 200, answer.body
    return answer.body


def test_what_was_said_about_an_erased_customer_is_in_no_table(api: Api, aws: Cloud, told: dict[str, str]) -> None:
    officer, manager, member = api.as_("officer"), api.as_("manager"), api.as_("unit_member")
    complaint = {"source": "walk_in", "customer_id": CUSTOMER, "category": "fault"}
    ticket_id = officer.post("/complaints", complaint | {"text": WORDS["complaint"]}).body["ticket_id"]
    officer.post("/complaints", complaint | {"text": WORDS["again"]})
    give_work.handler({"ticket_id": ticket_id, "token": "t-unit"}, lambda_context())
    own = f"ticket_work-{ticket_id}-1"
    said = {"units": ["field", "network"], "request": WORDS["request"], "note": WORDS["note"]}
    done(officer, own, outcome="needs_unit", **said)
    steps.take(ticket_id, "collaborate")
    for unit in ("field", "network"):
        give_work.handler({"ticket_id": ticket_id, "token": f"t-{unit}", "unit": unit}, lambda_context())
    done(member, f"collaborate-{ticket_id}-1-network", outcome="not_possible", note=WORDS["answer"])
    lesson = {"kind": "educate", "customer_id": CUSTOMER, "reason": WORDS["lesson"]}
    lesson_id = officer.post("/work-items", lesson).body["work_id"]
    claimed = officer.post(f"/work-items/{lesson_id}/claim")
    assert claimed.status == 200
    before = everything(aws)
    assert [name for name, words in WORDS.items() if words in before] == list(WORDS)

    assert manager.delete(f"/customers/{CUSTOMER}").status == 202
    for _ in range(2):
        fulfil_requests.handler({"customer_id": CUSTOMER}, lambda_context())
    after = everything(aws)
    assert [name for name, words in WORDS.items() if words in after] == []
    assert told["t-field"] == "ended"
    ticket = officer.get(f"/tickets/{ticket_id}").body
    assert (ticket["state"], ticket["closed_reason"], ticket["text"]) == ("closed", "erased", "")
    open_item = f"collaborate-{ticket_id}-1-field"
    for work_id in (own, open_item, lesson_id):
        shown = manager.get(f"/work-items/{work_id}").body
        assert (shown["state"], shown["screen"], shown["reason"]) == ("done", None, "")
    for state in ("open", "claimed"):
        items = manager.get(f"/work-items?state={state}").body["items"]
        assert [item for item in items if item.get("customer_id") == CUSTOMER] == []
    assert member.post(f"/work-items/{open_item}/claim").status == 409
    refused = member.post(f"/work-items/{open_item}/complete", {"outcome": "done", "note": WORDS["answer"]})
    assert (refused.status, refused.body["code"]) == (409, "wrong_state")
    assert officer.post("/work-items", lesson).body["code"] == "erased"
    assert officer.post("/complaints", complaint | {"text": WORDS["again"]}).body["code"] == "erased"
    assert WORDS["again"] not in everything(aws)
