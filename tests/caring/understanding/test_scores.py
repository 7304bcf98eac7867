"""Scores as customers type them, and the numbers that are none."""

from __future__ import annotations

import pytest

from caring.understanding import scores


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("9", 9),
        ("9/10", 9),
        ("9 dari 10", 9),
        ("sembilan", 9),
        ("sembilaaan", 9),
        ("salapan", 9),
        ("nine", 9),
        ("nilai 9 deh", 9),
        ("kasih 8 ya min", 8),
        ("10", 10),
        ("10!!", 10),
        ("nol", 0),
        ("0", 0),
        ("9️⃣", 9),
        ("🔟", 10),
        ("*9*", 9),
        ('"9"', 9),
        ("eh 9 deh", 9),
        ("maaf salah, maksudnya 9", 9),
        ("skala 1 sampai 10: 8", 8),
        ("dari 1-10 saya kasih 7", 7),
        ("9 👍", 9),
        ("nilai9", 9),
    ],
)
def test_a_score_alone(text: str, score: int) -> None:
    found = scores.find(text)
    assert found is not None
    assert (found.score, found.comment) == (score, "")


@pytest.mark.parametrize(
    ("text", "score", "comment"),
    [
        ("9 mantap pelayanan bagus", 9, "mantap pelayanan bagus"),
        ("Pelayanan OKE, 8", 8, "Pelayanan OKE"),
        ("3/10 kecewa", 3, "kecewa"),
        ("9, teknisinya ramah", 9, "teknisinya ramah"),
        ("7\nhari ini lancar", 7, "hari ini lancar"),
        ("nilai 6 soalnya lemot 2 hari", 6, "nilai soalnya lemot 2 hari"),
    ],
)
def test_a_score_with_a_comment(text: str, score: int, comment: str) -> None:
    found = scores.find(text)
    assert found is not None
    assert (found.score, found.comment) == (score, comment)


@pytest.mark.parametrize(
    "text",
    [
        "9.000",
        "tagihan saya 9.000",
        "rp 9",
        "9rb",
        "9 ribu",
        "081234567890",
        "+62 812 3456 7890",
        "122334455667",
        "nomor pelanggan 1 2 2 3",
        "9/10/2026",
        "tgl 9",
        "sejak tanggal 9/10 mati",
        "jam 9",
        "jam 9 pagi",
        "pukul 9.30",
        "2 hari",
        "sudah 2 hari mati",
        "teknisi 2 kali datang",
        "8 atau 9",
        "8-9",
        "9 9",
        "11",
        "100",
        "10%",
        "9,5",
        "-5",
        "+9",
        "lantai 2",
        "no 5",
        "5 bintang",
        "24/7",
        "satu lagi keluhan saya soal tagihan",
        "saya pakai im3",
        "fitur2 bagus",
        "gak bisa2",
        "02 / 10 / 2024",
        "yang saya nilai: 1. lambat 2. mahal",
        "halo",
        "",
    ],
)
def test_a_number_that_is_no_score(text: str) -> None:
    assert scores.find(text) is None
