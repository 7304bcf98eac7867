"""Starting and ending the laptop cloud's own processes, and no others.

Each one leads a process group of its own, and carries CARING_LOCAL_OWNER (the state folder) in its environment, which
the emulator's Lambda workers inherit: so leftovers are found by pid even when their parent has crashed. A pid that now
belongs to somebody else is told by its start time and left alone.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from infra.local.state import ROOT, LocalError, State, read_json, write_json

OWNER_VARIABLE = "CARING_LOCAL_OWNER"
STOP_SECONDS = 3.0
FORCE_SECONDS = 10.0
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Started:
    """A process that was started: `since` is the system's own word for its start, to tell it from a later pid."""

    name: str
    pid: int
    since: str
    log: str


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def since(pid: int) -> str:
    """When a process started, in the system's own words; empty when there is no such process or only its zombie."""
    if _PROC.is_dir():
        try:
            fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            return ""
        return "" if fields[0] in "ZX" else fields[19]
    shown = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
    return "" if shown.startswith("Z") else shown.partition(" ")[2].strip()


def alive(process: Started) -> bool:
    """Whether the process that was started still runs."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(process.pid, os.WNOHANG)  # a child of ours that has ended would stay a zombie
    return bool(process.since) and since(process.pid) == process.since


def spawn(state: State, log: Path, command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """A program in its own process group, marked as this state's, its output at the end of a log."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env={**environment, OWNER_VARIABLE: str(state.root)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def start(state: State, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Started:
    """Start a program in its own process group, its output in the log of that name, and remember it in the state."""
    log = state.log(name)
    child = spawn(state, log, command, environment)
    process = Started(name, child.pid, since(child.pid), str(log))
    write_json(state.processes_file, {p.name: asdict(p) for p in [*remembered(state), process]})
    child.returncode = 0  # it outlives us on purpose: no "still running" warning when the object goes
    return process


def remembered(state: State) -> list[Started]:
    """What was started for this state, running or not."""
    return [Started(**entry) for entry in read_json(state.processes_file).values()]


def wait_for(process: Started, ready: str, port: int, seconds: float) -> None:
    """Wait until a path answers 200 on a port. Raises LocalError when the process ends or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not alive(process):
            raise LocalError(f"{process.name} ended before it was ready", Path(process.log))
        if answers(port, ready):
            return
        time.sleep(0.1)
    raise LocalError(f"{process.name} was not ready after {seconds:.0f} s", Path(process.log))


def answers(port: int, path: str) -> bool:
    """Whether a GET on a loopback port answers 200 within two seconds."""
    import http.client  # noqa: PLC0415 (the status command needs none of it)

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def end(state: State, name: str, seconds: float = STOP_SECONDS) -> None:
    """End one process with its group, and forget it."""
    known = remembered(state)
    _end([process for process in known if process.name == name], seconds)
    write_json(state.processes_file, {p.name: asdict(p) for p in known if p.name != name})


def stop(state: State, seconds: float = STOP_SECONDS) -> None:
    """End everything of this state: politely, and what is still there after some seconds by force.

    The emulator often is: it waits for its long polls, and has nothing to save.
    """
    _end(remembered(state), seconds)
    leftovers = owned(state)
    for pid in leftovers:
        _signal(pid, signal.SIGKILL)
    if not _gone(leftovers, FORCE_SECONDS):
        raise LocalError(f"could not end {', '.join(str(pid) for pid in leftovers if since(pid))}: end them by pid")
    state.processes_file.unlink(missing_ok=True)


def end_workers(state: State) -> None:
    """End what the started processes have started themselves: the emulator's Lambda workers, which it replaces."""
    started = {process.pid for process in remembered(state)}
    for pid in set(owned(state)) - started:
        _signal(pid, signal.SIGKILL)


def _end(known: Iterable[Started], seconds: float) -> None:
    pids = [process.pid for process in known if alive(process)]
    for pid in pids:
        _signal(pid, signal.SIGTERM)
    _gone(pids, seconds)
    for pid in pids:
        _signal(-pid, signal.SIGKILL)  # the group: itself, and workers that did not follow it
    _gone(pids, FORCE_SECONDS)


def owned(state: State) -> list[int]:
    """Pids of running processes that carry this state's mark (Linux; elsewhere the process groups must do)."""
    if not _PROC.is_dir():
        return []
    mark = f"{OWNER_VARIABLE}={state.root}".encode()
    found = []
    for entry in _PROC.iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            if mark in (entry / "environ").read_bytes().split(b"\0") and since(int(entry.name)):
                found.append(int(entry.name))
    return found


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number) if pid > 0 else os.killpg(-pid, number)


def _gone(pids: Iterable[int], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    left = list(pids)
    while left and time.monotonic() < deadline:
        for pid in left:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        left = [pid for pid in left if since(pid)]
        if left:
            time.sleep(0.05)
    return not left
