"""Indonesian as people type it, made into words that rules can compare: case, repeated letters, slang, emoji.

The tables stand in words.toml. Nothing here keeps or logs a text.
"""

import re
import tomllib
import unicodedata
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

LONGEST = 4000  # characters that are read; nobody's meaning begins after them

_ADDRESSES = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\S+|[@#]\w+")
_INVISIBLE = re.compile(r"[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_REPEATED = re.compile(r"([^\W\d])\1{2,}")
_DOUBLE_END = re.compile(r"([^\W\d])\1$")
_TWICE = re.compile(r"(?<=[^\W\d])(?:2|\"|²)(?=\s|$|[^\w])|(?<=[^\W\d])[\"²](?=an\b|nya\b)")
_THANKS = re.compile(r"\bterima\s*kasih|\bhatur\s*nuhun")
_VOWELS = str.maketrans("", "", "aiueo")
_POSSESSIVE = ("nya", "ny", "lah", "kah", "pun", "na")


class Tables(NamedTuple):
    """words.toml, turned round for looking up: what is typed → the usual word."""

    slang: dict[str, str]
    numbers: dict[str, int]
    emoji: dict[str, str]
    vowelless: dict[str, str]
    known: frozenset[str]
    languages: dict[str, frozenset[str]]


@lru_cache(maxsize=1)
def tables() -> Tables:
    """The word tables."""
    data = tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))
    slang = {typed: usual for usual, ways in data["slang"].items() for typed in ways.split()}
    known = frozenset(word for usual in data["slang"] for word in usual.split()) | frozenset(data["numbers"])
    vowelless: dict[str, str] = {}
    for word in data["vowelless"]["words"].split():
        vowelless.setdefault(word.translate(_VOWELS), word)
    languages = {name: frozenset(words.split()) for name, words in data["languages"].items()}
    core = frozenset(data["vowelless"]["words"].split())
    return Tables(slang, data["numbers"], data["emoji"], vowelless, known | core, languages)


def clean(text: str) -> str:
    """A text in small letters and one width, without invisible characters, addresses and what follows LONGEST."""
    shown = unicodedata.normalize("NFKC", text[:LONGEST].replace("🔟", " 10 "))
    shown = _INVISIBLE.sub("", shown).replace("\u20e3", "")
    return unicodedata.normalize("NFC", shown.casefold())


def words(text: str) -> list[str]:
    """The words of a text as the tables spell them; numbers stay digits, emoji become words, addresses go.

    "Gk bsaaa byr" → ["tidak", "bisa", "bayar"].
    """
    known = tables()
    shown = _TWICE.sub(" ", _ADDRESSES.sub(" ", clean(text)))
    shown = _THANKS.sub("terima-kasih", shown)
    for sign, meaning in known.emoji.items():
        if sign in shown:
            shown = shown.replace(sign, f" {meaning} ")
    found: list[str] = []
    for match in _WORD.finditer(shown):
        typed = match[0].replace("’", "'")
        found.extend((known.slang.get(typed) or _usual(typed)).split())
    return found


def _usual(typed: str) -> str:
    """The usual spelling of one word, itself when nothing is known of it."""
    known = tables()
    if typed in known.known or typed.isdecimal():
        return typed
    if "-" in typed and typed not in known.slang:
        first, _, rest = typed.partition("-")
        return word(first) if rest.startswith(first[:4]) else " ".join(word(part) for part in typed.split("-") if part)
    for shorter in _shorter(typed):
        if shorter in known.slang:
            return known.slang[shorter]
        if shorter in known.known:
            return shorter
    plain = _DOUBLE_END.sub(r"\1", _REPEATED.sub(r"\1", typed))
    for ending in _POSSESSIVE:
        stem = plain.removesuffix(ending)
        if len(stem) >= 3 and stem != plain and (stem in known.known or stem in known.slang):
            return known.slang.get(stem, stem)
    if plain.endswith("nya") and len(plain) >= 7:
        return plain[:-3]
    if len(plain) >= 3 and plain.isascii() and plain == plain.translate(_VOWELS):
        return known.vowelless.get(plain, plain)
    return plain


def _shorter(typed: str) -> list[str]:
    once = _REPEATED.sub(r"\1", typed)
    twice = _REPEATED.sub(r"\1\1", typed)
    return [twice, once, _DOUBLE_END.sub(r"\1", once), re.sub(r"([^\W\d])\1+", r"\1", typed)]


def word(typed: str) -> str:
    """One word as the tables spell it."""
    return tables().slang.get(typed) or _usual(typed)


def number(typed: str) -> int | None:
    """The number that a word or a figure names ("sembilan" → 9), None when it names none."""
    if typed.isascii() and typed.isdecimal() and len(typed) <= 9:
        return int(typed)
    known = tables().numbers
    return known.get(typed, known.get(_REPEATED.sub(r"\1", typed)))


def language(text: str) -> str:
    """The language of a text: "id", "su" or "en"; Indonesian when nothing speaks for another."""
    counted: Counter[str] = Counter()
    typed = [match[0] for match in _WORD.finditer(clean(text))]
    for name, telling in tables().languages.items():
        counted[name] = sum(one in telling for one in typed)
    best = max(("id", "su", "en"), key=lambda name: counted[name])
    return best if counted[best] > counted["id"] else "id"


@lru_cache(maxsize=1)
def _rules() -> dict[str, dict[str, str | list[str]]]:
    return tomllib.loads(Path(__file__).with_name("rules.toml").read_text("utf-8"))


def rule_words(rule: str, name: str) -> frozenset[str]:
    """The words (or whole sentences, where the table lists them) of one rule in rules.toml."""
    found = _rules()[rule][name]
    return frozenset(found.split() if isinstance(found, str) else found)
