"""What a customer's message brings about: found out whose it is, understood once, and acted on once."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta
from typing import Any

import pytest

from caring import clock, parked
from caring.channels.types import Inbound
from caring.conversation import questions
from caring.customers import consents, model, payment_checks
from caring.customers import store as customers
from caring.errors import CaringError
from caring.replies import effects, inbound
from caring.typed import plain
from caring.work import completing
from tests.caring.conftest import CUSTOMER, Talk
from tests.caring.replies.conftest import AT, NUMBER, Rooms, asked, heard, lockers, says


def understood(unit: Talk) -> dict[str, Any]:
    (event,) = heard(unit)
    found: dict[str, Any] = event["understood"]
    return found


def test_a_score_answers_the_open_survey_and_its_comment_goes_along(unit: Talk, rooms: Rooms) -> None:
    asked("survey", "survey-pay-1", program_id="p1")
    inbound.take(says("9, teknisinya ramah"))
    (score,) = rooms.scores.values()
    assert (score["score"], score["comment"], score["question"].cause) == (9, "teknisinya ramah", "survey-pay-1")
    assert (score["question"].program_id, score["channel"], score["at"]) == ("p1", "whatsapp", AT)
    assert understood(unit)["as"] == "score"
    item = unit.ledger("survey-pay-1")
    assert item is not None
    assert item["answer"] == "9"


@pytest.mark.parametrize(("text", "answer"), [("ya sudah normal", "yes"), ("tidak, masih gangguan", "no")])
def test_the_answer_to_a_closure_question_goes_to_its_ticket(unit: Talk, rooms: Rooms, text: str, answer: str) -> None:
    asked("closure", "closure-t1-0-1", subject="t1")
    inbound.take(says(text))
    (told,) = rooms.answers.values()
    assert (told["ticket_id"], told["answer"], told["cause"], told["text"]) == ("t1", answer, "closure-t1-0-1", text)
    assert understood(unit)["as"] == "answer"
    assert [one for one in questions.open_for(CUSTOMER) if one.answered_at is None] == []


def test_a_complaint_opens_a_ticket_with_its_category_and_a_bare_number_goes_to_a_person(
    unit: Talk, rooms: Rooms
) -> None:
    inbound.take(says("Internet saya mati sejak kemarin malam, lampu LOS merah terus. Tolong segera diperbaiki"))
    (ticket,) = rooms.tickets.values()
    assert (ticket["source"], ticket["category"], ticket["technical"]) == ("reply", "fault", True)
    inbound.take(says("9", minutes=1))
    (item,) = lockers(unit)
    assert (item["kind"], item["unit"], item["text"], item["customer_id"]) == ("reply", "crm", "9", CUSTOMER)
    assert not rooms.scores


def test_praise_opens_no_ticket_and_a_thank_you_no_item(unit: Talk, rooms: Rooms) -> None:
    for _ in range(3):
        inbound.take(says("pelayanan teknisi sangat memuaskan, ramah dan cepat sekali, mantap"))
    inbound.take(says("terima kasih", minutes=1))
    assert (rooms.tickets, lockers(unit)) == ({}, [])
    assert heard(unit)[0]["understood"]["category"] == "praise"
    (counted,) = unit.cloud.items("NPS_TABLE")
    assert (counted["category"], counted["source"], counted["channel"]) == ("praise", "reply", "whatsapp")


def test_paid_pauses_the_reminders_for_a_while_and_has_the_payment_looked_for(unit: Talk, rooms: Rooms) -> None:
    for minutes in (0, 0, 5, 0):
        inbound.take(says("sudah bayar ya", minutes=minutes))
    check = plain(customers.get(CUSTOMER)["payment_check"])
    assert clock.parse(check["until"]) == AT + timedelta(days=3)
    (item,) = lockers(unit)
    assert (item["kind"], item["unit"], item["customer_id"]) == ("collaborate", "billing", CUSTOMER)
    (answer,) = unit.deliver()
    assert (answer.channel, answer.reference.startswith("payment-check-20261124_")) == ("whatsapp", True)
    payment_checks.end(CUSTOMER)
    assert customers.view(customers.get(CUSTOMER))["payment_check_until"] is None


def test_who_has_paid_already_is_told_so_once_a_day(unit: Talk, rooms: Rooms) -> None:
    unit.add(phone=NUMBER, whatsapp=NUMBER, amount_due=0, paid_on="2026-11-23")
    for minutes in range(4):
        inbound.take(says("sudah bayar kemarin", "sms", minutes=minutes))
        unit.deliver()
    assert [one.reference for one in unit.sent] == [f"payment-received-20261124_{CUSTOMER}"]
    assert lockers(unit) == []


def test_the_second_meaning_of_a_message_is_obeyed_too(unit: Talk, rooms: Rooms) -> None:
    inbound.take(says("sudah bayar tapi internet mati total, los merah"))
    assert "payment_check" in customers.get(CUSTOMER)
    (ticket,) = rooms.tickets.values()
    assert ticket["category"] == "fault"
    told = understood(unit)
    assert (told["as"], told["also"]["as"]) == ("paid", "complaint")


def test_coming_and_redeeming_are_answers_and_points_are_redeemed_by_a_person(unit: Talk, rooms: Rooms) -> None:
    asked("rsvp", "run-r1-w1")
    inbound.take(says("ya saya hadir", quotes="wamid-run-r1-w1"))
    asked("redemption", "run-r2-w1")
    inbound.take(says("ya mau", minutes=1, quotes="wamid-run-r2-w1"))
    assert [event["understood"]["as"] for event in heard(unit)] == ["rsvp", "redeem"]
    (item,) = lockers(unit)
    assert (item["kind"], item["unit"]) == ("collaborate", "sales")


def test_stop_is_obeyed_for_everybody_at_that_number_and_start_for_the_writer_alone(unit: Talk, rooms: Rooms) -> None:
    other = "131000000002"
    unit.add(other, phone=NUMBER, whatsapp=NUMBER)
    asked("survey", "survey-pay-1")
    inbound.take(says("STOP"))

    def takes(customer_id: str) -> bool:
        points = customers.view(customers.get(customer_id))["contact_points"]
        return any(point["consents"]["offers"] for point in points)

    assert not takes(CUSTOMER)
    assert not takes(other)
    assert [event["customer_id"] for event in heard(unit)] == [CUSTOMER], "it is he who was asked"
    inbound.take(says("MULAI", minutes=1))
    assert takes(CUSTOMER)
    assert not takes(other)


def test_of_several_at_one_number_the_one_whose_message_is_quoted_has_written(unit: Talk, rooms: Rooms) -> None:
    other = "131000000002"
    unit.add(other, phone=NUMBER, whatsapp=NUMBER, updated_at="2026-11-24T02:59:00.000Z")
    quoted = asked("survey", "survey-pay-1", AT - timedelta(days=2), other)
    asked("survey", "survey-pay-2", AT - timedelta(hours=1))
    inbound.take(says("8", quotes=quoted))
    inbound.take(says("7", minutes=1))
    assert [event["customer_id"] for event in heard(unit)] == [other, CUSTOMER]


def test_whatsapps_window_opens_with_his_word_and_is_shown_while_it_is_open(
    unit: Talk, rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shown() -> Any:
        return customers.view(customers.get(CUSTOMER))["whatsapp_window_until"]

    assert shown() is None
    inbound.take(says("halo", "sms"))
    assert shown() is None
    inbound.take(says("halo", minutes=-5))
    inbound.take(says("halo", minutes=-60))
    assert shown() == clock.iso(AT + timedelta(hours=24, minutes=-5))
    assert plain(customers.get(CUSTOMER)["answers_on"]) == "sms"
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(hours=24))
    assert shown() is None


def test_who_hides_his_number_is_known_by_the_user_id_that_he_had_with_it(unit: Talk, rooms: Rooms) -> None:
    inbound.take(says("halo", user_id="ID.1"))
    assert inbound.take(says("halo lagi", minutes=1, user_id="ID.1", sender=None))
    assert not inbound.take(says("siapa", minutes=2, user_id="ID.2", sender=None))
    assert len(heard(unit)) == 2


def test_a_strangers_message_lies_in_the_locker_with_its_text(unit: Talk, rooms: Rooms) -> None:
    for _ in range(3):
        assert not inbound.take(says("halo, ini siapa?", sender="+6281299999999"))
    (item,) = lockers(unit)
    assert (item["kind"], item["unit"], item["witel"]) == ("unmatched", "crm", "BANDUNG")
    assert (item["text"], item["sender"]) == ("halo, ini siapa?", "+6281299999999")
    assert len(parked.read("reply", 10)) == 1


def test_an_edited_answer_is_understood_anew_and_a_deleted_one_leaves_a_note(unit: Talk, rooms: Rooms) -> None:
    asked("closure", "closure-t1-0-1", subject="t1")
    first = says("ya")
    inbound.take(first)
    inbound.take(says("tidak, masih mati", kind="edited", quotes=first.provider_message_id, minutes=2))
    assert [told["answer"] for told in rooms.answers.values()] == ["yes", "no"]
    inbound.take(says("", kind="deleted", quotes=first.provider_message_id, minutes=3))
    note = heard(unit)[-1]
    assert (note["message_kind"], note["quotes"]) == ("deleted", first.provider_message_id)
    assert lockers(unit) == []


def test_an_sms_quotes_nothing_though_its_provider_names_our_last_message(unit: Talk, rooms: Rooms) -> None:
    asked("closure", "closure-t1-0-1", subject="t1")
    inbound.take(says("ya", "sms", quotes="some-later-message"))
    assert [told["answer"] for told in rooms.answers.values()] == ["yes"]
    inbound.take(says("ya", quotes="some-later-message", minutes=1))
    assert len(rooms.answers) == 1, "in WhatsApp who quotes another message answers that one"


def test_who_says_that_he_is_not_the_customer_gets_nothing_more_until_a_person_has_looked(
    unit: Talk, rooms: Rooms
) -> None:
    for _ in range(3):
        inbound.take(says("maaf salah sambung"))
    points = {point["channel"]: point["reason"] for point in model.contact_points(customers.get(CUSTOMER))}
    assert points == dict.fromkeys(("whatsapp", "sms", "voice"), "wrong_person") | {"email": None}
    assert [item["kind"] for item in lockers(unit)] == ["reply"]
    assert rooms.tickets == {}


def test_a_changed_number_gets_nothing_more_and_a_person_reads_the_new_one(unit: Talk, rooms: Rooms) -> None:
    notice = f"User Budi changed from {NUMBER[1:]} to 6281355556666"
    for _ in range(3):
        inbound.take(says(notice, kind="number_changed"))
    points = {point["channel"]: point["reason"] for point in model.contact_points(customers.get(CUSTOMER))}
    assert points == {"whatsapp": "not_on_whatsapp", "sms": None, "voice": None, "email": None}
    (item,) = lockers(unit)
    assert (item["kind"], item["unit"], item["text"]) == ("reply", "crm", notice)
    assert "last_reply_at" not in customers.get(CUSTOMER)


def test_an_absence_note_is_no_reply(unit: Talk, rooms: Rooms) -> None:
    asked("survey", "survey-pay-1")
    inbound.take(says("9 hari saya cuti", "email", kind="auto_reply"))
    assert (rooms.scores, lockers(unit)) == ({}, [])
    assert "last_reply_at" not in customers.get(CUSTOMER)


def conversation_of_a_day() -> list[Inbound]:
    return [
        says("ya", minutes=1),
        says("9, teknisinya ramah", minutes=2),
        says("Internet mati lagi sejak tadi pagi, los merah", minutes=3),
        says("sudah bayar", "sms", minutes=4),
        says("tolong telepon saya besok siang", "email", minutes=5),
    ]


@pytest.mark.parametrize("seed", range(3))
def test_the_same_events_ten_times_in_any_order_have_one_effect_each(unit: Talk, rooms: Rooms, seed: int) -> None:
    asked("closure", "closure-t1-0-1", subject="t1")
    asked("survey", "survey-pay-1", AT - timedelta(hours=2))
    events = conversation_of_a_day()
    first = [next(group) for _, group in itertools.groupby(events)]
    again = events * 9
    random.Random(seed).shuffle(again)
    for message in [*first, *again]:
        inbound.take(message)
    assert [event["understood"]["as"] for event in heard(unit)] == ["answer", "score", "complaint", "paid", "person"]
    assert (len(rooms.answers), len(rooms.scores), len(rooms.tickets)) == (1, 1, 1)
    assert sorted(item["kind"] for item in lockers(unit)) == ["collaborate", "reply"]


def test_a_crash_between_the_timeline_and_the_effect_loses_nothing(
    unit: Talk, rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked("survey", "survey-pay-1")
    message = says("4, lambat")

    class Crash(Exception):
        pass

    def crash(*_: Any, **__: Any) -> None:
        raise Crash

    with monkeypatch.context() as broken:
        broken.setattr(effects, "bring_about", crash)
        with pytest.raises(Crash):
            inbound.take(message)
    consents.record(CUSTOMER, [("sms", "offers")], granted=False, source="test", actor="customer")
    inbound.take(message)
    (score,) = rooms.scores.values()
    assert (score["score"], score["question"].cause) == (4, "survey-pay-1")
    assert len(heard(unit)) == 1


def test_a_message_whose_writer_a_person_finds_out_is_taken_as_his(unit: Talk, rooms: Rooms) -> None:
    complaint = "Internet saya mati sejak kemarin malam, lampu LOS merah terus"
    inbound.take(says(complaint, sender="+6281299999999"))
    (item,) = lockers(unit)
    for wrong in ({"values": {"phone": NUMBER}}, {}, {"values": {"customer_id": "139999999999"}}):
        with pytest.raises(CaringError):
            completing.complete(item["work_id"], {"outcome": "matched", **wrong}, "siti")
    for _ in range(3):
        completing.complete(item["work_id"], {"outcome": "matched", "values": {"customer_id": CUSTOMER}}, "siti")
    (event,) = heard(unit)
    assert (event["customer_id"], event["text"], event["understood"]["as"]) == (CUSTOMER, complaint, "complaint")
    assert len(rooms.tickets) == 1
    assert parked.read("reply", 10) == []


def test_reminders_go_on_when_the_payment_is_not_found(unit: Talk, rooms: Rooms) -> None:
    inbound.take(says("sudah bayar ya"))
    (item,) = lockers(unit)
    completing.complete(item["work_id"], {"outcome": "not_possible", "note": "tidak ditemukan"}, "siti")
    assert customers.view(customers.get(CUSTOMER))["payment_check_until"] is None
    inbound.take(says("sudah bayar ya"))
    assert customers.view(customers.get(CUSTOMER))["payment_check_until"] is None, "the same word begins no new check"
    inbound.take(says("sudah bayar ya", minutes=60))
    assert customers.view(customers.get(CUSTOMER))["payment_check_until"] is not None
