"""Whatever is written: nothing crashes, and everything has a reason."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caring.understanding import bounces, incoming, mail, themes
from caring.understanding.understand import understand
from tests.caring.understanding.speaking import asked, says

KINDS = ("text", "button", "list", "flow", "reaction", "media", "location", "edited", "deleted", "email", "unheard of")
MEANINGS = {"opt_out", "opt_in", "score", "answer", "paid", "complaint", "rsvp", "redeem", "person"}
# Made up here after what breaks programs: directions, widths, marks without letters, markup, numbers beyond numbers.
NASTY = [
    "",
    " \t\r\n",
    "\x00\x01\x7f",
    "\u200b\u200f\u202e\ufeff",
    "\u0301" * 300,
    "a" + "\u0336" * 500,
    "٩",
    "९/१०",
    "⑨",
    "Ⅸ",
    "9" * 5000,
    "-0",
    "1e9",
    "NaN",
    "null",
    "½",
    "²",
    "\ud800",
    "👨‍👩‍👧‍👦" * 50,
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "<script>alert(1)</script>",
    "'; DROP TABLE customers; --",
    "{{7*7}} ${7*7} %s %n {0}",
    "../../etc/passwd",
    "=1+1",
    "{" * 3000,
    '{"flow_token": {"a": [1, 2, {}]}, "x": null}',
    "[]",
    "ＳＴＯＰ",
    "S\u0301TOP",
    "ßẞıİ",
    "الإنترنت لا يعمل",
    "网络断了",
    "ᮃᮘ᮪ᮓᮤ",
    "nilai " * 2000 + "9",
    "9 " * 3000,
    "a@b.c " * 2000,
    "tidak " * 3000,
    "On " * 4000,
    ("> " * 400 + "\n") * 20,
    "-" * 9000,
    "Pada 1 " * 1000 + "menulis:",
]
QUESTIONS = [asked("closure", 3), asked("survey", 2), asked("rsvp", 1)]


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("kind", ["text", "flow", "email"])
def test_no_nasty_text_crashes_or_takes_long(text: str, kind: str) -> None:
    before = time.process_time()
    found = understand(says(text, kind), QUESTIONS)
    assert found.as_ in MEANINGS
    assert found.reason
    mail.reply_of(text)
    themes.of(text)
    assert time.process_time() - before < 2


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=400), kind=st.sampled_from(KINDS), open_questions=st.sets(st.sampled_from([0, 1, 2])))
def test_any_text_has_a_meaning_and_a_reason(text: str, kind: str, open_questions: set[int]) -> None:
    found = understand(says(text, kind), [QUESTIONS[place] for place in open_questions])
    assert found.as_ in MEANINGS
    assert found.reason
    assert (found.score is None) == (found.as_ != "score")
    assert found.score is None or 0 <= found.score <= 10
    assert (found.answer is None) == (found.as_ not in ("answer", "rsvp", "redeem"))


WORDS = [
    "tidak",
    "sudah",
    "9",
    "bayar",
    "stop",
    "masih",
    "ya",
    "gangguan",
    "10",
    "/",
    ",",
    "\n",
    ">",
    "jam",
    "👍",
    "a@b.id:",
]


@settings(max_examples=150, deadline=None)
@given(parts=st.lists(st.sampled_from(WORDS), max_size=12))
def test_any_order_of_telling_words_has_a_meaning(parts: list[str]) -> None:
    assert understand(says(" ".join(parts)), QUESTIONS).reason
    mail.own_words(" ".join(parts))


@settings(max_examples=100, deadline=None)
@given(raw=st.binary(max_size=600), subject=st.sampled_from([b"Undelivered Mail", b"Re: status", b""]))
def test_any_bytes_are_read_as_some_mail(raw: bytes, subject: bytes) -> None:
    for whole in (raw, b"Subject: " + subject + b"\nFrom: MAILER-DAEMON@x.id\n\n" + raw):
        assert incoming.read(whole).kind
        assert bounces.read(whole).kind
