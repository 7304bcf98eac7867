"""The laptop cloud ends all that it started, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local import processes
from infra.local.processes import Started
from infra.local.state import LocalError, State, write_json

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)",
]
PARENT = [
    sys.executable,
    "-c",
    "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'],"
    " start_new_session=True); print(p.pid, flush=True); time.sleep(60)",
]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    state = State.of(tmp_path / "state")
    state.prepare()
    yield state
    processes.stop(state, 0.1)


def said(started: Started) -> str:
    """The first line that a process printed."""
    for _ in range(100):
        if text := Path(started.log).read_text():
            return text.strip()
        time.sleep(0.05)
    raise AssertionError(f"{started.name} said nothing")


def wait_for_end(started: Started) -> bool:
    for _ in range(100):
        if not processes.alive(started):
            return True
        time.sleep(0.05)
    return False


def test_what_was_started_runs_until_it_is_stopped(state: State) -> None:
    one = processes.start(state, "one", SLEEPER, os.environ)
    two = processes.start(state, "two", SLEEPER, os.environ)
    assert processes.alive(one)
    assert processes.remembered(state) == [one, two]
    processes.stop(state)
    assert not processes.alive(one)
    assert not processes.alive(two)
    assert processes.remembered(state) == []


def test_one_can_be_ended_alone(state: State) -> None:
    one = processes.start(state, "one", SLEEPER, os.environ)
    two = processes.start(state, "two", SLEEPER, os.environ)
    processes.end(state, "one")
    assert not processes.alive(one)
    assert processes.remembered(state) == [two]


def test_a_process_that_does_not_listen_is_ended_by_force(state: State) -> None:
    stubborn = processes.start(state, "stubborn", STUBBORN, os.environ)
    said(stubborn)
    processes.stop(state, 0.3)
    assert not processes.alive(stubborn)


def test_a_worker_that_outlived_its_crashed_parent_is_found_and_ended(state: State) -> None:
    parent = processes.start(state, "parent", PARENT, os.environ)
    worker = int(said(parent))
    os.kill(parent.pid, 9)
    assert processes.since(worker)
    assert wait_for_end(parent)
    processes.stop(state)
    assert not processes.since(worker)
    assert processes.owned(state) == []


def test_a_pid_that_belongs_to_somebody_else_by_now_is_left_alone(state: State) -> None:
    with subprocess.Popen(SLEEPER, start_new_session=True) as stranger:  # noqa: S603 (our own sleeper)
        entry = {"name": "old", "pid": stranger.pid, "since": "long ago", "log": str(state.log("old"))}
        write_json(state.processes_file, {"old": entry})
        processes.stop(state)
        assert processes.since(stranger.pid)
        stranger.kill()


def test_a_process_that_ends_before_it_is_ready_says_where_its_log_is(state: State) -> None:
    broken = processes.start(state, "broken", [sys.executable, "-c", "raise SystemExit('no luck')"], os.environ)
    with pytest.raises(LocalError, match="broken ended") as caught:
        processes.wait_for(broken, "/", processes.free_port(), 10)
    assert caught.value.log is not None
    assert "no luck" in caught.value.log.read_text()


def test_passwords_are_readable_by_their_owner_alone(state: State) -> None:
    write_json(state.users_file, {"ops": {"password": "generated"}})
    assert state.users_file.stat().st_mode & 0o077 == 0
    assert state.root.stat().st_mode & 0o077 == 0
