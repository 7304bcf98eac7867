"""What a provider refuses in its first answer is a fact about the customer's number or mailbox, as a receipt is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from caring import conversation, timeline
from caring.channels.types import Outcome
from caring.customers import model
from caring.customers import store as customers
from caring.messages import refusals
from functions.record_receipt.handler import handler as record_receipt
from tests.caring.conftest import CUSTOMER, Talk
from tests.emulator import lambda_context

CAUSE = "closure-t1-0-1"


def ask(unit: Talk, channel: str, reason: str | None, cause: str = CAUSE) -> list[str]:
    """Ask over a channel whose provider answers so (None: it takes the message); the bodies that are told of it."""
    unit.answer = lambda _: Outcome("rejected", None, reason) if reason else Outcome("accepted", "id")
    conversation.say(
        CUSTOMER,
        cause=cause,
        script_id="closure-question",
        purpose="service",
        values={"ticket_id": "t1"},
        channel=channel,
        question="closure",
        subject="t1",
    )
    unit.deliver()
    return unit.cloud.drain(unit.cloud.environment["RECEIPTS_QUEUE_URL"])


def take(bodies: list[str], times: int = 3) -> None:
    """Let the queue bring them, several times; none may fail."""
    records = [{"messageId": str(n), "body": body, "eventSource": "aws:sqs"} for n, body in enumerate(bodies * times)]
    assert record_receipt({"Records": records}, lambda_context()) == {"batchItemFailures": []}


def reasons() -> dict[str, str | None]:
    return {point["channel"]: point["reason"] for point in model.contact_points(customers.get(CUSTOMER))}


def events(kind: str) -> list[dict[str, Any]]:
    return [event for event in timeline.read(CUSTOMER, 50)[0] if event["type"] == kind]


@pytest.mark.parametrize(
    ("channel", "reason", "lost"),
    [
        ("whatsapp", "not_on_whatsapp", ["whatsapp"]),
        ("whatsapp", "invalid_number", ["whatsapp"]),
        ("sms", "invalid_number", ["sms", "voice"]),
        ("email", "invalid_address", ["email"]),
        ("email", "rejected_by_provider", []),
        ("sms", "country_not_enabled", []),
    ],
)
def test_a_refusal_makes_the_contact_point_invalid_once(unit: Talk, channel: str, reason: str, lost: list[str]) -> None:
    take(ask(unit, channel, reason))
    assert {name: why for name, why in reasons().items() if why} == dict.fromkeys(lost, reason)
    assert sorted(event["channel"] for event in events("contact_point")) == lost
    items = unit.cloud.items("WORK_ITEMS_TABLE")
    assert [item["kind"] for item in items] == ["repair_contact"] * bool(lost), "the question of a ticket is important"
    message = unit.ledger(CAUSE)
    assert message is not None
    assert (message["status"], message["reason"]) == ("rejected", reason)


def test_a_message_that_was_taken_tells_nobody(unit: Talk) -> None:
    assert ask(unit, "whatsapp", None) == []


def test_what_is_told_holds_ids_alone(unit: Talk) -> None:
    (body,) = ask(unit, "whatsapp", "not_on_whatsapp")
    assert json.loads(body)["messages"] == [{"customer_id": CUSTOMER, "cause": CAUSE}]
    assert set(json.loads(body)) == {"v", "kind", "messages"}


def test_a_number_that_was_mended_meanwhile_stays_valid(unit: Talk) -> None:
    bodies = ask(unit, "whatsapp", "not_on_whatsapp")
    customers.patch(CUSTOMER, {"whatsapp": "081355556666"}, actor="siti")
    take(bodies)
    assert reasons()["whatsapp"] is None


@pytest.mark.parametrize(("channel", "purposes"), [("sms", ["offers", "service", "survey"]), ("whatsapp", ["offers"])])
def test_who_has_stopped_a_channel_at_its_provider_has_withdrawn_his_consent(
    unit: Talk, channel: str, purposes: list[str]
) -> None:
    take(ask(unit, channel, "opted_out_at_provider"))
    points = {point["channel"]: point["consent"] for point in model.contact_points(customers.get(CUSTOMER))}
    assert [purpose for purpose, granted in points[channel].items() if not granted] == purposes
    (event,) = events("consent")
    assert (event["source"], event["granted"], event["reference"]) == ("provider", False, f"{CAUSE}_{CUSTOMER}")
    assert reasons()[channel] is None


def test_a_refusal_of_a_message_that_is_gone_says_nothing(unit: Talk) -> None:
    body = json.dumps({"v": 1, "kind": "refused", "messages": [{"customer_id": CUSTOMER, "cause": "x"}]}).replace(
        " ", ""
    )
    assert refusals.read(body) == []
    take([body])
    assert set(reasons().values()) == {None}
