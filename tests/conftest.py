"""Fixtures that every room may use."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from caring import aws as clients
from caring.observability import logger
from tests.emulator import Cloud, Emulator


@pytest.fixture(autouse=True)
def log_level() -> Iterator[None]:
    """The one logger is as it was for the next test, whatever level this one made it with."""
    yield
    logger().setLevel("INFO")


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """One emulator on a free loopback port for the whole test session; started by the first test that needs it."""
    running = Emulator()
    yield running
    running.stop()


@pytest.fixture
def aws(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """Empty tables, queues and buckets of the whole stack for one test, with the functions' environment set to them."""
    cloud = Cloud(emulator.url, prefix=f"t{uuid.uuid4().hex[:10]}")
    cloud.build()
    for name, value in cloud.environment.items():
        monkeypatch.setenv(name, value)
    for name in ("CARING_CLOCK", "CARING_OVERRIDES", "CHANNEL", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    clients.reset()  # whoever came before may have left clients of another world
    yield cloud
    cloud.clear()
