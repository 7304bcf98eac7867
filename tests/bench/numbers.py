"""Compare our reading of numbers with libphonenumber's answers: `python -m tests.bench.numbers --vectors FILE`.

FILE holds {vectors: [{input, valid, e164, type}]} for region ID. Prints a JSON line: how many answers to a number that
is looked for are the same; how many to a cell of a customer file are, and how many differ because the file's contract
refuses the cell (letters, extensions, other signs) or takes a spreadsheet's ".0" off it; and the inputs that differ
for no such reason.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from caring.customers.importing import fields

_MOBILE = ("MOBILE", "FIXED_LINE_OR_MOBILE")


def of_cell(text: str, answer: str | None, mobile: str | None) -> str:
    """same, refused_by_contract, spreadsheet_number or different."""
    read = fields.any_phone(text)
    if (read[0], fields.mobile_phone(text)[0]) == (answer, mobile):
        return "same"
    if text.endswith(".0") and read == fields.any_phone(text.removesuffix(".0")):
        return "spreadsheet_number"
    signs = any(c.isalpha() or c in "@;:,/#*=" for c in text)
    return "refused_by_contract" if signs and read == (None, "invalid_phone") else "different"


def measure(file: Path) -> dict[str, Any]:
    """The counts, and the inputs that differ."""
    cells: Counter[str] = Counter()
    typed, different = 0, []
    vectors = json.loads(file.read_text("utf-8"))["vectors"]
    for vector in vectors:
        text, answer = vector["input"], vector["e164"] if vector["valid"] else None
        cell = of_cell(text, answer, answer if vector.get("type") in _MOBILE else None)
        same = fields.typed_phone(text)[0] == answer
        typed, cells[cell] = typed + same, cells[cell] + 1
        if cell == "different" or not same:
            different.append(text)
    return {"rows": len(vectors), "looked_for_same": typed, "cells": dict(cells), "different": different}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.numbers", description="Compare the reading of numbers."
    )
    parser.add_argument("--vectors", type=Path, required=True, help="the file with the vectors")
    print(json.dumps(measure(parser.parse_args().vectors), ensure_ascii=False))


if __name__ == "__main__":
    main()
