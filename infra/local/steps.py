"""Showing what `up` does: a spinner for a person, a line per step for a log; a program's output goes to its own log."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console

from infra.local import processes
from infra.local.state import LocalError, State

console = Console(stderr=True, highlight=False)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Show that something is being done, and afterwards how long it took."""
    began = time.monotonic()
    with console.status(f"{title} …") if console.is_terminal else _quiet():
        yield
    console.print(f"[green]✓[/] {title} [dim]{time.monotonic() - began:.1f} s[/]")


@contextmanager
def _quiet() -> Iterator[None]:
    yield


def run(state: State, name: str, command: Sequence[str], environment: Mapping[str, str], seconds: float) -> None:
    """Run a program to its end, its output in the log of that name. Raises LocalError when it fails or takes longer.

    It leads a process group, which is ended as a whole, so that nothing of it outlives the time-out or Ctrl-C.
    """
    log = state.log(name)
    child = processes.spawn(state, log, command, environment)
    try:
        code = child.wait(seconds)
    except subprocess.TimeoutExpired as error:
        raise LocalError(f"{name} took longer than {seconds:.0f} s", log) from error
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
    if code:
        raise LocalError(f"{name} failed with exit code {code}", log)


def fail(error: LocalError) -> None:
    """Say on stderr what failed and where the log is, with its last lines, and exit with 1."""
    console.print(f"✗ {error}", style="red", markup=False, soft_wrap=True)
    if error.log:
        if error.log.is_file():
            lines = error.log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
            console.print("\n".join(f"  {line}" for line in lines), style="dim", markup=False, soft_wrap=True)
        console.print(f"The whole log: {error.log}", markup=False, soft_wrap=True)
    sys.exit(1)
