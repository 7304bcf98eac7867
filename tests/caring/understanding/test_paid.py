"""Who says that he has paid, and who only speaks of paying."""

from __future__ import annotations

import pytest

from caring.understanding import paid


@pytest.mark.parametrize(
    "text",
    [
        "sudah bayar",
        "udh byr kmrn",
        "td pagi sdh transfer",
        "sudah bayar tapi internet mati",
        "udah lunas min",
        "sudah saya bayar lewat bca",
        "abdi tos mayar",
        "tos dibayar kamari",
        "barusan bayar di indomaret",
        "kmrn udh tf",
        "bayar kemarin",
        "ini bukti transfernya",
        "i already paid",
    ],
)
def test_it_is_said_to_be_paid(text: str) -> None:
    assert paid.said(text)


@pytest.mark.parametrize(
    "text",
    [
        "belum bayar",
        "mau bayar",
        "blm sempat bayar kemarin",
        "belum lunas",
        "sudah mau bayar tapi gagal",
        "saya sudah coba bayar ga bisa",
        "sudah tidak bisa bayar",
        "apakah sudah dibayar?",
        "sudah bayar belum?",
        "udah bayar mahal tapi lemot",
        "cara bayar gimana",
        "",
    ],
)
def test_it_is_not_said_to_be_paid(text: str) -> None:
    assert paid.said(text) is None
