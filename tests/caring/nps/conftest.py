"""A customer, and short ways to score."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from caring import aws as clients
from caring.nps import scores
from caring.understanding.meaning import Pending
from tests.emulator import Cloud

ID = "131000000017"
NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)  # 12:00 in Bandung
PERSON: dict[str, Any] = {
    "customer_id": ID,
    "name": "Siti Aminah",
    "segment": "HVC",
    "phone": "+6281234567890",
    "whatsapp": "+6281234567890",
    "language": "id",
    "witel": "BANDUNG",
    "witel_key": "bandung",
    "monthly_charge": 350000,
    "consent_whatsapp": True,
    "consent_sms": True,
    "version": 1,
}


def add_customer(aws: Cloud, customer_id: str, **over: Any) -> None:
    """Put a customer into the table; a value of None is one that he has not."""
    item = PERSON | {"customer_id": customer_id} | over
    aws.table("CUSTOMERS_TABLE").put_item(Item={name: value for name, value in item.items() if value is not None})


def survey(cause: str = "survey-pay-0a1b2c3d4e5f60718293", subject: str | None = None) -> Pending:
    """An open question after a score."""
    return Pending("survey", cause, NOON - timedelta(hours=1), subject=subject)


def score(number: int, event_id: str, minutes: float = 0, **over: Any) -> dict[str, Any]:
    """Record a score by WhatsApp, some minutes after noon."""
    said: dict[str, Any] = {"comment": None, "question": survey(), "channel": "whatsapp"}
    at = NOON + timedelta(minutes=minutes)
    customer_id = over.pop("customer_id", ID)
    return scores.record(customer_id, score=number, at=at, event_id=event_id, **(said | over))


@pytest.fixture
def siti(aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """Empty stores with one customer, a high-value one of Bandung."""
    clients.reset()
    add_customer(aws, ID)
    return aws
