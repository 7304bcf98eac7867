"""What a handler costs: this process's CPU time (user and system, all threads) around each call of it."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(slots=True)
class Cost:
    """Calls of one function, with CPU and wall seconds, bytes that it logged and requests that it made of AWS."""

    calls: int = 0
    cpu: float = 0.0
    wall: float = 0.0
    log_bytes: int = 0
    requests: int = 0
    each: list[float] = field(default_factory=list)  # CPU seconds of each call


class Log:
    """Takes what the handlers log, as CloudWatch would, and counts it."""

    def __init__(self) -> None:
        self.bytes = 0

    def write(self, text: str) -> int:
        """Count a line."""
        self.bytes += len(text.encode())
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""


class Context:
    """What Lambda passes beside the event."""

    function_name = "measured"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:ap-southeast-1:000000000000:function:measured"
    aws_request_id = "00000000-0000-0000-0000-000000000000"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        """A sender always has time left: no chunk is put back for want of it."""
        return 120_000


class Meter:
    """`costs` by function folder."""

    def __init__(self, log: Log, requests: Callable[[], int]) -> None:
        self.costs: dict[str, Cost] = defaultdict(Cost)
        self._log, self._requests = log, requests

    def call(self, folder: str, handler: Any, event: Any) -> Any:
        """Call a handler as Lambda's runtime does, from JSON text to JSON text, and add up what it took.

        The runtime parses with the standard library's json, so that is what is measured.
        """
        text = orjson.dumps(event).decode()
        cost, logged, asked = self.costs[folder], self._log.bytes, self._requests()
        wall, cpu = time.perf_counter(), time.process_time()
        answer = handler(json.loads(text), Context)
        made = json.dumps(answer)
        cost.each.append(time.process_time() - cpu)
        cost.cpu += cost.each[-1]
        cost.wall += time.perf_counter() - wall
        cost.calls += 1
        cost.log_bytes += self._log.bytes - logged
        cost.requests += self._requests() - asked
        return orjson.loads(made)
