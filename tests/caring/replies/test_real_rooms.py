"""The same messages ten times in any order, with the real stores of scores and tickets: one of each comes of them."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from caring.conversation import questions
from caring.replies import inbound
from caring.tickets import machine
from tests.caring.conftest import CUSTOMER, Talk
from tests.caring.replies.conftest import AT, asked, heard, lockers, says


@pytest.mark.parametrize("seed", range(3))
def test_ten_times_in_any_order_make_one_reply_one_score_and_one_ticket(
    unit: Talk, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    started: list[str] = []
    monkeypatch.setattr(machine, "start", lambda ticket: started.append(machine.execution(ticket)))
    asked("survey", "survey-pay-1", AT - timedelta(hours=2))
    events = [
        says("4, sering putus", minutes=1),
        says("Internet mati lagi sejak tadi pagi, los merah", minutes=2),
        says("wifi masih mati total, los merah", "sms", minutes=3),
    ]
    again = events * 10
    random.Random(seed).shuffle(again)
    for message in again:
        inbound.take(message)
    assert len(heard(unit)) == 3
    scores = [entry for entry in unit.cloud.items("NPS_TABLE") if entry.get("score") is not None]
    assert [(int(one["score"]), one["customer_id"]) for one in scores] == [(4, CUSTOMER)]
    (ticket,) = unit.cloud.items("TICKETS_TABLE")
    assert set(started) == {ticket["ticket_id"]}, "whatever else he complains of joins the ticket that is open"
    assert [item["kind"] for item in lockers(unit)] == ["detractor_follow_up"]
    assert [one.cause for one in questions.open_for(CUSTOMER)] == ["survey-pay-1"], "a score may be corrected"
