"""DynamoDB's typed attributes."""

from __future__ import annotations

import pytest

from caring.typed import plain_item, typed, typed_item


def test_what_is_written_reads_back() -> None:
    values = {"s": "x", "n": 3, "m": {"f": 1.5, "b": True}, "l": [1, "a", None], "neg": -7}
    assert plain_item(typed_item(values)) == values


def test_nothing_is_left_out_of_an_item_but_kept_inside_one() -> None:
    assert typed_item({"a": None, "b": False}) == {"b": {"BOOL": False}}


def test_sets_read_as_sorted_lists() -> None:
    assert plain_item({"set": {"SS": ["b", "a"]}}) == {"set": ["a", "b"]}


def test_other_types_are_refused() -> None:
    with pytest.raises(TypeError):
        typed(object())
