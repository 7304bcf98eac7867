"""docs/bench.md with the measures and the simulation, its pictures, and .local/bench.json that feeds the simulation."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime

from caring.runs.forecast import rate
from tests.bench import chart, figures, simulation
from tests.bench.cloud import ROOT
from tests.bench.deployment import FULL_CPU_MEMORY, memory_of
from tests.bench.drive import Result
from tests.bench.measures import Measure, Sheet, markdown

KEPT = ROOT / ".local" / "bench.json"
DOCUMENT = ROOT / "docs" / "bench.md"
NOTE = ROOT / "tests" / "bench" / "note.md"
FINDINGS = ROOT / "tests" / "bench" / "findings.md"


def keep(results: dict[str, list[Result]]) -> None:
    """Write the costs of one message by channel, from the largest runs."""
    KEPT.parent.mkdir(exist_ok=True)
    before = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    KEPT.write_text(json.dumps(before | {channel: _steps(runs[-1]) for channel, runs in results.items()}, indent=1))


def _steps(run: Result) -> dict[str, float]:
    def cpu(folder: str, n: int) -> float:
        return run.costs[folder].cpu / max(1, n) / min(1.0, memory_of(folder) / FULL_CPU_MEMORY)

    counted, receipts = run.counted["dynamodb"], max(1, run.receipts)
    scanned = counted["customers.scan_rru"]
    return {
        "plan_cpu": cpu("plan_audience", run.sent),
        "plan_pages": counted["customers.pages"] / run.sent,
        "plan_rru": scanned / run.sent,
        "send_cpu": cpu("send_messages", run.sent),
        "send_rru": (counted["customers.rru"] - scanned) / run.sent,
        "ledger_wru": (counted["messages.wru"] - run.by_receipts.get("messages.wru", 0)) / run.sent,
        "receipt_cpu": cpu("record_receipt", run.receipts),
        "receipt_calls": run.costs["record_receipt"].requests / receipts,
        "receipt_ledger_wru": run.by_receipts.get("messages.wru", 0) / receipts,
        "receipt_counter_wru": run.by_receipts.get("runs.wru", 0) / receipts,
        "dollars_per_million": sum(figures.dollars_per_million(figures.per_message(run)).values()),
    }


def simulate(sheet: Sheet) -> list[simulation.Outcome]:
    """Run every scenario on the kept costs. Raises LookupError when a channel was not measured yet."""
    steps: dict[str, dict[str, float]] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    known = simulation.limits()
    if missing := set(known["work"]["share"]) - set(steps):
        raise LookupError(f"measure {', '.join(sorted(missing))} first: make bench")
    made = []
    wanted = simulation.scenarios(known, {channel: rate(channel) for channel in known["work"]["share"]})
    for scenario in [*wanted, simulation.least_pace(steps, known, wanted[-1])]:
        outcome = simulation.Simulation(scenario, steps, known).run()
        made.append(outcome)
        goal = known["work"]["window_hours"] if "least" in scenario.name else None
        sheet.add(f"8.7 million, {scenario.name}", outcome.finished_hours, "hours to the last send", goal)
    share = known["work"]["share"]
    dollars = sum(part * steps[channel]["dollars_per_million"] for channel, part in share.items()) * 8.7
    sheet.add("8.7 million, AWS", dollars, "$")
    return made


def write(measures: list[Measure], outcomes: list[simulation.Outcome]) -> None:
    """Write the document and its pictures."""
    load = os.getloadavg()[1]
    now = datetime.now(UTC).strftime("%Y-%m-%d")
    parts = [
        "# Measurements\n",
        "Made by `make bench`; do not edit. " + NOTE.read_text("utf-8").strip() + "\n",
        f"Measured on {now}, {os.cpu_count()} processors, load {load:.1f}, Python {_python()}.\n",
        "## Measures\n",
        markdown(measures),
        "## What dominates, and what was tried\n",
        FINDINGS.read_text("utf-8").strip() + "\n",
        "## 8.7 million customers, by simulation\n",
        _table(outcomes),
        "![How far each scenario is](bench_progress.svg)\n",
        "![Use of what is limited](bench_limits.svg)\n",
    ]
    DOCUMENT.write_text("\n".join(parts), "utf-8")
    progress = {o.scenario.name: _progress(o) for o in outcomes}
    picture = chart.line_chart("Messages sent", "hours since the window opened", "million", progress)
    DOCUMENT.with_name("bench_progress.svg").write_text(picture, "utf-8")
    DOCUMENT.with_name("bench_limits.svg").write_text(_limits_picture(outcomes[-1]), "utf-8")


def _python() -> str:
    import platform  # noqa: PLC0415 - for this line alone

    return platform.python_version()


def _progress(outcome: simulation.Outcome) -> list[tuple[float, float]]:
    total, points = 0.0, [(0.0, 0.0)]
    for number, per_second in enumerate(outcome.curves["messages sent"]):
        total += per_second * simulation.BUCKET
        points.append(((number + 1) * simulation.BUCKET / 3600, total / 1e6))
        if total >= outcome.sent:
            break
    return points


def _limits_picture(outcome: simulation.Outcome) -> str:
    curves = {
        "senders at work": ("senders at work", "senders at work"),
        "receipt workers": ("receipt workers", "receipt workers"),
        "ledger table, writes/s": ("ledger writes", "ledger table, writes/s"),
        "the run's counters, writes/s of one item": ("counter writes", "the run's counters, one item, writes/s"),
    }
    lines = {}
    for name, (curve, peak) in curves.items():
        limit = outcome.peaks[peak][1]
        lines[name] = [
            (number * simulation.BUCKET / 3600, 100 * value / limit)
            for number, value in enumerate(outcome.curves[curve])
            if number * simulation.BUCKET / 3600 <= outcome.finished_hours + 4
        ]
    title = f"Use of what is limited, {outcome.scenario.name}"
    return chart.line_chart(title, "hours since the window opened", "% of the limit", lines, line_at=100.0)


def _table(outcomes: list[simulation.Outcome]) -> str:
    rows: list[tuple[str, ...]] = [("", *(o.scenario.name for o in outcomes))]
    rows.append(("---", *("---:" for _ in outcomes)))
    rows.append(("pace of the blast lanes, msg/s", *(f"{sum(o.scenario.pace.values()):.0f}" for o in outcomes)))
    rows.append(("planned after", *(f"{o.planned_seconds:.0f} s" for o in outcomes)))
    rows.append(("last message after the window opened", *(f"{o.finished_hours:.1f} h" for o in outcomes)))
    rows.append(("last receipt recorded", *(f"{o.receipts_hours:.1f} h" for o in outcomes)))
    rows.append(("pace lost between batches", *(f"{o.lost_pace:.0%}" for o in outcomes)))
    for name in outcomes[0].peaks:
        rows.append((f"peak: {name}", *(_peak(o, name) for o in outcomes)))
    rows.append(("binds first", *(_binds(o) for o in outcomes)))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def _peak(outcome: simulation.Outcome, name: str) -> str:
    value, limit = outcome.peaks[name]
    return f"{value:,.0f} of {limit:,.0f}"


_PACED = ("messages/s", "senders at work", "distributed map, shards at once")  # full by intention


def _binds(outcome: simulation.Outcome) -> str:
    full = [n for n, (v, limit) in outcome.peaks.items() if v >= limit * 0.999 and n not in _PACED]
    return ", then ".join([*full, "the providers' rates"])
