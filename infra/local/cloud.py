"""The laptop cloud's life: up, down, and whether it is there."""

from __future__ import annotations

import fcntl
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from infra.local import deployment, emulator, processes, seed, servers, steps
from infra.local.clockwork import LocalClock, set_clock
from infra.local.emulator import Ports
from infra.local.state import LocalError, State, write_json

HEALTH_SECONDS = 90.0


def up(
    state: State,
    now: str | None = None,
    hour_seconds: float | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Bring the laptop cloud up and answer its outputs, whatever was there before.

    One that runs is left alone if nothing changed, and deployed to again if the sources did; a new clock needs a new
    start, because functions inherit it. What crashed is cleared away first. Raises LocalError; then nothing that this
    call started is left running.
    """
    state.prepare()
    with _alone(state):
        wanted = deployment.fingerprint()
        before = state.outputs()
        if now is None and hour_seconds is None and running(state):
            if before.get("fingerprint") == wanted and not overrides:
                return before
            return _complete(state, before, overrides or before.get("overrides", {}), wanted)
        _clear(state)
        clock, ports = set_clock(now, hour_seconds), Ports.free()
        try:
            with steps.step("Starting the AWS emulator and the providers"):
                servers.start_emulator(state, ports, clock)
                servers.start_providers(state, ports, clock)
            known = {"ports": asdict(ports), "clock": asdict(clock)}
            return _complete(state, known, overrides or {}, wanted)
        except BaseException:
            _clear(state)
            raise


def _complete(state: State, known: Mapping[str, Any], overrides: Mapping[str, Any], fingerprint: str) -> dict[str, Any]:
    """Deploy to a running emulator, seed it, and start what stands in front of it."""
    ports, clock = Ports(**known["ports"]), LocalClock.of(known["clock"])
    stack = deployment.deploy(state, ports, clock, overrides, bootstrapped="fingerprint" in known)
    outputs: dict[str, Any] = {
        **stack,
        "site_url": ports.site_url,
        "aws_endpoint_url": ports.aws_endpoint_url,
        "providers_url": ports.providers_url,
        "region": emulator.REGION,
        "account_id": emulator.ACCOUNT,
        "ports": asdict(ports),
        "clock": asdict(clock),
        "overrides": dict(overrides),
        "fingerprint": fingerprint,
        "state": str(state.root),
    }
    with steps.step("Waiting for the API"):
        wait_until_healthy(outputs)
    with steps.step("Seeding users, scripts and the program"):
        seed.seed(state, outputs)
    with steps.step("Starting the site and the clock"):
        servers.start_site(state, ports, outputs)
        servers.start_driver(state, ports, clock, outputs["schedule_group"])
    outputs["processes"] = {p.name: {"pid": p.pid, "log": p.log} for p in processes.remembered(state)}
    outputs["logs"] = str(state.logs)
    write_json(state.outputs_file, outputs)
    return outputs


def down(state: State) -> None:
    """Stop everything of this state and delete what it unpacked. Logs stay."""
    if state.root.is_dir():
        with _alone(state):
            _clear(state)


def _clear(state: State) -> None:
    state.outputs_file.unlink(missing_ok=True)
    processes.stop(state)
    for path in (state.users_file, state.root / "stack-outputs.json"):
        path.unlink(missing_ok=True)
    for folder in (state.scratch, state.root / "cdk.out"):
        shutil.rmtree(folder, ignore_errors=True)
    state.prepare()


def running(state: State) -> bool:
    """Whether every process that `up` started still runs and the emulator answers."""
    outputs = state.outputs()
    started = processes.remembered(state)
    return (
        bool(outputs)
        and {p.name for p in started} >= set(outputs.get("processes", {}))
        and all(processes.alive(process) for process in started)
        and processes.answers(outputs["ports"]["emulator"], "/_ministack/health")
    )


def require_running(state: State) -> dict[str, Any]:
    """The outputs of a laptop cloud that is up. Raises LocalError when it is not."""
    if not running(state):
        raise LocalError("the laptop cloud is not up: run `make up`")
    return state.outputs()


def wait_until_healthy(outputs: Mapping[str, Any], seconds: float = HEALTH_SECONDS) -> None:
    """Wait until GET /health answers 200. Raises LocalError with its last answer."""
    deadline, last = time.monotonic() + seconds, "no answer"
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{outputs['api_url']}/health", timeout=30) as answer:  # noqa: S310 (loopback)
                if answer.status == 200:
                    return
        except urllib.error.HTTPError as error:
            last = f"{error.code} {error.read(500).decode(errors='replace')}"
        except OSError as error:
            last = str(error)
        time.sleep(0.5)
    raise LocalError(f"GET /health was not well after {seconds:.0f} s: {last}")


@contextmanager
def _alone(state: State) -> Iterator[None]:
    """One `up` or `down` at a time: a second one waits for the first."""
    with (state.root / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
