"""The classifier: what it proposes, how it explains itself, and that it is small."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from caring.understanding import categories


@pytest.mark.parametrize(
    ("text", "name", "technical"),
    [
        ("internet mati total dari semalam", "fault", True),
        ("wifi lemot bgt min", "fault", True),
        ("internet abdi pareum", "fault", True),
        ("tagihan saya naik dua kali lipat", "billing", False),
        ("mau tambah channel film", "request", False),
        ("saya mau berhenti langganan saja", "cancellation", False),
        ("lapor dari kemarin tidak ada respon", "service", False),
        ("terima kasih teknisinya ramah, mantap", "praise", False),
        ("poin saya ada berapa?", "information", False),
    ],
)
def test_a_complaint_is_sorted(text: str, name: str, technical: bool) -> None:
    found = categories.classify(text)
    assert (found.name, found.technical) == (name, technical)
    assert 0 < found.confidence <= 1


def test_the_reason_names_words_that_the_customer_wrote() -> None:
    found = categories.classify("tagihan kok naik")
    assert "tagihan" in found.words
    assert "“tagihan”" in found.reason
    assert "billing (tagihan)" in found.reason


def test_a_text_without_a_known_word_is_other_and_says_so() -> None:
    found = categories.classify("xqzt wvkp")
    assert found.words == ()
    assert "no telling word" in found.reason


def test_the_weights_hold_single_words_and_matters_only() -> None:
    file = Path(categories.__file__).with_name("categories.json")
    model = orjson.loads(file.read_bytes())
    assert model["names"] == list(categories.CATEGORIES)
    assert file.stat().st_size < 200_000
    assert all(" " not in feature and "@" not in feature for feature in model["weights"])
    assert not any(
        any(map(str.isdigit, feature)) and feature != "0" and len(feature) > 3 for feature in model["weights"]
    )
