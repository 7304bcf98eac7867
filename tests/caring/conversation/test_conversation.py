"""What is said to one customer: by the right channel, once for its cause, when he may be written to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from caring import clock, conversation
from caring.channels import whatsapp
from caring.channels.types import Outcome
from caring.conversation import delivery, questions, saying
from caring.customers import consents
from caring.runs import guards, pressure
from caring.scripts import seed
from caring.work import prompts
from tests.caring.conftest import CUSTOMER, Talk
from tests.caring.runs.conftest import TUESDAY_TEN

CAUSE = "closure-t1-0-1"


def ask(cause: str = CAUSE, **changes: Any) -> conversation.Said:
    wanted: dict[str, Any] = {
        "cause": cause,
        "script_id": "closure-question",
        "purpose": "service",
        "values": {"ticket_id": "t1"},
        "equivocal": 3,
        "question": "closure",
        "subject": "t1",
    }
    return conversation.say(CUSTOMER, **(wanted | changes))


def at(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    monkeypatch.setattr(clock, "now", lambda: clock.parse(moment))


def test_an_equivocal_matter_goes_over_the_richest_channel_and_says_why(talk: Talk) -> None:
    said = ask()
    assert said.channel == "whatsapp"
    assert "rich enough" in said.why
    (sent,) = talk.deliver()
    assert (sent.channel, sent.reference) == ("whatsapp", f"{CAUSE}_{CUSTOMER}")
    assert sent.template is not None
    assert sent.template["params"] == ["Budi Santoso", "t1"]
    item = talk.ledger(CAUSE)
    assert item is not None
    assert (item["status"], item["question"], item["subject"]) == ("accepted", "closure", "t1")
    assert (item["script"], item["why"]) == ("closure-question#1", said.why)


def test_the_cheapest_channel_takes_a_simple_matter_and_a_failed_one_is_left_out(talk: Talk) -> None:
    assert ask(equivocal=0).channel == "email"
    assert ask("closure-t1-0-2", equivocal=0, not_channels=["email"]).channel == "whatsapp"
    assert ask("closure-t1-0-3", equivocal=0, channel="sms").channel == "sms"
    talk.add(consent_sms=False)
    assert ask("closure-t1-0-4", equivocal=0, channel="sms").channel == "email"


@pytest.mark.parametrize("script_id", ["closure-question", "closure-reminder"])
def test_who_reads_a_language_that_no_script_is_written_in_is_written_to_in_the_usual_one(
    talk: Talk, script_id: str
) -> None:
    seed.seed_scripts()
    talk.add(language="en")
    assert ask(script_id=script_id).channel == "whatsapp"
    (sent,) = talk.deliver()
    assert sent.language == "id"
    assert (talk.ledger(CAUSE) or {})["language"] == "id"


def test_the_words_of_the_closing_call_are_there_for_a_customer_of_any_language(talk: Talk) -> None:
    seed.seed_scripts()
    talk.add(language="en")
    screen = prompts.of({"script": "closure-call", "customer_id": CUSTOMER, "ticket_id": "t1"}) or {}
    assert (screen["language"], screen["missing"], "t1" in screen["text"]) == ("id", None, True)


def test_whatever_is_said_ten_times_is_sent_once(talk: Talk) -> None:
    for _ in range(5):
        ask()
    bodies = talk.queued()
    for body in [*bodies, *bodies]:
        delivery.deliver(body, talk.worker("whatsapp"))
    assert [ask() for _ in range(5)] == [ask()] * 5
    assert talk.queued() == [], "what stands in the ledger is not queued again"
    assert len(talk.sent) == 1


def test_a_body_on_the_queue_holds_ids_and_no_personal_data(talk: Talk) -> None:
    ask()
    (body,) = talk.queued()
    assert "Budi" not in str(body)
    assert "+62" not in str(body)
    assert "@" not in str(body)


def test_nobody_is_told_anything_when_no_channel_may_be_used(talk: Talk) -> None:
    talk.add(consent_whatsapp=False, consent_sms=False, consent_email=False)
    said = ask()
    assert said.channel is None
    assert "consent" in said.why
    assert talk.queued() == []


def test_who_withdrew_after_it_was_queued_is_skipped_with_the_reason(talk: Talk) -> None:
    ask()
    consents.record(CUSTOMER, consents.expand("whatsapp", "all"), granted=False, source="test", actor="customer")
    assert talk.deliver() == []
    item = talk.ledger(CAUSE)
    assert item is not None
    assert (item["status"], item["reason"]) == ("skipped", "opted_out")
    assert ask().channel is None, "the caller is told that it did not go out"
    assert questions.open_for(CUSTOMER) == []


def test_outside_the_hours_it_waits_and_is_sent_when_they_begin(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-11-24T14:30:00+00:00")  # 21:30 in Bandung
    ask()
    (body,) = talk.queued()
    put_back: list[Any] = []
    monkeypatch.setattr(saying, "enqueue", lambda *arguments: put_back.append(arguments))
    assert delivery.deliver(body, talk.worker("whatsapp"))["put_back_seconds"] > 900
    assert put_back == [("whatsapp", body, 900)]
    assert talk.ledger(CAUSE) is None
    at(monkeypatch, "2026-11-25T01:00:00+00:00")
    delivery.deliver(body, talk.worker("whatsapp"))
    assert len(talk.sent) == 1


def test_the_switch_that_stops_all_sending_stops_conversations_too(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    ask()
    (body,) = talk.queued()
    put_back: list[Any] = []
    monkeypatch.setattr(saying, "enqueue", lambda *arguments: put_back.append(arguments))
    guards.switch(on=True, reason="test", actor="ops")
    delivery.deliver(body, talk.worker("whatsapp"))
    assert (len(put_back), talk.sent) == (1, [])
    guards.switch(on=False, reason="test", actor="ops")
    delivery.deliver(body, talk.worker("whatsapp"))
    assert len(talk.sent) == 1


def test_a_message_that_was_not_taken_is_tried_again(talk: Talk) -> None:
    answers = iter([Outcome("not_taken", None, "throttled"), Outcome("accepted", "id-1")])
    talk.answer = lambda _: next(answers)
    ask()
    (body,) = talk.queued()
    delivery.deliver(body, talk.worker("whatsapp"))
    delivery.deliver(body, talk.worker("whatsapp"))
    item = talk.ledger(CAUSE)
    assert item is not None
    assert (item["status"], item["attempt"]) == ("accepted", 2)


def test_within_a_day_of_the_customers_word_whatsapp_asks_with_buttons_and_at_no_price(talk: Talk) -> None:
    talk.add(whatsapp_window_until="2026-11-24T20:00:00.000Z")
    assert ask(equivocal=0).channel == "whatsapp"
    (sent,) = talk.deliver()
    assert (sent.template, sent.replies) == (None, ("ya", "belum"))
    wire = whatsapp.message(sent)
    assert b'"type":"interactive"' in wire
    assert b'"title":"Belum"' in wire


def test_what_is_said_counts_as_a_contact(talk: Talk) -> None:
    ask()
    talk.deliver()
    assert pressure.read([CUSTOMER])[CUSTOMER].has(CAUSE)


def test_two_machines_that_answer_each_other_come_to_an_end(talk: Talk) -> None:
    channels = []
    for place in range(12):
        channels.append(ask(f"thanks-{place}").channel)
        talk.deliver()
    assert channels == ["whatsapp"] * 8 + [None] * 4


def test_a_cause_that_no_reference_can_carry_is_refused(talk: Talk) -> None:
    with pytest.raises(ValueError, match="no cause"):
        ask("closure t1")
    with pytest.raises(ValueError, match="no cause"):
        ask("closure-" + "x" * 130)
    with pytest.raises(ValueError, match="no script speaks of phone"):
        ask(values={"phone": "+62812"})


def test_a_question_is_open_until_it_is_answered_and_its_latest_answer_stays(talk: Talk) -> None:
    ask()
    talk.deliver()
    (found,) = questions.open_for(CUSTOMER)
    assert (found.kind, found.cause, found.subject) == ("closure", CAUSE, "t1")
    assert found.provider_message_id == f"id-{CAUSE}_{CUSTOMER}"
    assert found.asked_at == clock.parse(TUESDAY_TEN)
    now = clock.now()
    for answer, minutes in (("no", 2), ("yes", 1), ("no", 2)):
        questions.answered(CUSTOMER, CAUSE, f"e{minutes}", answer, at=now + timedelta(minutes=minutes), message_id="w1")
    item = talk.ledger(CAUSE)
    assert item is not None
    assert (item["answer"], item["answered_by"]) == ("no", "e2")
    assert questions.open_for(CUSTOMER) == []
    assert len(questions.open_for(CUSTOMER, quoted=f"id-{CAUSE}_{CUSTOMER}")) == 1
    assert len(questions.answered_with(CUSTOMER, "w1")) == 1


def test_a_surveys_question_stays_while_its_score_may_be_corrected(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    ask("survey-pay-1", question="survey", subject=None)
    talk.deliver()
    questions.answered(CUSTOMER, "survey-pay-1", "e1", "7")
    assert len(questions.open_for(CUSTOMER)) == 1
    at(monkeypatch, "2026-11-26T03:00:00+00:00")
    assert questions.open_for(CUSTOMER) == []
