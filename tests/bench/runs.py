"""The runs that are measured: every channel at every size, small ones several times, the middle one of each kept."""

from __future__ import annotations

import hashlib
import hmac
import json
import statistics
import time
from collections.abc import Sequence

from tests.bench.cloud import CannedCloud
from tests.bench.drive import Driver, Result, deployed
from tests.bench.figures import cpu_ms, show_cpu
from tests.bench.measures import Sheet

WARM_UP = 500
REPEATED_BELOW = 10_000  # customers: above, one run is long enough to even out what else the machine does
REPEATS = 3
RECEIPT_MESSAGES = 1_000  # of each run: a receipt costs the same however many came before it


def run_all(cloud: CannedCloud, sheet: Sheet, channels: Sequence[str], sizes: Sequence[int]) -> dict[str, list[Result]]:
    """The runs by channel, small to large; the machine's speed before and after, for comparison with another day's."""
    sheet.add("this machine: a fixed piece of Python", _reference(), "CPU ms")
    results: dict[str, list[Result]] = {channel: [] for channel in channels}
    for channel in channels:
        _run(cloud, channel, WARM_UP)
        for size in sorted(sizes):
            repeats = [_run(cloud, channel, size) for _ in range(REPEATS if size < REPEATED_BELOW else 1)]
            repeats.sort(key=lambda run: cpu_ms(run, "plan_audience", "send_messages"))
            results[channel].append(repeats[len(repeats) // 2])
            show_cpu(sheet, results[channel][-1])
    sheet.add("this machine: the same piece afterwards", _reference(), "CPU ms")
    return results


def _run(cloud: CannedCloud, channel: str, customers: int) -> Result:
    with deployed(cloud, channel, customers):
        return Driver(cloud, channel, customers, RECEIPT_MESSAGES).run()


def _reference() -> float:
    """Some JSON, some signatures, some objects: the kind of work that sending is, and never changed."""

    def piece() -> None:
        for number in range(200):
            text = json.dumps({"items": [{"id": {"S": f"131{number:09d}"}, "n": {"N": str(i)}} for i in range(20)]})
            hmac.digest(b"key", text.encode(), hashlib.sha256)
            json.loads(text)

    times = []
    for _ in range(9):
        begun = time.process_time()
        piece()
        times.append(time.process_time() - begun)
    return statistics.median(times) * 1000
