"""One synthesis for the whole room: it takes some seconds."""

from __future__ import annotations

import socket
from typing import NoReturn

import pytest

from tests.infra.synthesis import Synthesis, synthesize


def _refuse(*_: object, **__: object) -> NoReturn:
    raise AssertionError("synthesis opened a connection: it must work offline")


@pytest.fixture(scope="session")
def synthesis(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """Both templates as AWS gets them, made without keys and without network."""
    with pytest.MonkeyPatch.context() as patch:
        for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
            patch.delenv(key, raising=False)
        patch.setattr(socket.socket, "connect", _refuse)
        patch.setattr(socket, "getaddrinfo", _refuse)
        return synthesize(tmp_path_factory.mktemp("synthesis"))
