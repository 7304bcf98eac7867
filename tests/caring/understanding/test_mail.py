"""What somebody wrote in a mail, and what his program added to it. All mails here are made up."""

from __future__ import annotations

import pytest

from caring.understanding import mail

REPLIES = {
    "Gmail in Indonesian": (
        "9, terima kasih\n\nPada Sel, 24 Nov 2026 pukul 11.02 IndiHome Care <care@example.id> menulis:\n\n"
        "> Seberapa puas?\n"
        "> Balas 0 sampai 10"
    ),
    "Gmail in Indonesian, its heading folded": (
        "9, terima kasih\n\n"
        "Pada tanggal Sel, 24 Nov 2026 pukul 11.02 IndiHome Care dari Witel Bandung <\ncare@example.id>"
        " menulis:\n\n> Seberapa puas?"
    ),
    "Sundanese": "9, terima kasih\n\nDina Sal, 24 Nop 2026 11.02, Care <care@example.id> nyerat:\n> Sabaraha?",
    "English": "9, terima kasih\n\nOn Tue, 24 Nov 2026 at 11:02, Care <care@example.id> wrote:\n> How likely?",
    "Outlook in Indonesian": (
        "9, terima kasih\n\nDari: IndiHome Care <care@example.id>\nDikirim: Selasa, 24 November 2026 11.02\n"
        "Kepada: Budi <budi@example.id>\nSubjek: Seberapa puas?\n\nSeberapa puas Anda?"
    ),
    "Outlook in English": (
        "9, terima kasih\n\n________________________________\n"
        "From: Care <care@example.id>\nSent: Tuesday, November 24, 2026\n"
        "To: Budi\nSubject: Survey\n\nHow likely?"
    ),
    "an original message": "9, terima kasih\n\n-----Pesan Asli-----\nDari: Care\nSeberapa puas?",
    "a telephone's signature": "9, terima kasih\n\nDikirim dari iPhone saya",
    "a program's signature": "9, terima kasih\n\nDikirim dari Yahoo Mail untuk Android\n",
    "an English signature": "9, terima kasih\nSent from my Galaxy",
    "a signature": "9, terima kasih\n-- \nBudi Santoso\nBandung",
    "windows lines": (
        "9, terima kasih\r\n\r\nPada Sel, 24 Nov 2026 11.02 Care <c@example.id> menulis:\r\n> Seberapa puas?\r\n"
    ),
    "a heading with a date alone": (
        "9, terima kasih\n\n2026-11-24 11:02 GMT+07:00 Care <\ncare@example.id>:\n\n> Seberapa puas?"
    ),
    "German": "9, terima kasih\n\nAm 24.11.2026 11:02 schrieb Care <care@example.id>:\n> Wie?",
    "the answer below": "On Tue, 24 Nov 2026 at 11:02, Care <care@example.id> wrote:\n> How likely?\n\n9, terima kasih",
}


@pytest.mark.parametrize("program", REPLIES)
def test_only_what_is_new_is_kept(program: str) -> None:
    assert mail.reply_of(REPLIES[program]) == "9, terima kasih"


def test_an_answer_between_the_lines_keeps_what_it_answers() -> None:
    text = "Halo\nPada Sel, 24 Nov 2026 11.02 Care <c@example.id> menulis:\n> Sudah normal?\n\nBelum\n"
    assert mail.reply_of(text) == "Halo\n> Sudah normal?\n\nBelum"
    assert mail.own_words(text) == "Halo\n\nBelum"


@pytest.mark.parametrize(
    "text",
    [
        "Pada hari Senin teknisi datang dan menulis: lapor\nmasih mati",
        "Formatting and\n\nspaces\n\n- A\n- B\n\n    - Item #1",
        "Dari: kantor saya di Bandung jaringan mati",
        "Halo,\n\nHormat saya,\nBudi",
        "This is not a ---------- delimiter.",
    ],
)
def test_a_mail_that_quotes_nothing_stays_as_it_is(text: str) -> None:
    assert mail.reply_of(text) == text


def test_a_mail_that_only_quotes_says_nothing() -> None:
    assert mail.own_words("> Sudah normal?") == ""
    assert mail.reply_of("On Tue, 24 Nov 2026, Care <c@example.id> wrote:\n> x\n") == ""
