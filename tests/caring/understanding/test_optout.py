"""Opt-out and opt-in: the whole message, never a word among others."""

from __future__ import annotations

import pytest

from caring.understanding import optout


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "stop.",
        "*STOP*",
        "Stop ya min",
        "S T O P",
        "berhenti",
        "STOP promo",
        "unsubscribe",
        "UNREG",
        "tolong jangan kirim pesan lagi ya",
        "jgn kirim wa lagi",
        "hapus nomor saya",
        "eureun",
        "punten ulah ngirim deui",
        "please don't text me",
    ],
)
def test_a_message_that_is_an_opt_out_word(text: str) -> None:
    choice = optout.choice(text)
    assert choice is not None
    assert choice[0] == "opt_out"


@pytest.mark.parametrize("text", ["MULAI", "start", "ya kirim lagi", "mimitian deui", "opt in", "subscribe"])
def test_a_message_that_is_an_opt_in_word(text: str) -> None:
    choice = optout.choice(text)
    assert choice is not None
    assert choice[0] == "opt_in"


@pytest.mark.parametrize(
    "text",
    [
        "tolong STOP gangguan ini",
        "internet stop terus tiap sore",
        "saya mau berhenti langganan",
        "berhenti berlangganan",
        "kapan mulai normal",
        "jangan kirim teknisi hari ini",
        "tidak",
        "batal",
        "",
        "9",
    ],
)
def test_a_word_among_others_is_no_choice(text: str) -> None:
    assert optout.choice(text) is None


def test_leaving_a_list_is_meant_in_a_mail_and_leaving_us_elsewhere() -> None:
    assert optout.choice("Berhenti berlangganan", "email") == ("opt_out", "berhenti langganan")
    assert optout.choice("Berhenti berlangganan", "whatsapp") is None
