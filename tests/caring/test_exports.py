"""Files that people open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from caring.exports import csv_bytes, neutralise


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(start: str) -> None:
    assert neutralise(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("cell", ["", "1=1", "'=1", " =1", "Siti", "\n=1", "NULL"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert neutralise(cell) == cell


def test_a_file_reads_back_as_it_was_written() -> None:
    rows: list[dict[str, Any]] = [{"name": '=1+1, "x"\n', "n": -5, "none": None, "more": "x"}, {"name": "Żółć 😀"}]
    written = csv_bytes(("name", "n", "none"), rows)
    assert written.startswith(b"name,n,none\r\n")
    read = list(csv.DictReader(io.StringIO(written.decode("utf-8"), newline="")))
    assert read[0] == {"name": '\'=1+1, "x"\n', "n": "-5", "none": ""}
    assert read[1]["name"] == "Żółć 😀"
