"""The senders' environment, and a provider to send to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.caring.channels.provider import Provider


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "WHATSAPP_PHONE_NUMBER_ID": "phone-number-id-0123456789",
        "SMS_ORIGINATION_IDENTITY": "CARING",
        "SMS_CONFIGURATION_SET": "caring-sms",
        "VOICE_ORIGINATION_IDENTITY": "+622150000000",
        "EMAIL_FROM": "IndiHome Care <care@example.com>",
        "EMAIL_CONFIGURATION_SET": "caring-email",
        "POWERTOOLS_SERVICE_NAME": "caring",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("CARING_OVERRIDES", raising=False)


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A provider that takes everything, until a test says otherwise."""
    running = Provider()
    yield running
    running.stop()
