"""Whoever has the number says that he is not the customer."""

from __future__ import annotations

import pytest

from caring.understanding import strangers, told
from caring.understanding.understand import understand
from tests.caring.replies.conftest import says


@pytest.mark.parametrize(
    "text",
    [
        *("Maaf salah sambung", "salah nomer pak", "slh nomor kak 🙏", "wrong number", "Maaf, anda salah orang"),
        *("ini bukan nomor pak Budi", "bukan nomornya bu Siti lagi ya", "maaf saya bukan pelanggan indihome"),
        *("Punten, lepat nomer", "saya bukan pemiliknya", "sorry wrong person"),
    ],
)
def test_it_is_heard(text: str) -> None:
    found = understand(says(text), [])
    assert (found.as_, found.stranger) == ("person", True)
    assert told.read(told.tell(found)) == found


@pytest.mark.parametrize(
    "text",
    [
        *("saya salah transfer nomor rekening", "nomor tagihan saya salah", "salah nomor va nya", "salah bayar"),
        *("tidak salah nomor kok", "apakah ini salah nomor?", "itu bukan nomor saya", "saya bukan pelanggan lagi"),
        *("teknisi salah alamat, tidak sampai ke rumah saya", "ini bukan masalah saya", "salah", "bukan", ""),
    ],
)
def test_it_is_not_heard_in_what_customers_say(text: str) -> None:
    assert strangers.said(text) is None
