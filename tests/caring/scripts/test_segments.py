"""How many SMS a text takes, on the vectors of four libraries, and how near to GSM-7 a name can be brought."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caring.scripts import segments

VECTORS = json.loads((Path(__file__).parents[2] / "events" / "sms" / "segments.json").read_text("utf-8"))


@pytest.mark.parametrize("vector", VECTORS, ids=[f"{v['source']}: {v['description']}" for v in VECTORS])
def test_a_text_takes_the_segments_that_other_libraries_count(vector: dict[str, Any]) -> None:
    counted = segments.count(vector["text"])
    assert (counted.encoding, counted.segments) == (vector["encoding"], vector["segments"])
    if "units" in vector:
        assert counted.units == vector["units"]


def test_there_are_the_vectors_that_the_test_speaks_of() -> None:
    assert len(VECTORS) == 41


def test_a_pair_of_the_extension_table_is_never_cut() -> None:
    assert segments.count("a" * 152 + "€" + "a" * 152).segments == 3


def test_the_characters_that_cost_dear_are_named_once_each() -> None:
    assert segments.foreign("Tagihan – “lunas” – 😀") == ["–", "“", "”", "😀"]


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Siti Nurhaliza", "Siti Nurhaliza"),
        ("D’Angelo – “Budi”", 'D\'Angelo - "Budi"'),
        ("Agnès Müller", "Agnès Müller"),
        ("Çelik Ştefan", "Çelik Stefan"),
        ("Budi 😀", "Budi"),
        ("😀", "😀"),
        ("Siti\u00a0Aminah", "Siti Aminah"),
        ("李小龍", "李小龍"),
    ],
)
def test_a_name_is_brought_as_near_to_gsm7_as_is_honest(name: str, folded: str) -> None:
    assert segments.fold(name) == folded


@given(st.text(max_size=400))
def test_a_text_never_takes_less_than_its_units_need(text: str) -> None:
    counted = segments.count(text)
    most = 160 if counted.encoding == "GSM-7" else 70
    assert (counted.segments == 1) == (counted.units <= most)
    assert counted.segments <= counted.units // (most // 2) + 1


@given(st.text(max_size=100))
def test_folding_never_makes_a_text_dearer(text: str) -> None:
    assert segments.count(segments.fold(text)).segments <= segments.count(text).segments + (text.count("…") > 0)
