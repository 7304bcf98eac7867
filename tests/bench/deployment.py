"""What the stacks give each function, read from where they say it: infra's source for memory, cdk.json for the rest."""

from __future__ import annotations

import ast
import json
from functools import lru_cache
from typing import Any

from tests.bench.cloud import ROOT

DEFAULT_MEMORY = 512  # CaringFunction's own default
FULL_CPU_MEMORY = 1769  # MB at which Lambda gives one whole vCPU; below, in proportion


@lru_cache(maxsize=1)
def memory_mb() -> dict[str, int]:
    """Memory of each function by its folder."""
    found: dict[str, int] = {}
    for path in sorted((ROOT / "infra").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                named = {keyword.arg: keyword.value for keyword in node.keywords}
                memory = named.get("memory")
                folder = named.get("folder") or (node.args[0] if node.args else None)
                if (
                    isinstance(memory, ast.Constant)
                    and isinstance(folder, ast.Constant)
                    and isinstance(memory.value, int)
                ):
                    found[str(folder.value)] = memory.value
    if "send_messages" not in found:
        raise LookupError("infra says the memory of send_messages in a way that is not understood here")
    return found


def memory_of(folder: str) -> int:
    """A function's memory in MB."""
    return memory_mb().get(folder, DEFAULT_MEMORY)


@lru_cache(maxsize=1)
def context() -> dict[str, Any]:
    """The context of cdk.json."""
    read: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"]
    return read


def workers(channel: str) -> int:
    """How many senders of a channel's blast lane run at once."""
    return int(context()["caring:concurrency"][channel]["blast"])
