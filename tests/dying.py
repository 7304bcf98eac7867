"""A process that can die at any call to AWS, and every place where it could: for tests of crashes and redelivery."""

from __future__ import annotations

import ast
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import caring
from tests.fakes import Client

Step = tuple[str, str]  # operation, function of ours that called it


class Killed(BaseException):
    """The process died here."""


@dataclass
class Death:
    """Where a process dies: before or after the nth call of a step."""

    step: Step
    nth: int
    when: str


@dataclass
class Process:
    """Counts the calls to AWS by step, and dies at one of them; a dead process makes no more calls."""

    death: Death | None = None
    seen: Counter[Step] = field(default_factory=Counter)
    watched: bool = False
    died: bool = False
    dead: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def call(self, step: Step, action: Callable[[], Any]) -> Any:
        """Make a call to AWS, unless the process dies before; or die after it."""
        if not self.watched:
            return action()
        with self._lock:
            if self.dead:
                raise Killed
            self.seen[step] += 1
            dying = self.death if self.death and (self.death.step, self.death.nth) == (step, self.seen[step]) else None
            if dying and not self.died and dying.when == "before":
                self.died = self.dead = True
                raise Killed
        answer = action()
        if dying and not self.died:
            self.died = self.dead = True
            raise Killed
        return answer


class Watched:
    """A client whose every call goes through the process."""

    def __init__(self, client: Any, process: Process) -> None:
        self._client, self._process = client, process

    def __getattr__(self, operation: str) -> Any:
        if operation == "get_paginator":
            return lambda name: SimpleNamespace(paginate=Client.get_paginator(self, name).paginate)  # type: ignore[arg-type]
        method = getattr(self._client, operation)

        def call(**request: Any) -> Any:
            return self._process.call((operation, _caller()), lambda: method(**request))

        return call


def _caller() -> str:
    """The function of the product nearest to the call, as "module.function"; caring.tables only carries it."""
    frame = sys._getframe(1)
    while not _is_ours(str(frame.f_globals.get("__name__", ""))) or frame.f_code.co_name.startswith("<"):
        assert frame.f_back, "a call to AWS from outside the product"
        frame = frame.f_back
    return f"{frame.f_globals['__name__'].removeprefix('caring.')}.{frame.f_code.co_name}"


def _is_ours(module: str) -> bool:
    return module.startswith("caring.") and module != "caring.tables"


WITHOUT_EFFECT = ("get_", "batch_get_", "query", "scan", "describe_", "list_")


def deaths(seen: Counter[Step], soon: bool = True) -> Iterator[tuple[Death, int]]:
    """Every place to die, and how soon the work is brought back (in seconds: after a while, with `soon` also at once).

    Dying around a call without effect is dying after the call before it, so those die at their first and last only.
    """
    for step, n in sorted(seen.items()):
        if step[0].startswith(WITHOUT_EFFECT):
            yield from ((Death(step, nth, "before"), 300) for nth in {1, n})
            continue
        for nth in range(1, n + 1):
            yield Death(step, nth, "before"), 300
            yield Death(step, nth, "after"), 300
            if soon:
                yield Death(step, nth, "after"), 5


_CALLS = (
    *("aws.client", "aws.tables_client", "aws.sender_client"),
    *(
        f"tables.{name}"
        for name in ("read", "read_many", "query", "update", "set_values", "put_new", "write", "transact")
    ),
)


def calls_in(*globs: str) -> set[str]:
    """The functions of the product's files that call AWS, read from their source: "runs.store.start_run"."""
    root = Path(caring.__file__).parent
    return {
        f"{'.'.join(path.relative_to(root).with_suffix('').parts)}.{function.name}"
        for pattern in globs
        for path in root.glob(pattern)
        for function in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(function, ast.FunctionDef)
        and any(isinstance(call, ast.Call) and ast.unparse(call.func) in _CALLS for call in ast.walk(function))
    }
