"""Bodies of providers, taken whole: to the ledger, to the reply queue, or kept for a person."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from caring import aws as clients
from caring import parked
from caring.customers import store as customers
from caring.messages import ledger
from caring.messages.ledger import Change, Entry
from caring.replies import events, inbound
from caring.runs import counters, store
from caring.typed import typed_item
from tests.caring.replies.conftest import Rooms
from tests.caring.runs.conftest import person, program
from tests.emulator import Cloud


@pytest.fixture(autouse=True)
def stores(aws: Cloud) -> Iterator[Cloud]:
    clients.reset()
    yield aws
    clients.reset()


def add(cloud: Cloud, customer: dict[str, Any]) -> None:
    table = cloud.environment["CUSTOMERS_TABLE"]
    cloud.client("dynamodb").put_item(TableName=table, Item=typed_item(customer))


def sms_reply(sender: str, text: str, message_id: str = "m1") -> str:
    return json.dumps(
        {
            "originationNumber": sender,
            "destinationNumber": "+6281100000147",
            "messageKeyword": "KEYWORD_1",
            "messageBody": text,
            "inboundMessageId": message_id,
        }
    )


def failed(run_id: str, customer_id: str) -> str:
    """WhatsApp's word that the account is limited, about one message."""
    status = {
        "id": "wamid.1",
        "status": "failed",
        "timestamp": "1795489200",
        "recipient_id": "6281200000000",
        "biz_opaque_callback_data": f"run-{run_id}-w1_{customer_id}",
        "errors": [{"code": 131048, "title": "Spam rate limit hit"}],
    }
    entry = {
        "id": "1",
        "changes": [{"value": {"messaging_product": "whatsapp", "statuses": [status]}, "field": "messages"}],
    }
    return json.dumps({"whatsAppWebhookEntry": json.dumps(entry), "message_timestamp": "2026-11-24T03:00:00Z"})


def test_a_customers_message_stands_on_his_timeline_once_however_often_it_comes(aws: Cloud) -> None:
    add(aws, person("131000000001", phone="+6281200000001"))
    for _ in range(10):
        inbound.take_body(sms_reply("+6281200000001", "sudah bayar ya"))
    from caring import timeline  # noqa: PLC0415

    shown, _ = timeline.read("131000000001", 50)
    incoming = [event for event in shown if event["type"] == "message_in"]
    assert [event["text"] for event in incoming] == ["sudah bayar ya"]


def test_a_strangers_message_is_kept_with_its_text(aws: Cloud) -> None:
    inbound.take_body(sms_reply("+6281299999999", "halo, ini siapa?"))
    kept = parked.read("reply", 10)
    assert [entry["reason"] for entry in kept] == ["no_customer_with_this_sender"]
    assert "halo, ini siapa?" in kept[0]["body"]


def consents_of(customer_id: str) -> dict[str, dict[str, bool]]:
    view = customers.view(customers.get(customer_id))
    return {point["channel"]: point["consents"] for point in view["contact_points"]}


def test_stop_ends_offers_everywhere_and_all_on_the_channel_that_it_came_by(aws: Cloud) -> None:
    add(aws, person("131000000001", phone="+6281200000001"))
    for _ in range(3):
        inbound.take_body(sms_reply("+6281200000001", "STOP"))
    found = consents_of("131000000001")
    assert found["sms"] == {"offers": False, "service": False, "survey": False}
    assert found["whatsapp"] == {"offers": False, "service": True, "survey": True}
    from caring import timeline  # noqa: PLC0415

    shown, _ = timeline.read("131000000001", 50)
    assert sorted(event["type"] for event in shown) == ["consent", "message_in"]
    (said,) = [event for event in shown if event["type"] == "message_in"]
    assert said["understood"]["as"] == "opt_out"


def test_stop_among_other_words_withdraws_nothing_and_start_takes_a_withdrawal_back(aws: Cloud, rooms: Rooms) -> None:
    add(aws, person("131000000001", phone="+6281200000001"))
    before = consents_of("131000000001")
    inbound.take_body(sms_reply("+6281200000001", "tolong STOP gangguan ini", "m1"))
    assert consents_of("131000000001") == before
    inbound.take_body(sms_reply("+6281200000001", "STOP", "m2"))
    inbound.take_body(sms_reply("+6281200000001", "MULAI", "m3"))
    assert consents_of("131000000001") == before


def test_a_spam_report_ends_all_email_to_the_customer(aws: Cloud) -> None:
    add(aws, person("131000000001"))
    report = {
        "eventType": "Complaint",
        "mail": {"messageId": "m1", "tags": {"reference": ["run-r1-w1_131000000001"]}},
        "complaint": {"timestamp": "2026-11-24T03:00:00Z", "complainedRecipients": [{"emailAddress": "a@example.com"}]},
    }
    events.take_event(json.dumps(report))
    view = customers.view(customers.get("131000000001"))
    mail = next(point for point in view["contact_points"] if point["channel"] == "email")
    assert mail["consents"] == {"offers": False, "service": False, "survey": False}


def test_a_run_is_paused_when_many_of_its_messages_fail_for_a_reason_that_meets_everybody(aws: Cloud) -> None:
    store.open_run("r1", program(), 1, "rina")
    store.update("r1", state="releasing")
    names = [f"1310000{number:05d}" for number in range(30)]
    entries = [Entry(name, "run-r1-w1", "whatsapp") for name in names]
    for start in range(0, 30, 25):
        batch = entries[start : start + 25]
        ledger.insert(batch, "claim")
        ledger.settle([Change(entry.key, "whatsapp", "accepted") for entry in batch], "claim")
    counters.begin("r1", "counters-w1", Counter({"targeted": 30, "accepted": 30}), once="w1")
    for name in names[:19]:
        events.take_event(failed("r1", name))
    assert store.get_run("r1").state == "releasing", "a few may be about their customers alone"
    events.take_event(failed("r1", names[19]))
    run = store.get_run("r1")
    assert (run.state, run.reason) == ("paused", "spam_rate_limit")
