"""Words as people type them, and the words that the tables make of them."""

from __future__ import annotations

import pytest

from caring.understanding import normalise


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Gk bsaaa byr", "tidak bisa bayar"),
        ("LEMOTTTTT bangettt", "lambat banget"),
        ("udh byr kmrn", "sudah bayar kemarin"),
        ("ilang2 sinyalnya", "hilang sinyal"),
        ("putus-putus", "putus"),
        ("jrngn gnggn", "jaringan gangguan"),
        ("abdi tos mayar kamari", "saya sudah bayar kemarin"),
        ("terima kasih ya", "terima-kasih ya"),
        ("hatur nuhun", "terima-kasih"),
        ("lihat https://example.id/x @caring #promo", "lihat"),
        ("９／１０", "9 10"),
        ("maaf saat tanggal", "maaf saat tanggal"),
        ("tagihannya", "tagihan"),
        ("👍", "oke"),
        ("s\u200bt\u200bo\u200bp", "berhenti"),
        ("", ""),
    ],
)
def test_a_word_is_spelt_as_the_table_spells_it(typed: str, words: str) -> None:
    assert " ".join(normalise.words(typed)) == words


@pytest.mark.parametrize(("typed", "number"), [("9", 9), ("sembilan", 9), ("salapan", 9), ("nine", 9), ("nol", 0)])
def test_a_number_is_read_in_figures_and_in_three_languages(typed: str, number: int) -> None:
    assert normalise.number(typed) == number


def test_a_word_that_is_no_number_is_none() -> None:
    assert normalise.number("sembako") is None
    assert normalise.number("²") is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("internet saya mati dari kemarin", "id"),
        ("internet abdi pareum ti kamari, teu acan hurung", "su"),
        ("my internet is still not working", "en"),
        ("9", "id"),
    ],
)
def test_the_language_is_that_of_the_telling_words(text: str, language: str) -> None:
    assert normalise.language(text) == language
