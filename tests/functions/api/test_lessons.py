"""Lessons: a customer is taught, and what helps him is sent to him, once."""

from __future__ import annotations

from typing import Any

import pytest

from caring.scripts import store as scripts
from caring.tickets import intake, locker, machine, routing, timers
from caring.work import items
from tests.caring.conftest import CUSTOMER, Talk, talk
from tests.functions.api.conftest import Answer, Api

__all__ = ["talk"]

LESSON = {"kind": "educate", "customer_id": CUSTOMER, "reason": "asks why his bill went up", "category": "billing"}


@pytest.fixture
def officer(api: Api, talk: Talk, monkeypatch: pytest.MonkeyPatch) -> Api:
    """An officer of Bandung; no state machine runs, and nothing is set at a time."""
    for name in ("start", "tell"):
        monkeypatch.setattr(machine, name, lambda *_: None)
    monkeypatch.setattr(timers, "arm", lambda *_: None)
    return api.as_("officer")


def done(officer: Api, work_id: str, **said: Any) -> Answer:
    return officer.post(f"/work-items/{work_id}/complete", {"outcome": "done"} | said)


def test_a_lesson_offers_what_fits_and_sends_what_is_chosen_once(officer: Api, talk: Talk) -> None:
    key = {"Idempotency-Key": "k-1"}
    made = [officer.post("/work-items", LESSON, headers=key) for _ in range(3)]
    assert {(answer.status, answer.body["work_id"]) for answer in made} == {(201, made[0].body["work_id"])}
    work_id = made[0].body["work_id"]
    assert made[0].body["materials"] == ["education-read-bill"]
    assert [item["work_id"] for item in officer.get("/work-items?kind=educate").body["items"]] == [work_id]
    for _ in range(3):
        assert done(officer, work_id, material="education-read-bill", note="dijelaskan").status == 200
    (sent,) = talk.deliver()
    assert (sent.channel, talk.deliver()) == ("email", [])
    assert "menu Tagihan" in sent.body
    told = {event["type"]: event for event in officer.get(f"/customers/{CUSTOMER}/timeline").body["items"]}
    assert told["educate"]["material"] == "education-read-bill"
    assert told["message_out"]["cause"] == f"educate-{work_id}"


def test_a_unit_teaches_and_solves_in_one(officer: Api, talk: Talk) -> None:
    ticket_id = intake.open_ticket(CUSTOMER, source="walk_in", text="wifi lambat", category="fault", event_id="e")
    locker.give(ticket_id, "token")
    work_id = f"ticket_work-{ticket_id}-1"
    assert officer.get(f"/work-items/{work_id}").body["materials"] == ["education-restart-modem"]
    assert done(officer, work_id, outcome="solved", material="education-restart-modem").status == 200
    assert [sent.reference for sent in talk.deliver()] == [f"educate-{work_id}_{CUSTOMER}"]


def test_a_lesson_about_a_ticket_is_of_its_matter(officer: Api, talk: Talk) -> None:
    ticket_id = intake.open_ticket(CUSTOMER, source="walk_in", text="mau ganti paket", category="request", event_id="e")
    about = {name: value for name, value in LESSON.items() if name != "category"} | {"ticket_id": ticket_id}
    item = officer.post("/work-items", about).body
    assert (item["matter"], item["ticket_id"]) == ("migration", ticket_id)
    assert item["materials"] == ["education-change-package"]
    talk.add("131000000002")
    assert officer.post("/work-items", about | {"customer_id": "131000000002"}).status == 404


def test_who_cannot_be_reached_is_taught_by_other_means(officer: Api, talk: Talk) -> None:
    talk.add(consent_whatsapp=False, consent_sms=False, consent_email=False)
    work_id = officer.post("/work-items", LESSON).body["work_id"]
    refused = done(officer, work_id, material="education-read-bill")
    assert (refused.status, refused.body["code"]) == (409, "not_reachable")
    assert items.get(work_id)["state"] == "open"
    assert done(officer, work_id, note="lewat telepon").status == 200
    assert talk.deliver() == []


def test_only_what_the_item_offers_is_sent(officer: Api, talk: Talk) -> None:
    work_id = officer.post("/work-items", LESSON).body["work_id"]
    refused = done(officer, work_id, material="billing-reminder")
    assert refused.status == 400
    assert "education-read-bill" in refused.body["message"]
    assert officer.post("/work-items", LESSON | {"matter": "weather"}).status == 400
    assert officer.as_("officer", "CIREBON").post("/work-items", LESSON).status == 404


def test_every_lesson_that_is_offered_is_an_approved_script(officer: Api) -> None:
    offered = {s for matter in routing.matters() for s in routing.material(None, matter)}
    offered |= {s for category in routing.CATEGORIES for s in routing.material(category, None)}
    assert len(offered) == 3
    for script_id in offered:
        loaded = scripts.load_approved(script_id, scripts.approved_version(script_id))
        assert loaded.languages == {channel: frozenset({"id", "su"}) for channel in ("whatsapp", "sms", "email")}
