"""8.7 million customers by simulation: a discrete-event model of one run, fed with measured costs and AWS's limits.

Its events are shards planned, turns of the release, chunks of 200 taken by a sender, and receipts of a chunk recorded.
It is a heap of times and callbacks, which needs no library. Everybody lives in one zone: the hardest case, for the
windows of three zones would spread the work over two hours more.
"""

from __future__ import annotations

import heapq
import itertools
import random
import tomllib
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench import deployment

BUCKET = 300.0  # seconds of one point of the curves
CHUNK = 200
BATCH = 25
AHEAD = 600.0
TURN = 300.0


def limits() -> dict[str, Any]:
    """limits.toml."""
    return tomllib.loads(Path(__file__).with_name("limits.toml").read_text("utf-8"))


@dataclass(frozen=True)
class Scenario:
    """A name, and for each channel how many messages a second its blast lane is paced to, by how many workers."""

    name: str
    pace: dict[str, float]
    workers: dict[str, int]


@dataclass
class Outcome:
    """What a scenario came to; curves are by bucket of five minutes."""

    scenario: Scenario
    planned_seconds: float = 0.0
    finished_hours: float = 0.0
    receipts_hours: float = 0.0
    sent: int = 0
    peaks: dict[str, tuple[float, float]] = field(default_factory=dict)  # resource → (peak, limit)
    curves: dict[str, list[float]] = field(default_factory=dict)
    first_limit: str = ""
    lost_pace: float = 0.0


class Simulation:
    """One scenario. `steps` are the measured costs of one message by channel (tests/bench/report.py writes them)."""

    def __init__(self, scenario: Scenario, steps: dict[str, dict[str, float]], known: dict[str, Any]) -> None:
        self.scenario, self.steps, self.known = scenario, steps, known
        self.now = 0.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._random = random.Random(8_700_000)
        self._curves: dict[str, defaultdict[int, float]] = defaultdict(lambda: defaultdict(float))
        customers = known["work"]["customers"]
        self._left = {c: int(customers * share) // CHUNK for c, share in known["work"]["share"].items()}
        self._queue = dict.fromkeys(self._left, 0)
        self._idle = dict(scenario.workers)
        self._receipts: deque[tuple[str, float]] = deque()
        self._receipt_workers = known["receipts"]["workers"]
        self._window_ends = self._late = 0.0
        self.out = Outcome(scenario)

    def at(self, when: float, what: Callable[[], None]) -> None:
        """Let something happen."""
        heapq.heappush(self._events, (when, next(self._order), what))

    def run(self) -> Outcome:
        """Run to the last receipt."""
        self.out.planned_seconds = self._plan()
        self._open_window(self.out.planned_seconds)
        while self._events:
            self.now, _, what = heapq.heappop(self._events)
            what()
        return self._sum_up()

    # ---- planning: 40 shards at once, as fast as the customers table may be read

    def _plan(self) -> float:
        work, ddb, states = self.known["work"], self.known["dynamodb"], self.known["states"]
        step = next(iter(self.steps.values()))
        shards = -(-work["customers"] // work["shard_customers"])
        each = (
            step["plan_cpu"] * work["shard_customers"]
            + step["plan_pages"] * work["shard_customers"] * ddb["page_seconds"]
        )
        units = step["plan_rru"] * work["shard_customers"]
        wanted = min(states["map_concurrency"] / each, states["map_starts"])  # shards a second
        allowed = ddb["table_reads"] / units
        self._peak("customers table, reads/s", min(wanted, allowed) * units, ddb["table_reads"])
        self._peak("distributed map, shards at once", states["map_concurrency"], states["map_concurrency"])
        if wanted > allowed:
            self.out.first_limit = "reads of the customers table while planning (a new on-demand table's 12,000/s)"
        return float(shards / min(wanted, allowed))

    # ---- releasing and sending

    def _open_window(self, when: float) -> None:
        self.now = when
        self._window_ends = when + self.known["work"]["window_hours"] * 3600
        self.at(when, self._release)

    def _release(self) -> None:
        if self.now >= self._window_ends:
            if any(self._left.values()) or any(self._queue.values()):
                self._next_day()
            return
        for channel, left in self._left.items():
            room = max(0, int(AHEAD * self.scenario.pace[channel] / CHUNK) + 1 - self._queue[channel])
            taken = min(room, left)
            self._left[channel] -= taken
            self._queue[channel] += taken
            self._work(channel)
        if any(self._left.values()):
            self.at(min(self.now + TURN, self._window_ends), self._release)

    def _next_day(self) -> None:
        self.at(self.now + (24 - self.known["work"]["window_hours"]) * 3600, lambda: self._open_window(self.now))

    def _work(self, channel: str) -> None:
        while self._idle[channel] and self._queue[channel] and self.now < self._window_ends:
            self._idle[channel] -= 1
            self._queue[channel] -= 1
            seconds = self.chunk_seconds(channel)
            self._curve("senders at work", self.now, seconds)
            self._curve("messages sent", self.now + seconds, CHUNK)
            self._curve("ledger writes", self.now + seconds, CHUNK * self.steps[channel]["ledger_wru"])
            self._curve("counter writes", self.now + seconds, CHUNK / BATCH)
            self._curve("customer reads", self.now + seconds, CHUNK * self.steps[channel]["send_rru"])
            self.at(self.now + seconds, lambda c=channel: self._done(c))  # type: ignore[misc]

    def chunk_seconds(self, channel: str) -> float:
        """How long a worker takes for a chunk: its pace, and what the pace does not hide.

        Between two batches nothing is sent while answers are awaited, outcomes written, the next batch read and
        claimed. The pacer saves no time up, so what is longer than one interval is lost.
        """
        ddb, pace = self.known["dynamodb"], self.scenario.pace[channel] / self.scenario.workers[channel]
        computing = self.steps[channel]["send_cpu"]
        interval = max(1 / pace, computing)
        between = self.known["providers"][channel]["answer_seconds"] + 3 * ddb["batch_seconds"] + ddb["call_seconds"]
        batch: float = BATCH * interval + max(0.0, between - interval)
        dispatch: float = self.known["lambda"]["dispatch_seconds"]
        return CHUNK / BATCH * batch + dispatch

    def _done(self, channel: str) -> None:
        self._idle[channel] += 1
        self.out.sent += CHUNK
        self.out.finished_hours = (self.now - self.out.planned_seconds) / 3600
        for mean in self.known["providers"][channel]["receipt_minutes"]:
            delay = self._random.expovariate(1 / (mean * 60))
            self.at(self.now + delay, lambda c=channel: self._receive(c))  # type: ignore[misc]
        self._work(channel)

    # ---- receipts

    def _receive(self, channel: str) -> None:
        self._receipts.append((channel, self.now))
        self._record()

    def _record(self) -> None:
        while self._receipt_workers and self._receipts:
            channel, came = self._receipts.popleft()
            self._receipt_workers -= 1
            step = self.steps[channel]
            seconds = CHUNK * (step["receipt_cpu"] + step["receipt_calls"] * self.known["dynamodb"]["call_seconds"])
            self._curve("receipt workers", self.now, seconds)
            self._curve("ledger writes", self.now + seconds, CHUNK * step["receipt_ledger_wru"])
            self._curve("counter writes", self.now + seconds, CHUNK * step["receipt_counter_wru"])
            self._curve("receipts", self.now + seconds, CHUNK)
            self._late = max(self._late, self.now - came)
            self.at(self.now + seconds, self._recorded)

    def _recorded(self) -> None:
        self._receipt_workers += 1
        self.out.receipts_hours = (self.now - self.out.planned_seconds) / 3600
        self._record()

    # ---- keeping score

    def _curve(self, name: str, when: float, amount: float) -> None:
        """Add an amount at a time; work of several buckets is laid to where it begins, which evens out."""
        self._curves[name][int((when - self.out.planned_seconds) // BUCKET)] += amount

    def _peak(self, name: str, value: float, limit: float) -> None:
        self.out.peaks[name] = (value, limit)

    def _sum_up(self) -> Outcome:
        known, last = self.known, max(max(curve) for curve in self._curves.values()) + 1
        rates = {name: [curve[i] / BUCKET for i in range(last)] for name, curve in self._curves.items()}
        self.out.curves = rates
        per_day = known["work"]["window_hours"] * 3600 / BUCKET
        busy = rates["messages sent"][: int(per_day)]
        nominal = sum(self.scenario.pace.values())
        middle = sorted(busy)[len(busy) // 2]
        self.out.lost_pace = 1 - middle / nominal if self.out.finished_hours > 2 else 0.0
        senders = sum(self.scenario.workers.values())
        ddb = known["dynamodb"]
        self._peak("messages/s", max(busy), nominal)
        self._peak("senders at work", min(max(rates["senders at work"]), senders), senders)
        self._peak("Lambda functions at once", senders + max(rates["receipt workers"]), known["lambda"]["concurrency"])
        self._peak("ledger table, writes/s", max(rates["ledger writes"]), ddb["table_writes"])
        self._peak("the run's counters, one item, writes/s", max(rates["counter writes"]), ddb["partition_writes"])
        self._peak("customers table, reads/s while sending", max(rates["customer reads"]), ddb["table_reads"])
        self._peak("receipt workers", max(rates["receipt workers"]), known["receipts"]["workers"])
        self._peak("longest wait of a receipt, s", self._late, 600)
        turns = self.out.finished_hours * 3600 / TURN
        polls = AHEAD / 5
        self._peak("history of the execution, events", turns * 11 + polls * 11 + 60, known["states"]["history_events"])
        self._peak("chunks in flight", senders, known["sqs"]["in_flight"])
        return self.out


def least_pace(steps: dict[str, dict[str, float]], known: dict[str, Any], scenario: Scenario) -> Scenario:
    """A scenario's paces raised alike, per cent by per cent, until everything is sent within one window."""
    for more in range(100):
        pace = {channel: rate * (1 + more / 100) for channel, rate in scenario.pace.items()}
        name = f"paced to {sum(pace.values()):.0f}/s, the least that is done in one window"
        raised = Scenario(name, pace, scenario.workers)
        if Simulation(raised, steps, known).run().finished_hours <= known["work"]["window_hours"]:
            return raised
    raise ValueError("no pace gets it done in one window: something else than the pace binds")


def scenarios(known: dict[str, Any], configured: dict[str, float]) -> list[Scenario]:
    """As configured; and with lanes paced to what a window needs on average, by each channel's share."""
    share, work = known["work"]["share"], known["work"]
    needed = work["customers"] / (work["window_hours"] * 3600)
    now = {channel: deployment.workers(channel) for channel in share}

    def of(total: float) -> dict[str, float]:
        return {channel: total * part for channel, part in share.items()}

    return [
        Scenario("as configured", {channel: configured[channel] for channel in share}, now),
        Scenario(f"paced to {needed:.0f}/s", of(needed), now),
    ]
