"""Chalice's packaging kept in a place of its own, without a trace in the repository or in this process."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType


@contextlib.contextmanager
def packaging(application: Path, environment: dict[str, str]) -> Iterator[Path]:
    """A copy of the application to package: Chalice imports it in this process and leaves files where it works.

    It makes a client to learn its region, too: with keys at hand nobody looks for some over the network.
    """
    environment |= {"AWS_ACCESS_KEY_ID": "unused", "AWS_SECRET_ACCESS_KEY": "unused"}
    before = {key: os.environ.get(key) for key in environment}
    path, imported = [*sys.path], _take_out_application()
    os.environ.update(environment)
    try:
        with TemporaryDirectory() as folder, contextlib.chdir(folder):
            source = Path(folder) / application.name
            left_out = shutil.ignore_patterns("__pycache__", "deployments", "deployed")
            yield shutil.copytree(application, source, ignore=left_out)
    finally:
        _take_out_application()
        sys.modules.update(imported)
        sys.path[:] = path
        for key, value in before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value


def _take_out_application() -> dict[str, ModuleType]:
    names = [name for name in sys.modules if name == "app" or name.partition(".")[0] == "chalicelib"]
    return {name: sys.modules.pop(name) for name in names}
