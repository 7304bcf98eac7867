"""Episodes that end: who is asked for a score, who is not and why, and once."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from caring import clock, timeline
from caring.customers import store as customers
from caring.nps import episodes, scores, store
from caring.scripts.seed import seed_scripts
from caring.understanding.meaning import Pending
from tests.caring.nps.conftest import ID, add_customer
from tests.emulator import Cloud

HOUR_AGO = clock.now() - timedelta(hours=1)


@pytest.fixture
def asking(siti: Cloud) -> Cloud:
    """The same, with the scripts of surveys and thanks approved."""
    seed_scripts()
    return siti


def _bodies(aws: Cloud, channel: str = "whatsapp") -> list[dict[str, Any]]:
    return [json.loads(body) for body in aws.drain(aws.queue(channel, "conversation"))]


def _end(episode: str = "activate", customer_id: str = ID, **about: Any) -> dict[str, Any]:
    return episodes.ended(customer_id, episode, about.pop("at", HOUR_AGO), **about)


def test_an_ended_episode_makes_one_survey_however_often_it_is_told(asking: Cloud) -> None:
    told = [_end(event_id="order-7", at=HOUR_AGO + timedelta(seconds=n)) for n in range(10)]
    assert told[0]["survey"] == {"asked": True, "channel": "whatsapp", "reason": None, "why": told[0]["survey"]["why"]}
    assert told == [told[0]] * 10
    bodies = _bodies(asking)
    assert len({body["cause"] for body in bodies}) == 1
    (body, *_) = bodies
    assert (body["question"], body["purpose"], body["script_id"]) == ("survey", "survey", "survey")
    assert body["cause"].startswith("survey-activate-")
    assert len([one for one in store.of_customer(ID) if one["entry"].startswith("episode#")]) == 1
    assert len(timeline.read(ID, 10)[0]) == 1


def test_a_survey_is_put_on_the_queue_once_even_if_told_ten_times(asking: Cloud) -> None:
    for _ in range(10):
        _end(event_id="order-7")
    assert len(_bodies(asking)) == 1


def test_a_ticket_and_a_payment_are_asked_about_in_their_own_words(asking: Cloud) -> None:
    add_customer(asking, "131000000018", email="siti@example.com")
    _end("get_support", subject="t-1", staff="officer.budi")
    _end("pay", customer_id="131000000018")
    assert {body["script_id"] for body in _bodies(asking)} == {"survey-support", "survey-pay"}


def test_nobody_is_asked_twice_within_a_month(asking: Cloud) -> None:
    assert _end("activate")["survey"]["asked"]
    again = _end("pay")["survey"]
    assert (again["asked"], again["reason"]) == (False, "asked_recently")
    long_ago = clock.iso(clock.now() - timedelta(days=31))
    add_customer(asking, "131000000018", last_survey={"cause": "survey-buy-1", "at": long_ago})
    assert _end("pay", customer_id="131000000018")["survey"]["asked"]


def test_a_survey_of_a_run_counts_as_one(asking: Cloud) -> None:
    message = {"customer_id": ID, "cause": "run-00000000000000000000ab-w1", "status": "read", "channel": "sms"}
    asking.table("MESSAGES_TABLE").put_item(Item=message | {"question": "survey", "at": clock.iso(HOUR_AGO)})
    assert _end()["survey"]["reason"] == "asked_recently"


@pytest.mark.parametrize(
    ("with_him", "reason"),
    [
        ({"open_tickets": 1}, "open_ticket"),
        ({"last_score": {"score": 3, "at": clock.iso(HOUR_AGO), "event_id": "e", "cause": "x"}}, "fresh_detractor"),
        ({"consent_whatsapp": False, "consent_sms": False}, "not_reachable"),
        ({"whatsapp": None, "phone": None}, "not_reachable"),
    ],
)
def test_who_is_not_asked_is_told_with_the_reason(asking: Cloud, with_him: dict[str, Any], reason: str) -> None:
    add_customer(asking, ID, **with_him)
    survey = _end()["survey"]
    assert (survey["asked"], survey["reason"]) == (False, reason)
    (event,) = timeline.read(ID, 10)[0]
    assert event["survey"]["reason"] == reason
    assert "last_survey" not in customers.get(ID), "who was not asked may be asked next time"


def test_an_episode_that_is_not_asked_about_or_ended_long_ago_makes_no_survey(asking: Cloud) -> None:
    assert _end("aware")["survey"]["reason"] == "episode_not_asked"
    assert _end("activate", at=clock.now() - timedelta(days=15))["survey"]["reason"] == "too_long_ago"


def test_without_an_approved_script_nobody_is_asked_and_nothing_breaks(siti: Cloud) -> None:
    assert _end()["survey"]["reason"] == "no_approved_script"
    assert "last_survey" not in customers.get(ID)


def _answer(aws: Cloud, number: int, **over: Any) -> dict[str, Any]:
    """Answer the survey that an episode has just made."""
    (body,) = _bodies(aws)
    question = Pending("survey", body["cause"], clock.now(), subject=body["subject"])
    said: dict[str, Any] = {"comment": None, "channel": "whatsapp", "at": clock.now(), "event_id": "e1"}
    return scores.record(ID, score=number, question=question, **(said | over))


def test_a_score_knows_its_episode_its_ticket_and_who_looked_after_it(asking: Cloud) -> None:
    _end("get_support", subject="t-1", staff="officer.budi")
    _answer(asking, 4)
    episode, kept = sorted(store.of_customer(ID), key=lambda one: str(one["entry"]))
    assert (kept["episode"], kept["subject"], kept["staff"]) == ("get_support", "t-1", "officer.budi")
    assert episode["answered_at"] == kept["at"]
    (item,) = asking.items("WORK_ITEMS_TABLE")
    assert item["ticket_id"] == "t-1"


@pytest.mark.parametrize(("number", "script"), [(7, "thanks-passive"), (10, "thanks-promoter")])
def test_who_is_no_detractor_is_thanked_once_for_a_survey(asking: Cloud, number: int, script: str) -> None:
    _end()
    cause = store.of_customer(ID)[0]["survey"]
    _answer(asking, number)
    (thanks,) = _bodies(asking)
    assert (thanks["script_id"], thanks["channel"], thanks["cause"]) == (script, "whatsapp", f"thanks-{cause}")
    assert asking.items("WORK_ITEMS_TABLE") == []


def test_a_detractor_is_not_thanked_by_a_machine(asking: Cloud) -> None:
    _end()
    _answer(asking, 5)
    assert _bodies(asking) == []


def test_a_number_in_reply_to_the_question_of_a_thank_you_corrects_the_score(asking: Cloud) -> None:
    _end()
    cause = store.of_customer(ID)[0]["survey"]
    _answer(asking, 7)
    (thanks,) = _bodies(asking)
    again = Pending("survey", thanks["cause"], clock.now(), subject=thanks["subject"])
    later = clock.now() + timedelta(minutes=1)
    told = scores.record(ID, score=9, comment=None, question=again, channel="whatsapp", at=later, event_id="e2")
    assert (told["episode"], told["corrects"]) == ("activate", True)
    assert {one["cause"] for one in store.of_customer(ID) if one["entry"].startswith("score#")} == {cause}


def test_who_was_thanked_on_a_page_is_not_thanked_again(asking: Cloud) -> None:
    _end()
    _answer(asking, 9, thanked=True)
    assert _bodies(asking) == []
