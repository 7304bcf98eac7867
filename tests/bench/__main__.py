"""`make bench`, `make bench ARGS="--quick"`, `make bench ARGS="--profile sms"`; or `python -m tests.bench --help`."""

from __future__ import annotations

import argparse
import sys

from tests.bench import figures, imports, profiling, report, runs
from tests.bench.cloud import CannedCloud
from tests.bench.measures import Sheet

SIZES = (3_000, 30_000, 300_000)
CHANNELS = ("whatsapp", "sms", "email")


def main() -> int:
    """Measure; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure plan, send, receipts, imports; simulate.")
    parser.add_argument("--quick", action="store_true", help="small runs only; the document is left as it is")
    parser.add_argument("--channels", nargs="+", default=CHANNELS, choices=(*CHANNELS, "voice"))
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES, help="customers of each run")
    parser.add_argument("--only", choices=("runs", "imports", "simulation"), help="a part alone")
    parser.add_argument("--profile", nargs="?", const="email", metavar="CHANNEL", help="where sending spends its time")
    given = parser.parse_args()
    with CannedCloud() as cloud:
        if given.profile:
            print(profiling.show(cloud, given.profile, 3_000))
            return 0
        return _measure(cloud, given)


def _measure(cloud: CannedCloud, given: argparse.Namespace) -> int:
    sheet = Sheet()
    sizes = [size for size in given.sizes if size < 100_000] if given.quick else given.sizes
    if given.only in (None, "imports"):
        imports.take(sheet, cloud)
    if given.only in (None, "runs"):
        results = runs.run_all(cloud, sheet, given.channels, sizes)
        figures.take(sheet, results)
        report.keep(results)
    outcomes = report.simulate(sheet) if given.only in (None, "simulation") else []
    if given.only is None and not given.quick:
        report.write(sheet.measures, outcomes)
    sheet.show()
    return 1 if any(measure.met is False for measure in sheet.measures) else 0


if __name__ == "__main__":
    sys.exit(main())
