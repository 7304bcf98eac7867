"""Signed links, which customers open without a login."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest

from caring import clock, links
from tests.emulator import Cloud
from tests.functions.api.conftest import CUSTOMER, Answer, Api

ID = CUSTOMER["customer_id"]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SURVEY = "survey-pay-0a1b2c3d4e5f6071"
INVITATION = "run-00000000000000000000ab-w1"


def _token(**over: Any) -> str:
    said: dict[str, Any] = {"customer_id": ID, "purpose": "service", "channel": "whatsapp", "cause": "run-1-w1"}
    return links.make_token("unsubscribe", **(said | over))


def _sent(aws: Cloud, cause: str, **about: str) -> None:
    """A message as it stands in the ledger once it was sent."""
    sent = {"status": "delivered", "channel": "email", "at": clock.iso(clock.now()), "script": "billing-reminder#1"}
    aws.table("MESSAGES_TABLE").put_item(Item={"customer_id": ID, "cause": cause, **sent, **about})


def _press(api: Api, kind: links.Kind, cause: str, said: str, **over: Any) -> Answer:
    token = links.make_token(
        kind, **({"customer_id": ID, "purpose": "survey", "channel": "email", "cause": cause} | over)
    )
    return api.post(f"/l/{token}", raw=said, headers=FORM, claims=None)


def _contactable(api: Api) -> dict[str, Any]:
    return dict(api.get(f"/customers/{ID}").body["contactability"])


def test_opening_a_link_changes_nothing(api: Api, customer: dict[str, Any]) -> None:
    answer = api.get(f"/l/{_token()}?utm_source=mail", claims=None)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert '<form method="post">' in answer.text
    assert "WhatsApp" in answer.text
    assert _contactable(api)["service"] == ["whatsapp", "sms"]


def test_one_click_unsubscribes_at_once_and_once(api: Api, aws: Cloud, customer: dict[str, Any]) -> None:
    _sent(aws, "run-1-w1")
    for _ in range(2):
        answer = api.post(f"/l/{_token()}", raw="List-Unsubscribe=One-Click", headers=FORM, claims=None)
        assert answer.status == 200
    assert _contactable(api)["service"] == ["sms"]
    assert _contactable(api)["offers"] == ["whatsapp", "sms"]
    (event,) = [e for e in api.get(f"/customers/{ID}/timeline").body["items"] if e["type"] == "consent"]
    assert (event["source"], event["cause"], event["granted"], event["by"]) == ("link", "run-1-w1", False, "customer")
    assert event["wording"] == "billing-reminder#1", "the text that he saw is part of the proof"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_wrong_signature_is_404(api: Api, customer: dict[str, Any], method: str) -> None:
    token = _token()
    forged = token.replace(ID, "131000000018")
    longer = token.replace("~", "~1", 1)
    for wrong in (token[:-1] + ("A" if token[-1] != "A" else "B"), forged, longer, "x", token[:-20], "a" * 390):
        assert api(method, f"/l/{wrong}", claims=None).status == 404
    assert _contactable(api)["service"] == ["whatsapp", "sms"]


def test_a_link_expires(api: Api, customer: dict[str, Any]) -> None:
    old = _token(expires=int(time.time()) - 1)
    for method in ("GET", "POST"):
        answer = api(method, f"/l/{old}", claims=None)
        assert answer.status == 410
        assert "kedaluwarsa" in answer.text
    assert _contactable(api)["service"] == ["whatsapp", "sms"]


def test_a_link_of_an_erased_customer_says_so(api: Api) -> None:
    answer = api.post(f"/l/{_token()}", claims=None)
    assert answer.status == 200
    assert "tidak ditemukan" in answer.text


def test_the_page_of_a_score_offers_eleven_buttons_and_room_for_a_reason(api: Api, customer: dict[str, Any]) -> None:
    answer = api.get(f"/l/{links.make_token('score', customer_id=ID, purpose='survey', channel='sms', cause=SURVEY)}")
    assert answer.status == 200
    assert [f'value="{number}"' in answer.text for number in range(12)] == [True] * 11 + [False]
    assert "<textarea" in answer.text
    assert "<script" not in answer.text


@pytest.mark.parametrize("comment", ["", "teknisinya+ramah"])
def test_a_score_by_link_is_a_score_once(api: Api, aws: Cloud, customer: dict[str, Any], comment: str) -> None:
    _sent(aws, SURVEY, question="survey")
    for _ in range(3):
        assert "Terima kasih" in _press(api, "score", SURVEY, f"score=9&comment={comment}").text
    (kept,) = aws.items("NPS_TABLE")
    assert (kept["score"], kept["channel"], kept["episode"], kept["cause"]) == (9, "email", "pay", SURVEY)
    (message,) = aws.items("MESSAGES_TABLE")
    assert message["answer"] == "9"
    assert [e["type"] for e in api.get(f"/customers/{ID}/timeline").body["items"] if e["type"] == "score"] == ["score"]


def test_a_score_by_link_may_be_corrected_and_a_detractor_is_called(
    api: Api, aws: Cloud, customer: dict[str, Any]
) -> None:
    _sent(aws, SURVEY, question="survey")
    _press(api, "score", SURVEY, "score=9")
    answer = _press(api, "score", SURVEY, "score=2&comment=internet+sering+putus")
    assert "kami akan menghubungi" in answer.text
    (item,) = aws.items("WORK_ITEMS_TABLE")
    assert (item["kind"], item["score"], item["state"]) == ("detractor_follow_up", 2, "open")
    for _ in range(2):
        _press(api, "score", SURVEY, "score=9")
    assert len(aws.items("NPS_TABLE")) == 3, "9, corrected to 2, corrected to 9 again"
    (item,) = aws.items("WORK_ITEMS_TABLE")
    assert (item["state"], item["outcome"]) == ("done", "score_corrected")
    (person,) = aws.items("CUSTOMERS_TABLE")
    assert person["last_score"]["score"] == 9


def test_a_day_later_a_score_by_link_stays_what_it_is(api: Api, aws: Cloud, customer: dict[str, Any]) -> None:
    old = clock.iso(clock.now() - timedelta(hours=25))
    last = {"score": 9, "at": old, "event_id": "e", "cause": SURVEY}
    aws.table("CUSTOMERS_TABLE").put_item(Item=CUSTOMER | {"last_score": last})
    assert "sudah kami catat sebelumnya" in _press(api, "score", SURVEY, "score=2").text
    assert aws.items("NPS_TABLE") == []


@pytest.mark.parametrize("said", ["", "score=11", "score=-1", "score=9.5", "score=", "comment=9", "%ff", "score=٩"])
def test_what_is_no_score_is_refused(api: Api, aws: Cloud, customer: dict[str, Any], said: str) -> None:
    answer = _press(api, "score", SURVEY, said)
    assert (answer.status, answer.body["code"]) == (400, "bad_value")
    assert aws.items("NPS_TABLE") == []


def test_an_invitation_is_answered_by_link(api: Api, aws: Cloud, customer: dict[str, Any]) -> None:
    _sent(aws, INVITATION, question="rsvp", program_id="p-1")
    token = links.make_token("rsvp", customer_id=ID, purpose="offers", channel="email", cause=INVITATION)
    assert "Ya, saya hadir" in api.get(f"/l/{token}", claims=None).text
    for _ in range(2):
        assert _press(api, "rsvp", INVITATION, "answer=yes", purpose="offers").status == 200
    (event,) = [e for e in api.get(f"/customers/{ID}/timeline").body["items"] if e["type"] == "rsvp"]
    assert (event["answer"], event["program_id"], event["channel"]) == ("yes", "p-1", "email")
    assert _press(api, "rsvp", INVITATION, "answer=perhaps").status == 400
    (message,) = [m for m in aws.items("MESSAGES_TABLE") if m["cause"] == INVITATION]
    assert message["answer"] == "yes"


@pytest.mark.parametrize(("kind", "said"), [("score", "score=9"), ("rsvp", "answer=yes")])
def test_links_of_an_erased_customer_record_nothing(api: Api, aws: Cloud, kind: links.Kind, said: str) -> None:
    assert "tidak ditemukan" in _press(api, kind, SURVEY, said).text
    aws.table("CUSTOMERS_TABLE").put_item(Item={"customer_id": ID, "erased": True})
    assert "tidak ditemukan" in _press(api, kind, SURVEY, said).text
    assert aws.items("NPS_TABLE") == aws.items("TIMELINE_TABLE") == []


def test_the_yes_by_link_closes_the_ticket_and_stands_with_it(api: Api, aws: Cloud, customer: dict[str, Any]) -> None:
    now = clock.iso(clock.now())
    ticket = {"ticket_id": "t1", "customer_id": ID, "unit": "crm", "witel": "BANDUNG", "state": "closed_without_answer"}
    aws.table("TICKETS_TABLE").put_item(
        Item=ticket | {"round": 1, "opened_at": now, "closed_at": now, "deadline": now, "history": {}}
    )
    _sent(aws, "closure-t1-1-1", question="closure", subject="t1")
    token = links.make_token("closure", customer_id=ID, purpose="service", channel="sms", cause="closure-t1-1-1")
    assert "Ya, sudah selesai" in api.get(f"/l/{token}", claims=None).text
    for _ in range(2):
        answer = _press(api, "closure", "closure-t1-1-1", "answer=yes", purpose="service", channel="sms")
        assert "Keluhan ini kami tutup" in answer.text
    (closed,) = aws.items("TICKETS_TABLE")
    assert closed["state"] == "closed"
    events = api.get(f"/customers/{ID}/timeline").body["items"]
    (said,) = [event for event in events if event["type"] == "answer"]
    assert (said["answer"], said["ticket_id"], said["channel"]) == ("yes", "t1", "sms")
    (message,) = aws.items("MESSAGES_TABLE")
    assert message["answered_by"] == closed["closed_by_message"]
