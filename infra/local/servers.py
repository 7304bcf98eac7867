"""The laptop cloud's own processes: how each is started and when it is ready."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.local import processes
from infra.local.clockwork import LocalClock
from infra.local.emulator import ACCOUNT, REGION, Ports, bare_environment, client_environment
from infra.local.state import LocalError, State

START_SECONDS = 60.0


def start_emulator(state: State, ports: Ports, clock: LocalClock) -> None:
    """The AWS emulator. Its Lambda workers inherit this environment: the providers and a clock are in it."""
    environment = {
        **_environment(ports, clock),
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(ports.emulator),
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "TMPDIR": str(state.scratch),
        "STATE_DIR": str(state.scratch / "emulator"),  # it keeps the pool's signing keys there
        "S3_DATA_DIR": str(state.scratch / "objects"),
    }
    state.clock_file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "infra.local.emulator_process", str(state.clock_file)]
    started = processes.start(state, "emulator", command, environment)
    processes.wait_for(started, "/_ministack/health", ports.emulator, START_SECONDS)


def set_emulator_clock(state: State, clock: LocalClock) -> None:
    """Give the clock to all Lambda workers; those that run end, and start again with it. Raises LocalError."""
    emulator = next(process for process in processes.remembered(state) if process.name == "emulator")
    state.clock_file.write_text(clock.variable, encoding="utf-8")
    os.kill(emulator.pid, signal.SIGUSR1)
    deadline = time.monotonic() + START_SECONDS
    while state.clock_file.exists():
        if time.monotonic() > deadline or not processes.alive(emulator):
            raise LocalError("the emulator did not take the local clock", Path(emulator.log))
        time.sleep(0.02)
    processes.end_workers(state)


def start_providers(state: State, ports: Ports, clock: LocalClock) -> None:
    """The provider simulator."""
    command = [sys.executable, "-m", "infra.local.simulator", "--port", str(ports.providers)]
    command += ["--region", REGION, "--account-id", ACCOUNT]
    started = processes.start(state, "providers", command, _environment(ports, clock))
    processes.wait_for(started, "/health", ports.providers, START_SECONDS)


def start_site(state: State, ports: Ports, outputs: Mapping[str, Any]) -> None:
    """The one origin in front of page and API; a former one gives way, for its API may have changed."""
    processes.end(state, "site")
    command = [sys.executable, "-m", "infra.local.site", "--port", str(ports.site)]
    command += ["--api-url", outputs["api_url"], "--aws-endpoint-url", ports.aws_endpoint_url]
    command += ["--bucket", outputs["data_bucket"]]
    started = processes.start(state, "site", command, {**bare_environment(), "PYTHONUNBUFFERED": "1"})
    processes.wait_for(started, "/healthz", ports.site, START_SECONDS)


def start_driver(state: State, ports: Ports, clock: LocalClock, group: str) -> None:
    """What fires the recurring schedules of a group on the local clock."""
    processes.end(state, "driver")
    command = [sys.executable, "-m", "infra.local.driver", group, clock.variable]
    processes.start(state, "driver", command, _environment(ports, clock))


def _environment(ports: Ports, clock: LocalClock) -> dict[str, str]:
    return {**bare_environment(), **client_environment(ports, clock), "PYTHONUNBUFFERED": "1"}
