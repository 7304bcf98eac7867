"""Replies after a ticket has ended: what is not mended opens it again, once; another matter is a ticket of its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from caring.tickets import closing, ending, intake, matters, routing, sent, store
from tests.caring.tickets.conftest import CUSTOMER, Desk
from tests.caring.tickets.test_intake import answer, complain, confirming

STILL = "internet masih mati"


def closed(desk: Desk, text: str = "internet saya mati", category: str = "fault") -> str:
    """A ticket that the customer's yes closed an hour ago."""
    ticket_id = complain("first", text, category)
    answer(ticket_id, "yes", confirming(desk, ticket_id), "yes-1")
    ending.end(store.get(ticket_id), "closed", by="whatsapp", message="yes-1")
    desk.later(hours=1)
    return ticket_id


def reply(event_id: str = "r1", text: str = STILL, category: str | None = None) -> str:
    return intake.open_ticket(
        CUSTOMER, source="reply", text=text, category=category, event_id=event_id, channel="whatsapp"
    )


def test_a_reply_that_it_is_not_mended_opens_the_ticket_again_once(desk: Desk) -> None:
    ticket_id = closed(desk)
    assert {reply() for _ in range(5)} == {ticket_id}
    ticket = desk.ticket()
    assert (ticket["state"], ticket["reopened"], ticket["complaints"], ticket["round"]) == ("in_locker", 1, 1, 2)
    assert desk.events() == ["opened", "answered", "closed", "reopened"]
    assert ticket["history"]["reopened-1"]["text"] == STILL
    assert set(desk.started) == {ticket_id, f"{ticket_id}-1"}
    assert desk.customer()["open_tickets"] == 1


def test_a_reply_that_comes_again_after_the_next_end_changes_nothing(desk: Desk) -> None:
    ticket_id = closed(desk)
    reply()
    ending.end(desk.ticket(), "closed", by="whatsapp", message="yes-2")
    assert reply() == ticket_id
    assert (desk.ticket()["state"], desk.ticket()["reopened"]) == ("closed", 1)


def test_two_replies_at_once_open_it_once_and_lose_no_word(desk: Desk) -> None:
    ticket_id = closed(desk)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(reply, [f"r{n}" for n in range(4)])) == {ticket_id}
    ticket = desk.ticket()
    assert (ticket["reopened"], ticket["complaints"], desk.events().count("complained_again")) == (1, 4, 3)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("tagihan saya kok naik dua kali", "billing"),
        ("mau tambah paket", "request"),
        ("kapan teknisi bisa memasang di rumah baru saya?", "fault"),
    ],
)
def test_another_matter_is_a_ticket_of_its_own(desk: Desk, text: str, category: str) -> None:
    ticket_id = closed(desk)
    assert reply(text=text, category=category) != ticket_id


def test_the_same_category_without_a_no_is_a_ticket_of_its_own(desk: Desk) -> None:
    ticket_id = closed(desk, "minta pindah alamat", "request")
    assert reply(text="minta tambah kecepatan", category="request") != ticket_id


def test_a_vague_no_is_about_the_ticket_that_ended_last(desk: Desk) -> None:
    ticket_id = closed(desk)
    assert reply(text="masih belum beres juga", category="general") == ticket_id


def test_what_others_take_down_and_what_comes_too_late_is_new(desk: Desk) -> None:
    ticket_id = closed(desk)
    assert complain("walk-in", STILL) != ticket_id
    for ticket in desk.tickets():
        if ticket["state"] not in store.ENDED:
            ending.end(ticket, "closed_without_answer")
    desk.later(days=14, minutes=1)
    assert reply() not in {ticket["ticket_id"] for ticket in desk.tickets() if ticket["state"] in store.ENDED}


def test_a_ticket_that_a_silence_ended_is_opened_again_too(desk: Desk) -> None:
    ticket_id = complain(text="internet saya mati")
    ending.end(store.get(ticket_id), "closed_without_answer")
    assert reply() == ticket_id
    assert desk.ticket()["reopened"] == 1


def test_the_words_of_a_no_are_no_further_complaint(desk: Desk) -> None:
    ticket_id = complain(text="internet saya mati")
    cause = confirming(desk, ticket_id)
    answer(ticket_id, "no", cause, "m1")
    for _ in range(3):
        assert reply("m1", "tidak, masih gangguan", "fault") == ticket_id
    assert (desk.ticket()["complaints"], desk.events()) == (1, ["opened", "answered"])
    assert reply("m1", "tagihan juga salah", "billing") == ticket_id
    assert desk.ticket()["complaints"] == 2


def test_whose_yes_stands_is_whose_no_would_be_heard(desk: Desk) -> None:
    ticket_id = complain()
    cause = confirming(desk, ticket_id)
    assert not closing.stands(ticket_id, cause)
    answer(ticket_id, "yes", cause)
    assert closing.stands(ticket_id, cause)
    ending.end(store.get(ticket_id), "closed", by="whatsapp", message="m1")
    assert closing.stands(ticket_id, cause)
    assert not closing.stands(ticket_id, sent.cause(ticket_id, 2, 1))
    assert not closing.stands("nobody", cause)
    desk.later(days=15)
    assert not closing.stands(ticket_id, cause)
    assert matters.ended_one(CUSTOMER, STILL, routing.sort(STILL, None, None)) is None
