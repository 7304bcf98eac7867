"""One whole run by the real handlers: planned, forecast, released, sent, its receipts recorded, settled, reconciled.

Time is simulated: a Wait state moves the product's clock on, and meanwhile the senders take off the queues what their
rate allows. So a run of hours takes as many turns of its state machine as on AWS, in minutes.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import orjson

from caring import clock
from caring.programs import store as programs
from caring.runs import forecast, store
from caring.scripts import seed
from tests.bench import receipts, reference
from tests.bench.cloud import CannedCloud
from tests.bench.meter import Cost, Log, Meter
from tests.machine import Machine

START = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)  # a working Tuesday, 08:00 in Bandung: the window has just opened
SHARD_CUSTOMERS = 2000  # what configuration [plan] calls good on AWS
SPEED_EVERY = 25  # chunks between two looks at how fast the machine is
UNPACED = "1000000"  # share of the rate for one worker: it never waits, and what is measured is work


@dataclass
class Result:
    """One run's figures. `receipts` were recorded for the first messages only, and `by_receipts` is what they took."""

    channel: str
    customers: int
    sent: int = 0
    costs: dict[str, Cost] = field(default_factory=dict)
    transitions: int = 0
    visits: dict[str, int] = field(default_factory=dict)
    counted: dict[str, Any] = field(default_factory=dict)
    by_receipts: dict[str, Any] = field(default_factory=dict)
    receipts: int = 0
    receipt_messages: int = 0
    simulated_seconds: float = 0.0
    balanced: bool = False
    speeds: list[float] = field(default_factory=list)  # of the machine while it ran, as reference.sample tells


@contextmanager
def deployed(cloud: CannedCloud, channel: str, customers: int) -> Iterator[None]:
    """The functions' environment for one channel's run over so many customers.

    Clients stay: a warm function has them. Whoever starts another canned cloud resets caring.aws and caring.links.
    """
    before = dict(os.environ)
    os.environ.update(cloud.environment())
    os.environ["CHANNEL"] = channel
    os.environ["WORKER_SHARE"] = UNPACED
    os.environ["SCHEDULE_GROUP"] = ""  # programs here have no schedule
    segments = max(1, customers // SHARD_CUSTOMERS)
    os.environ["CARING_OVERRIDES"] = json.dumps({"plan": {"segments": segments}})
    cloud.reset(customers)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class Driver:
    """Drives one run of one channel."""

    def __init__(self, cloud: CannedCloud, channel: str, customers: int, receipt_messages: int) -> None:
        self.cloud, self.channel = cloud, channel
        self.result = Result(channel, customers)
        self._receipt_messages = min(receipt_messages, customers)
        self._log = Log()
        self.meter = Meter(self._log, cloud.requests)
        self._allowance = 0.0
        self._now = START.timestamp()
        self._ids: list[str] = []

    def run(self) -> Result:
        """Drive the run to its end."""
        with _time_is(lambda: self._now), _logging_to(self._log):
            seed.seed_scripts()
            program: dict[str, Any] = {"name": "Measured", "kind": "billing_reminder", "script_id": "billing-reminder"}
            program |= {"channels": [self.channel], "launch": "auto", "budget": 10**12}
            program |= {"waves": [{"after_hours": 0, "until": "paid"}]}
            made = programs.create_program(program, witel=None, actor="bench", program_id="measured")
            machine = Machine(self.invoke, self.wait, f"bench-{self.channel}-{self.result.customers}")
            end = machine.run({"program_id": made["program_id"]})
            run = store.get_run(f"bench-{self.channel}-{self.result.customers}")
        result = self.result
        if end != "Finished" or run.state != "finished":
            raise RuntimeError(f"the run ended in {end}, {run.state}: {run.reason}")
        result.balanced = bool(run.reconciled and run.reconciled["balanced"])
        result.sent = len(self._ids)
        result.costs = dict(self.meter.costs)
        result.transitions, result.visits = machine.transitions, machine.visits
        result.counted = self.cloud.counts()
        result.simulated_seconds = self._now - START.timestamp()
        return result

    def invoke(self, folder: str, payload: Any) -> Any:
        """Call a step's function."""
        if folder == "send_messages" and self.meter.costs[folder].calls % SPEED_EVERY == 0:
            self.result.speeds.append(reference.sample())
        handler = importlib.import_module(f"functions.{folder}.handler").handler
        return self.meter.call(folder, handler, payload)

    def wait(self, until: str) -> None:
        """Let time pass; the senders work on meanwhile."""
        seconds = max(0.0, clock.parse(until).timestamp() - self._now)
        self._now += seconds
        self._allowance += seconds * forecast.rate(self.channel)
        while self._allowance > 0 and (bodies := self.cloud.take(self.channel, 1)):
            self._allowance -= self._send(bodies[0])
        if not self.cloud.counts()["queued"].get(f"{self.channel}-blast"):
            self._allowance = 0.0  # time in which there was nothing to send is not saved up
        if self._ids and not self.result.receipts and self._settled():
            self._record_receipts()

    def _send(self, body: str) -> int:
        """One invocation of the sender, a batch of one chunk as its event source is set up; how many it held."""
        answer = self.invoke("send_messages", {"Records": [receipts.record(body, f"{self.channel}-blast")]})
        if answer["batchItemFailures"]:
            raise RuntimeError("a chunk failed: run again with --log to see why")
        ids = orjson.loads(body)["ids"]
        self._ids += ids
        return len(ids)

    def _settled(self) -> bool:
        return len(self._ids) >= self.result.customers

    def _record_receipts(self) -> None:
        """Every step of the first messages' receipts, one message per body as providers send them."""
        before = self.cloud.counts()
        references = [f"run-bench-{self.channel}-{self.result.customers}-w1_{i}" for i in self._ids]
        for step in receipts.STEPS[self.channel]:
            for event in receipts.events(self.channel, step, references[: self._receipt_messages]):
                if self.invoke("record_receipt", event)["batchItemFailures"]:
                    raise RuntimeError("a receipt failed: run again with --log to see why")
        after = self.cloud.counts()
        self.result.by_receipts = {
            name: count - before["dynamodb"].get(name, 0) for name, count in after["dynamodb"].items()
        }
        self.result.receipt_messages = self._receipt_messages
        self.result.receipts = self._receipt_messages * len(receipts.STEPS[self.channel])


@contextmanager
def _time_is(now: Callable[[], float]) -> Iterator[None]:
    """Let the product's one clock read another watch: its hours pass as fast as the work is done."""
    os.environ.pop("CARING_CLOCK", None)
    clock.reset()
    module: Any = clock
    watch, module.time = module.time, SimpleNamespace(time=now)
    try:
        yield
    finally:
        module.time = watch


@contextmanager
def _logging_to(log: Log) -> Iterator[None]:
    """Handlers log to stdout; the logger keeps the stream it was made with, so it is made anew."""
    from caring import observability  # noqa: PLC0415 - beside what is done to it

    observability.logger.cache_clear()
    before, sys.stdout = sys.stdout, log
    try:
        yield
    finally:
        sys.stdout = before
        observability.logger.cache_clear()
