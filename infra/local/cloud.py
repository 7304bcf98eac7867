"""The laptop cloud's life: up, down, and whether it is there."""

from __future__ import annotations

import fcntl
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from infra.local import deployment, emulator, processes, seed, servers, steps
from infra.local.clockwork import LocalClock, before_opening, set_clock
from infra.local.emulator import Ports
from infra.local.state import LocalError, State, write_json

HEALTH_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted: where the clock starts, an hour's length in seconds, configuration, and the sources' digest."""

    now: str | None = None
    hour_seconds: float | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    fingerprint: str = ""  # filled in by up

    @property
    def another_clock(self) -> bool:
        """Whether the clock has to be set anew."""
        return self.now is not None or self.hour_seconds is not None


def up(state: State, wish: Wish | None = None) -> dict[str, Any]:
    """Bring the laptop cloud up and answer its outputs, whatever was there before.

    One that runs is left alone if nothing changed, and deployed to again if the sources did; a new clock needs a new
    start, because functions inherit it. What crashed is cleared away first. Raises LocalError; then nothing that this
    call started is left running.
    """
    wish = replace(wish or Wish(), fingerprint=deployment.fingerprint())
    state.prepare()
    with _alone(state):
        before = state.outputs()
        if not wish.another_clock and running(state):
            configured = wish.overrides in ({}, before.get("overrides", {}))
            if before.get("fingerprint") == wish.fingerprint and configured:
                return before
            return _again(state, before, wish)
        opening = before_opening(set_clock(wish.now, wish.hour_seconds))
        with steps.step("Clearing away what was left"):
            _clear(state)
        try:
            return _afresh(state, opening, wish)
        except BaseException:
            _clear(state)
            raise


def _afresh(state: State, opening: LocalClock, wish: Wish) -> dict[str, Any]:
    """Start everything. The clock is set once all is deployed, which on a fast clock would take hours of it."""
    ports = Ports.free()
    with steps.step("Starting the AWS emulator"):
        servers.start_emulator(state, ports, opening)
    stack = deployment.deploy(state, ports, opening, wish.overrides)
    outputs = stack | _known(state, ports, opening, wish)
    with steps.step("Seeding users, scripts and programs"):
        seed.seed(state, outputs)
    with steps.step("Setting the clock and starting the providers, the site and the API"):
        clock = set_clock(wish.now, wish.hour_seconds)
        servers.set_emulator_clock(state, clock)
        servers.start_providers(state, ports, clock)
        return _open(state, stack | _known(state, ports, clock, wish))


def _again(state: State, before: Mapping[str, Any], wish: Wish) -> dict[str, Any]:
    """Deploy to what runs; its data and its clock stay."""
    ports, clock = Ports(**before["ports"]), LocalClock.of(before["clock"])
    wish = replace(wish, overrides=wish.overrides or before.get("overrides", {}))
    stack = deployment.deploy(state, ports, clock, wish.overrides, bootstrapped=True)
    outputs = stack | _known(state, ports, clock, wish)
    with steps.step("Seeding users, scripts and programs"):
        seed.seed(state, outputs)
    with steps.step("Starting the site and the API"):
        return _open(state, outputs)


def _open(state: State, outputs: dict[str, Any]) -> dict[str, Any]:
    """Start what stands in front of the stack, wait for the API, and only then tell where all of it is."""
    ports = Ports(**outputs["ports"])
    seed.tell_providers(outputs)
    servers.start_site(state, ports, outputs)
    servers.start_driver(state, ports, LocalClock.of(outputs["clock"]), outputs["schedule_group"])
    wait_until_healthy(outputs)
    outputs["processes"] = {p.name: {"pid": p.pid, "log": p.log} for p in processes.remembered(state)}
    write_json(state.outputs_file, outputs)
    return outputs


def _known(state: State, ports: Ports, clock: LocalClock, wish: Wish) -> dict[str, Any]:
    """The outputs that the stack does not know itself."""
    return {
        "site_url": ports.site_url,
        "aws_endpoint_url": ports.aws_endpoint_url,
        "providers_url": ports.providers_url,
        "region": emulator.REGION,
        "account_id": emulator.ACCOUNT,
        "ports": asdict(ports),
        "clock": asdict(clock),
        "overrides": dict(wish.overrides),
        "fingerprint": wish.fingerprint,
        "state": str(state.root),
        "logs": str(state.logs),
    }


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
