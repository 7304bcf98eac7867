"""The same messages ten times in any order, with the real stores of scores and tickets: one of each comes of them."""

from __future__ import annotations

import itertools
import json
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from caring.conversation import questions
from caring.customers import store as customers
from caring.tickets import machine
from functions.receive_reply.handler import handler as receive_reply
from functions.record_receipt.handler import handler as record_receipt
from tests.caring.conftest import CUSTOMER, Talk
from tests.caring.replies.conftest import AT, NUMBER, asked, heard, lockers
from tests.emulator import lambda_context

TIMES = 10


@pytest.fixture
def started(unit: Talk, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The executions of the complaint machine that were started."""
    names: list[str] = []
    monkeypatch.setattr(machine, "start", lambda ticket: names.append(machine.execution(ticket)))
    return names


def by_whatsapp(name: str, text: str, minutes: int, **more: Any) -> str:
    """A webhook as AWS wraps it."""
    at = str(int((AT + timedelta(minutes=minutes)).timestamp()))
    said = {"id": f"wamid.{name}", "from": NUMBER[1:], "timestamp": at, "type": "text", "text": {"body": text}} | more
    entry = {"id": "1", "changes": [{"field": "messages", "value": {"messages": [said]}}]}
    return json.dumps({"whatsAppWebhookEntry": json.dumps(entry), "message_timestamp": "2026-11-24T03:00:00Z"})


def by_sms(name: str, text: str) -> str:
    """A two-way SMS, which tells no time of its own."""
    numbers = {"originationNumber": NUMBER, "destinationNumber": "+6281100000147"}
    return json.dumps({**numbers, "messageKeyword": "K", "messageBody": text, "inboundMessageId": name})


SCORE = by_whatsapp("score", "4, sering putus", 1)
COMPLAINT = by_whatsapp("complaint", "Internet mati lagi sejak tadi pagi, los merah", 2)
ANOTHER = by_sms("another", "wifi masih mati total, los merah")
PAID = by_sms("paid", "sudah bayar ya")


def take(unit: Talk, bodies: list[str]) -> None:
    """One batch as the queues bring it: providers' bodies, then what was handed on; none may fail."""
    others = [body for body in bodies if "whatsAppWebhookEntry" not in body]
    wrapped = [body for body in bodies if "whatsAppWebhookEntry" in body]
    assert record_receipt(records(wrapped), lambda_context()) == {"batchItemFailures": []}
    handed_on = unit.cloud.drain(unit.cloud.environment["REPLIES_QUEUE_URL"])
    assert receive_reply(records([*others, *handed_on]), lambda_context()) == {"batchItemFailures": []}


def records(bodies: list[str]) -> dict[str, Any]:
    return {"Records": [{"messageId": str(n), "body": body, "eventSource": "aws:sqs"} for n, body in enumerate(bodies)]}


def is_once(unit: Talk, started: list[str], messages: int) -> None:
    """One reply for each message, one score, one ticket, one call to the detractor, one look for the payment."""
    assert len(heard(unit)) == messages
    scores = [entry for entry in unit.cloud.items("NPS_TABLE") if entry.get("score") is not None]
    assert [(int(one["score"]), one["customer_id"]) for one in scores] == [(4, CUSTOMER)]
    (ticket,) = unit.cloud.items("TICKETS_TABLE")
    assert set(started) == {ticket["ticket_id"]}, "whatever else he complains of joins the ticket that is open"
    assert int(customers.get(CUSTOMER)["open_tickets"]["N"]) == 1
    assert int(ticket["complaints"]) == 2
    assert sorted(item["kind"] for item in lockers(unit)) == ["collaborate", "detractor_follow_up"]
    assert [one.cause for one in questions.open_for(CUSTOMER)] == ["survey-pay-1"], "a score may be corrected"


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::4], ids=str)
def test_ten_times_in_any_order_make_one_reply_one_score_and_one_ticket(
    unit: Talk, started: list[str], order: tuple[int, ...]
) -> None:
    asked("survey", "survey-pay-1", AT - timedelta(hours=2))
    events = [SCORE, COMPLAINT, ANOTHER, PAID]
    again = events * (TIMES - 1)
    random.Random(str(order)).shuffle(again)
    for place in order:
        take(unit, [events[place]])
    take(unit, again)
    is_once(unit, started, len(events))


def test_ten_times_at_once_make_one_reply_one_score_and_one_ticket(unit: Talk, started: list[str]) -> None:
    asked("survey", "survey-pay-1", AT - timedelta(hours=2))
    events = [SCORE, COMPLAINT, ANOTHER, PAID]
    bodies = events * TIMES
    with ThreadPoolExecutor(TIMES) as workers:
        answers = list(workers.map(lambda body: record_receipt(records([body]), lambda_context()), bodies))
        bodies = [*unit.cloud.drain(unit.cloud.environment["REPLIES_QUEUE_URL"]), *(ANOTHER, PAID) * TIMES]
        random.Random(1).shuffle(bodies)
        answers += workers.map(lambda body: receive_reply(records([body]), lambda_context()), bodies)
    left = [answer for answer in answers if answer["batchItemFailures"]]
    for body in bodies if left else ():  # who lost a race is brought back by his queue
        take(unit, [body])
    is_once(unit, started, len(events))
