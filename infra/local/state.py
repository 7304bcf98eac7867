"""Where one laptop cloud keeps what it knows: a private folder, .local/ unless CARING_LOCAL_STATE names another."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
STATE_VARIABLE = "CARING_LOCAL_STATE"


class LocalError(Exception):
    """Something of the laptop cloud did not work; `log` is the file that tells more."""

    def __init__(self, message: str, log: Path | None = None) -> None:
        super().__init__(message)
        self.log = log


@dataclass(frozen=True, slots=True)
class State:
    """The folder of one laptop cloud."""

    root: Path

    @classmethod
    def of(cls, root: Path | None = None) -> State:
        """The given folder, the one that CARING_LOCAL_STATE names, or .local/ of this checkout."""
        return cls((root or Path(os.environ.get(STATE_VARIABLE) or ROOT / ".local")).resolve())

    @property
    def outputs_file(self) -> Path:
        """URLs, stack outputs, pids, log paths and the clock of a cloud that is up."""
        return self.root / "outputs.json"

    @property
    def processes_file(self) -> Path:
        """What was started, written before anything else can fail."""
        return self.root / "processes.json"

    @property
    def users_file(self) -> Path:
        """User names and generated passwords; readable by its owner alone."""
        return self.root / "users.json"

    @property
    def clock_file(self) -> Path:
        """Through which a running emulator is given its clock."""
        return self.root / "clock.json"

    @property
    def logs(self) -> Path:
        """One file per process and per step."""
        return self.root / "logs"

    @property
    def scratch(self) -> Path:
        """The emulator's TMPDIR: unpacked functions and layers; deleted by `down`."""
        return self.root / "tmp"

    def log(self, name: str) -> Path:
        """The log file of a process or a step."""
        return self.logs / f"{name}.log"

    def prepare(self) -> None:
        """Make the folders, closed to others."""
        for folder in (self.root, self.logs, self.scratch):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def outputs(self) -> dict[str, Any]:
        """What `up` wrote; empty when it is not up. A torn file counts as none."""
        return read_json(self.outputs_file)


def read_json(path: Path) -> dict[str, Any]:
    """The object in a file; empty when there is no file or no whole object in it."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def write_json(path: Path, data: dict[str, Any]) -> None:
    """Replace a file in one step, readable by its owner alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(data, file, indent=2, sort_keys=True)
        file.write("\n")
    Path(name).replace(path)
