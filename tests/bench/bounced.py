"""Measure the reading of bounces: `python -m tests.bench.bounced --mails FOLDER` prints JSON lines.

FOLDER holds `flufl` and `sisimai` (mails and expected.json of those projects). Agreement: the addresses found (flufl),
hard or soft (sisimai; their `hardbounce`), temporary not hard (flufl), feedback and vacation no bounces.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import orjson

from caring.understanding import bounces

NOT_BOUNCED = {"feedback": "feedback", "vacation": "auto_reply", "delivered": "delivered"}


def flufl(folder: Path) -> dict[str, Any]:
    """Agreement with flufl.bounce's answers."""
    expected = json.loads((folder / "expected.json").read_text())
    addresses = temporary = 0
    wrong = []
    for name, want in expected.items():
        report = bounces.read((folder / name).read_bytes())
        found = {one.address.lower() for one in report.bounces if one.address}
        same = found == {one.lower() for one in want["addresses"]}
        addresses += same
        temporary += not (want["temporary"] and any(one.hard for one in report.bounces))
        if not same:
            wrong.append(name)
    return {
        "what": "flufl",
        "mails": len(expected),
        "addresses": addresses,
        "temporary_not_hard": temporary,
        "wrong": wrong,
    }


def sisimai(folder: Path) -> dict[str, Any]:
    """Agreement with sisimai's answers."""
    expected = json.loads((folder / "expected.json").read_text())
    hard = kinds = told = told_right = 0
    wrong = []
    for name, want in expected.items():
        report = bounces.read((folder / f"{name}.eml").read_bytes())
        quiet = NOT_BOUNCED.get(want[0]["reason"])
        if quiet:
            told += 1
            told_right += report.kind == quiet
        kinds += report.kind == (quiet or "bounce")
        same = any(one["hardbounce"] for one in want) == any(one.hard for one in report.bounces)
        hard += same
        if not same:
            wrong.append(f"{name}: {want[0]['reason']} read as {[one.reason for one in report.bounces]}")
    return {
        "what": "sisimai",
        "mails": len(expected),
        "hard_or_soft": hard,
        "kind": kinds,
        "no_bounces": told,
        "no_bounces_told": told_right,
        "wrong": wrong,
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.bounced", description="Measure the reading of bounces."
    )
    parser.add_argument("--mails", type=Path, required=True, help="the folder with flufl and sisimai")
    folder = parser.parse_args().mails
    for figures in (flufl(folder / "flufl"), sisimai(folder / "sisimai")):
        print(orjson.dumps(figures).decode())


if __name__ == "__main__":
    main()
