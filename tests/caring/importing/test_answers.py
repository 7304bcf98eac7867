"""The customer files that ship with their exact answers."""

import json
from pathlib import Path
from typing import Any

import pytest

from caring.customers.importing.file import Refused, Table
from caring.customers.importing.rows import Claims, read_row

FILES = Path(__file__).parents[2] / "events" / "customers" / "dirty"
ANSWERS: dict[str, Any] = json.loads((FILES / "answers.json").read_text("utf-8"))
EXPORTED_AS_TEXT = ("name", "email", "address", "village", "district", "witel", "product")


def answer(data: bytes) -> dict[str, Any]:
    try:
        table = Table(data)
    except Refused as refusal:
        return {"refused": refusal.answer(), "rows": []}
    claims = Claims()
    rows: list[dict[str, Any]] = []
    for number, no_row, texts in table:
        cells = dict(zip(table.columns, texts, strict=no_row is None))
        reason = no_row or claims.rejection(cells["customer_id"], cells["name"])
        if reason:
            rows.append({"row": number, "result": "rejected", "reason": reason})
            continue
        values, issues = read_row(cells)
        formulas = [field for field in EXPORTED_AS_TEXT if str(values[field] or "").startswith(tuple("=+-@\t\r"))]
        rows.append(
            {
                "row": number,
                "result": "accepted",
                "issues": [list(issue) for issue in issues],
                "values": values,
                "neutralise": formulas,
            }
        )
    return {"refused": None, "rows": rows}


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_a_file_gives_exactly_its_answers(name: str) -> None:
    got = answer((FILES / name).read_bytes())
    assert got["refused"] == ANSWERS[name]["refused"]
    for mine, wanted in zip(got["rows"], ANSWERS[name]["rows"], strict=True):
        assert mine == wanted


def test_every_file_has_answers() -> None:
    assert {path.name for path in FILES.glob("*.csv")} == set(ANSWERS)
