"""One laptop cloud for all tests that need one: deployed once a session, or the running one of CARING_LOCAL_STATE."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local import cloud, processes
from infra.local.api import Api
from infra.local.state import STATE_VARIABLE, State


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for the laptop cloud is a `local` test, and comes after the quick ones."""
    for item in items:
        if "laptop_cloud" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.local)
    items.sort(key=lambda item: item.get_closest_marker("local") is not None)


@pytest.fixture(scope="session")
def laptop_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The API of a running laptop cloud, as a manager of Bandung; `outputs` and `state` tell the rest of it.

    Everything of it that this session started is gone afterwards.
    """
    chosen = os.environ.get(STATE_VARIABLE)
    state = State.of(Path(chosen) if chosen else tmp_path_factory.mktemp("laptop-cloud"))
    ours = not cloud.running(state)
    outputs = cloud.up(state)
    yield Api(state, outputs)
    if ours:
        cloud.down(state)
        assert processes.owned(state) == []
        assert not list(state.scratch.iterdir())
