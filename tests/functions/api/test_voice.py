"""A simple matter is left as a recorded voice message once all tries of its call were in vain."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from caring import clock
from caring.conversation import delivery, saying
from caring.customers import store as customers
from caring.runs import opening, pressure
from caring.work import items
from tests.caring.conftest import CUSTOMER, Talk, talk
from tests.functions.api.conftest import Api

__all__ = ["talk"]

TRIES = ("2026-11-24T10:00:00+07:00", "2026-11-24T13:00:00+07:00")
NEXT = "2026-11-24T17:00:00+07:00"


@pytest.fixture
def officer(api: Api, talk: Talk) -> Api:
    """An officer of Bandung."""
    return api.as_("officer")


def called(api: Api, kind: str = "billing_reminder", script_id: str = "billing-reminder") -> str:
    """A call item of a run of a program of a kind."""
    program = {"name": "x", "kind": kind, "script_id": script_id, "audience": {"customer_ids": [CUSTOMER]}}
    made = api.post("/programs", program)
    assert made.status == 201, made.body
    run_id = api.post(f"/programs/{made.body['program_id']}/runs").body["run_id"]
    opening.begin(run_id, made.body["program_id"])
    call = items.about(customers.get(CUSTOMER), "call", f"call-{run_id}-{CUSTOMER}", unit="crm", reason="sms failed")
    items.enter([call | {"run_id": run_id, "script": f"{script_id}#1"}])
    return str(call["work_id"])


def at(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat(moment))


def tried(officer: Api, monkeypatch: pytest.MonkeyPatch, work_id: str) -> dict[str, Any]:
    """The item after two tries that nobody took, the last of which is told three times."""
    for moment in (*TRIES, TRIES[1], TRIES[1]):
        at(monkeypatch, moment)
        answer = officer.post(f"/work-items/{work_id}/complete", {"outcome": "no_answer"})
        assert answer.status == 200, answer.body
    done: dict[str, Any] = answer.body
    return done


def waiting(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What lies on the queues, put back until its hour, as if that hour had come."""
    bodies = talk.queued()
    delays: list[int] = []
    with monkeypatch.context() as patched:
        patched.setattr(saying, "enqueue", lambda _channel, _body, delay=0: delays.append(delay))
        for body in bodies:
            delivery.deliver(body, talk.worker(body["channel"]))
    assert delays == [900] * len(bodies)
    assert talk.sent == []
    return bodies


def test_the_last_try_in_vain_leaves_a_voice_message_at_the_next_hour_once(
    api: Api, officer: Api, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    work_id = called(api)
    assert tried(officer, monkeypatch, work_id)["state"] == "done"
    bodies = waiting(talk, monkeypatch)
    at(monkeypatch, NEXT)
    for body in bodies:
        delivery.deliver(body, talk.worker("voice"))
    (sent,) = talk.sent
    assert (sent.channel, sent.to) == ("voice", f"+62812{CUSTOMER[-8:]}")
    assert sent.body.startswith("Salam hormat, Bapak atau Ibu Budi Santoso.")
    told = officer.get(f"/customers/{CUSTOMER}/timeline").body["items"]
    assert [event["type"] for event in told if event["channel"] == "voice"] == ["message_out", "call", "call"]
    assert [contact.kind for contact in pressure.read([CUSTOMER])[CUSTOMER].recent] == ["call", "call", "message"]


def test_a_matter_that_is_not_simple_is_called_a_third_time(
    api: Api, officer: Api, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = tried(officer, monkeypatch, called(api, kind="complaint_follow_up", script_id="closure-call"))
    assert (item["state"], item["attempts"], item["not_before"]) == ("open", 2, "2026-11-24T10:00:00.000Z")
    assert talk.queued() == []


def test_who_has_not_consented_gets_no_voice_message(
    api: Api, officer: Api, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    work_id = called(api)
    talk.add(consent_voice=False)
    assert tried(officer, monkeypatch, work_id)["state"] == "done"
    assert talk.queued() == []


def test_a_bill_that_is_paid_meanwhile_is_not_spoken_of(
    api: Api, officer: Api, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried(officer, monkeypatch, called(api))
    paid = {"customer_id": CUSTOMER, "amount": 350000, "paid_on": "2026-11-24"}
    assert officer.post("/payments", paid).status == 201
    at(monkeypatch, NEXT)
    for body in talk.queued():
        delivery.deliver(body, talk.worker(body["channel"]))
    assert [sent.channel for sent in talk.sent if sent.channel == "voice"] == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"paid_on": "2026-11-24"}, "paid"), ({"erased": True}, "erased"), ({"incident_hold": "i"}, "incident")],
)
def test_a_call_that_nobody_needs_any_more_is_not_made(
    api: Api, officer: Api, talk: Talk, fields: dict[str, Any], code: str
) -> None:
    work_id = called(api)
    talk.add(**fields)
    refused = officer.post(f"/work-items/{work_id}/claim")
    assert (refused.status, refused.body["code"]) == (409, code)
    assert officer.get(f"/work-items/{work_id}").body["state"] == ("open" if code == "incident" else "done")


def test_who_was_contacted_often_enough_gets_it_when_there_is_room(
    api: Api, officer: Api, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    work_id = called(api)
    for number in range(6):
        pressure.record_contact(CUSTOMER, "visit", f"v{number}", datetime.fromisoformat(TRIES[0]))
    assert tried(officer, monkeypatch, work_id)["state"] == "done"
    assert {body["not_before"] for body in talk.queued()} == {"2026-12-01T06:00:00.000Z"}
