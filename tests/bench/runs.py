"""The runs that are measured: every channel at every size, small ones several times, the middle one of each kept."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from tests.bench.cloud import CannedCloud
from tests.bench.drive import Driver, Result, deployed
from tests.bench.figures import cpu_ms, show_cpu, show_steadied
from tests.bench.measures import Sheet

WARM_UP = 500
REPEATED_BELOW = 10_000  # customers: above, one run is long enough to even out what else the machine does
REPEATS = 3
RECEIPT_MESSAGES = 1_000  # of each run: a receipt costs the same however many came before it


def run_all(cloud: CannedCloud, sheet: Sheet, channels: Sequence[str], sizes: Sequence[int]) -> dict[str, list[Result]]:
    """The runs by channel, small to large, and how fast the machine was meanwhile."""
    results: dict[str, list[Result]] = {channel: [] for channel in channels}
    for channel in channels:
        _run(cloud, channel, WARM_UP)
        for size in sorted(sizes):
            repeats = [_run(cloud, channel, size) for _ in range(REPEATS if size < REPEATED_BELOW else 1)]
            repeats.sort(key=lambda run: cpu_ms(run, "plan_audience", "send_messages"))
            results[channel].append(repeats[len(repeats) // 2])
            show_cpu(sheet, results[channel][-1])
    speeds = [speed for made in results.values() for run in made for speed in run.speeds]
    sheet.add("a fixed piece of Python, at its fastest", min(speeds), "CPU ms")
    sheet.add("a fixed piece of Python, mostly", statistics.median(speeds), "CPU ms")
    for made in results.values():
        for run in made:
            show_steadied(sheet, run, min(speeds))
    return results


def _run(cloud: CannedCloud, channel: str, customers: int) -> Result:
    with deployed(cloud, channel, customers):
        return Driver(cloud, channel, customers, RECEIPT_MESSAGES).run()
