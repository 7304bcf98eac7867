"""Yes and no to the three questions, and the messages that are neither."""

from __future__ import annotations

import pytest

from caring.understanding import answers

CLOSED = """
ya | y | iya | sudah | udh | oke | 👍 | sip | ya sudah normal | udah oke makasih |
sudah normal kembali terima kasih | sdh normal ya pak, trmksh | sudah beres | solved, thanks |
sudah tidak gangguan lagi | sudah ga lemot | udah ga mati lagi | ga ada masalah lagi | tidak ada kendala |
gangguannya sudah selesai | sudah lancar jaya | alhamdulillah lancar | atos normal | muhun atos lancar |
yes it is working now | udah nyala | sudah diperbaiki | yes | Yes, thank you | it's fixed | no more problems |
No problem anymore | no issues | it works again | all good now | problem solved
"""
NOT_CLOSED = """
tidak | no | ga | belum | blm | acan | teu acan | henteu | ya belum | tidak, masih gangguan | iya masih gangguan |
masih mati | belum bisa | blm bs kak | blm jg normal | internet masih lemot | sudah bisa tapi masih lemot |
masih sama | sama saja | lampu merah masih nyala | belum beres | belum ada teknisi yang datang |
sampai sekarang belum normal | wifi mati lagi | not yet | still not working | sudah bayar tapi masih mati |
No. | no, still broken | still broken | No, it's still down | no not yet | no it isn't | not fixed | still the same |
still no internet | still having issues | yes but still slow | it keeps disconnecting | it is worse
"""
UNCLEAR = """
sudah normal tapi kadang putus | tidak, sudah normal | lumayan | mungkin | nanti saya cek dulu | kapan selesai? |
sudah selesai? | sudah bayar | tagihan saya kok naik | ya tolong cek tagihan saya juga yang bulan lalu |
terima kasih | 9 | halo | asdf
"""


def _all(texts: str) -> list[str]:
    return [text.strip() for text in texts.split("|")]


@pytest.mark.parametrize("text", _all(CLOSED))
def test_the_customer_says_that_it_is_over(text: str) -> None:
    answer = answers.yes_no(text, "closure")
    assert answer is not None
    assert answer.value == "yes"


@pytest.mark.parametrize("text", _all(NOT_CLOSED))
def test_the_customer_says_that_it_is_not_over(text: str) -> None:
    answer = answers.yes_no(text, "closure")
    assert answer is not None
    assert answer.value == "no"


@pytest.mark.parametrize("text", _all(UNCLEAR))
def test_what_can_be_read_both_ways_is_no_answer(text: str) -> None:
    assert answers.yes_no(text, "closure") is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ya", "yes"),
        ("hadir", "yes"),
        ("ikut 2 orang", "yes"),
        ("insyaallah hadir", "yes"),
        ("yes I will come", "yes"),
        ("maaf tidak bisa hadir", "no"),
        ("ga bisa dateng", "no"),
        ("berhalangan", "no"),
        ("moal tiasa sumping", "no"),
        ("mungkin", None),
        ("belum tahu", None),
        ("jam berapa?", None),
    ],
)
def test_an_invitation_is_answered(text: str, value: str | None) -> None:
    answer = answers.yes_no(text, "rsvp")
    assert (answer and answer.value) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ya tukarkan", "yes"),
        ("mau", "yes"),
        ("hoyong", "yes"),
        ("ga mau", "no"),
        ("batal", "no"),
        ("nanti saja", None),
    ],
)
def test_redeeming_points_is_answered(text: str, value: str | None) -> None:
    answer = answers.yes_no(text, "redemption")
    assert (answer and answer.value) == value
