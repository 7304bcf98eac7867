"""Files that people open in a spreadsheet: UTF-8 CSV in which no cell can act as a formula."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def neutralise(cell: str) -> str:
    """The cell with an apostrophe before it if a spreadsheet would take it for a formula (a phone's + too)."""
    return f"'{cell}" if cell.startswith(_DANGEROUS) else cell


def csv_row(cells: Iterable[Any]) -> str:
    """One row as RFC 4180 text ending in CRLF; None is an empty cell, texts are neutralised, numbers are not."""
    out = io.StringIO()
    csv.writer(out).writerow(["" if c is None else neutralise(c) if isinstance(c, str) else c for c in cells])
    return out.getvalue()


def csv_bytes(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """A whole file: the header, then one line per row."""
    lines = (csv_row(row.get(column) for column in columns) for row in rows)
    return (csv_row(columns) + "".join(lines)).encode()
