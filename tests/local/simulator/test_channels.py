"""The product's own channels on the simulator: what they send it takes, and what it publishes they understand."""

from __future__ import annotations

from typing import Any

import pytest

from caring import channels
from caring.channels import Outcome, Outgoing, receive
from caring.channels.types import Inbound, Receipt

CHANNELS = ("whatsapp", "sms", "email", "voice")
TEMPLATE = {"name": "caring_billing_reminder_id", "language": "id", "params": ["Siti", "Rp 350.000"]}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "WHATSAPP_PHONE_NUMBER_ID": "phone-number-id-0123456789",
        "SMS_ORIGINATION_IDENTITY": "CARING",
        "SMS_CONFIGURATION_SET": "caring-sms",
        "VOICE_ORIGINATION_IDENTITY": "+622150000000",
        "EMAIL_FROM": "IndiHome Care <care@example.com>",
        "EMAIL_CONFIGURATION_SET": "caring-email",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def send(provider: Any, clients: dict[str, Any]) -> Any:
    """Send over a channel to a customer whose number or mailbox ends in these digits."""

    def one(channel: str, digits: int) -> Outcome:
        to = f"siti.{digits:02}@example.com" if channel == "email" else f"+6281200001{digits:02}"
        outgoing = Outgoing(
            channel,
            to,
            f"run-1-w1_{digits}",
            "Tagihan Anda",
            subject="Tagihan",
            html="<p>Tagihan</p>",
            template=TEMPLATE,
        )
        return channels.send(outgoing, clients.__getitem__)

    return one


def read(provider: Any) -> tuple[list[Receipt], list[Inbound]]:
    received = [receive.parse(payload) for _, payload in provider.settled()]
    assert [parked for each in received for parked in each.parked] == []
    return [r for each in received for r in each.receipts], [i for each in received for i in each.inbound]


@pytest.mark.parametrize("channel", CHANNELS)
def test_an_ordinary_customers_receipts_carry_our_reference_and_the_providers_id(
    channel: str, provider: Any, send: Any
) -> None:
    outcome = send(channel, 0)
    assert outcome.status == "accepted"
    receipts, inbound = read(provider)
    assert {r.reference for r in receipts} == {"run-1-w1_0"}
    assert {r.provider_message_id for r in receipts} == {outcome.provider_message_id}
    assert {r.channel for r in receipts} == {channel}
    assert [r.status for r in receipts if r.status != "accepted"][-1] == (
        "read" if channel in ("whatsapp", "email") else "delivered"
    )
    assert inbound == []


@pytest.mark.parametrize(
    ("channel", "digits", "expected"),
    [
        ("whatsapp", 90, ("failed", "not_on_whatsapp")),
        ("whatsapp", 91, ("failed", "marketing_limit")),
        ("whatsapp", 98, ("failed", "not_on_whatsapp")),
        ("sms", 90, ("failed", "invalid_number")),
        ("sms", 91, ("failed", "not_reachable")),
        ("sms", 96, ("failed", "spam_blocked")),
        ("email", 90, ("failed", "bounced_hard")),
        ("email", 91, ("failed", "bounced_soft")),
        ("email", 96, ("spam_report", "abuse")),
    ],
)
def test_what_fails_afterwards_fails_with_our_reason(
    channel: str, digits: int, expected: tuple[str, str], provider: Any, send: Any
) -> None:
    assert send(channel, digits).status == "accepted"
    receipts, _ = read(provider)
    assert (receipts[-1].status, receipts[-1].reason) == expected


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    ("digits", "outcome"), [(88, "unknown"), (89, "unknown"), (92, "not_taken"), (93, "unknown"), (94, "unknown")]
)
def test_an_answer_that_proves_nothing_is_unknown_and_a_throttle_is_not_taken(
    channel: str, digits: int, outcome: str, provider: Any, send: Any
) -> None:
    assert send(channel, digits).status == outcome


def test_an_opt_out_that_the_provider_keeps_is_a_rejection(provider: Any, send: Any) -> None:
    assert send("sms", 95) == Outcome("rejected", None, "opted_out_at_provider")


@pytest.mark.parametrize("channel", ["whatsapp", "sms", "email"])
def test_a_customers_reply_comes_in_with_his_number_or_mailbox(channel: str, provider: Any, send: Any) -> None:
    outcome = send(channel, 70)
    _, (said,) = read(provider)
    assert (said.channel, said.quotes) == (channel, outcome.provider_message_id)
    assert said.sender == ("siti.70@example.com" if channel == "email" else "+628120000170")
    if channel == "email":
        assert said.raw_location is not None
    else:
        assert said.text == "sudah bayar"


def test_an_unknown_outcome_is_resolved_by_its_receipts_reference(provider: Any, send: Any) -> None:
    assert send("sms", 94).status == "unknown"
    receipts, _ = read(provider)
    assert {r.reference for r in receipts} == {"run-1-w1_94"}
