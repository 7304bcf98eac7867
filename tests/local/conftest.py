"""One laptop cloud for all tests that need one: deployed once a session, or the running one of CARING_LOCAL_STATE."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local import cloud, processes
from infra.local.api import Api
from infra.local.state import STATE_VARIABLE, State

# A complaint's days in seconds, and calls tried again within the minute, on a clock that goes as the wall's: a night
# would hold back what is said to customers.
# Waits are longer than a receipt takes on a slow machine, and than the work for all complaints at once.
PACE = 1 + int(os.environ.get("CARING_TICKETS", "0")) / 500
HASTE = {
    "closure": {
        "reminder_hours": [0.01 * PACE, 0.01 * PACE],
        "call_hours": 0.01 * PACE,
        "give_up_hours": 0.04 * PACE,
        "look_minutes": 0.25 * PACE,
        "leave_minutes": 0.25 * PACE,
    },
    "tickets": {"unit_hours": 0.012},
    "sla": {"hours": {"HVC": {"fault": 0.015}}},
    "calls": {"hours": [f"{hour}:{minute:02}" for hour in (10, 11) for minute in range(60)], "apart_hours": 0.005},
}


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
    outputs = cloud.up(state, cloud.Wish(overrides=HASTE))
    yield Api(state, outputs)
    if ours:
        cloud.down(state)
        assert processes.owned(state) == []
        assert not list(state.scratch.iterdir())
