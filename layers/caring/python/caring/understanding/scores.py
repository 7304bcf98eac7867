"""A score from 0 to 10 that a customer typed, and what he said beside it; never a bill, a date, a time or a number."""

import itertools
import re
from typing import NamedTuple

from caring.understanding import normalise

_CUES = normalise.rule_words("scores", "cues")
_BEFORE = normalise.rule_words("scores", "before")
_AFTER = normalise.rule_words("scores", "after")
_FILLERS = normalise.rule_words("scores", "fillers")
_ALTERNATIVES = frozenset({"atau", "or", "antara", "between", "sd", "hingga"})
_OUT_OF_TEN = re.compile(
    r"(?<![\d./,:-])(?P<score>\d{1,2})\s*(?:/|\bdari\b|\bper\b|\bout of\b|\btina\b)\s*"
    r"(?:10|sepuluh|ten|sapuluh)(?![\d/.,:-]*\d)",
    re.IGNORECASE,
)
_SCALE = re.compile(
    r"(?:skala|dari|antara)?\s*\b[01]\s*(?:-|–|s/d|sd|sampai|sampe|hingga|to|dan)\s*10\b", re.IGNORECASE
)
_DATED = re.compile(r"\b(?:tanggal|tgl|sejak|mulai|per|dari|tertanggal)\.?\s*\d{1,2}/10\b", re.IGNORECASE)
_DATE = re.compile(r"\d+\s*/\s*\d+\s*/\s*\d+")
_LIST = re.compile(r"(?:^|[\s:])1[.)]\s*[^\W\d].*\s2[.)]\s*[^\W\d]", re.DOTALL)
_GLUED = re.compile(r"\b(nilai|skor|score|rating)(?=\d)", re.IGNORECASE)
_BOLD = re.compile(r"[*_~]+")
_TOKEN = re.compile(r"[+-]?\d[\d.,:/-]*\d[a-z%]*|[+-]?\d+[a-z%]*|[^\W\d_][^\W_]*(?:['’-][^\W\d_]+)*|[%#+*]")
_STOPS = re.compile(r"[,;:!?.\n–—]")
_RUPIAH = re.compile(r"\brp\.?\s*\d|\d\s*[%°]|\+\s*62")


class Score(NamedTuple):
    """A score 0–10, what else was said ("" for nothing), and how it was said: "bare", "named" or "of_ten"."""

    score: int
    comment: str
    how: str


def find(text: str) -> Score | None:
    """The one score that a message gives, None when it gives none or could mean two."""
    text = _SCALE.sub(" ", _BOLD.sub(" ", _GLUED.sub(r"\1 ", text[: normalise.LONGEST])))
    shown = normalise.clean(text).strip()
    if _DATE.search(shown) or _LIST.search(shown):
        return None
    of_ten = {int(match["score"]) for match in _OUT_OF_TEN.finditer(shown)}
    if of_ten:
        if len(of_ten) > 1 or max(of_ten) > 10 or _DATED.search(shown):
            return None
        return Score(of_ten.pop(), _comment(_OUT_OF_TEN.sub(" ", text)), "of_ten")
    if _RUPIAH.search(shown):
        return None
    matches = list(_TOKEN.finditer(shown))
    tokens = [match[0] for match in matches]
    between = [shown[one.end() : following.start()] for one, following in itertools.pairwise(matches)]
    found = _candidates(tokens, {place for place, gap in enumerate(between) if _STOPS.search(gap)})
    # Beside other numbers ("1. … 2. …") the word that names the score must stand next to it.
    reach = 3 if len(found) == 1 else 1
    named = [place for place in found if _is_named(tokens, place, reach)]
    chosen = named[-1:] if named else _bare(tokens, found)
    if len(chosen) != 1 or any(token in _ALTERNATIVES for token in tokens[max(chosen[0] - 2, 0) : chosen[0] + 2]):
        return None
    (place,) = chosen
    value = normalise.number(tokens[place])
    if value is None or value > 10:
        return None
    return Score(value, _without(text, tokens[place]), "named" if named else "bare")


def _candidates(tokens: list[str], closed: set[int]) -> list[int]:
    """Where a whole number from 0 to 10 stands that no unit and no address claims.

    After the places in `closed` a clause ends: "9, teknisinya ramah" speaks of no nine technicians.
    """
    places = []
    for place, token in enumerate(tokens):
        value = normalise.number(token)
        if value is None or not 0 <= value <= 10 or (len(token) > 1 and token[0] == "0"):
            continue
        before = normalise.word(tokens[place - 1]) if place else ""
        after = normalise.word(tokens[place + 1]) if place + 1 < len(tokens) else ""
        counts = place not in closed and (after in _AFTER or "hari" in after.split())
        if before in _BEFORE or counts:
            continue
        if {before, after} & {"%", "#", "+"} or normalise.number(before) is not None or _is_long(before, after):
            continue
        places.append(place)
    return places


def _is_long(before: str, after: str) -> bool:
    """Whether figures stand next to it: a telephone or customer number written in groups."""
    return any(token[:1].isdigit() or token[:1] in "+-" for token in (before, after) if token)


def _is_named(tokens: list[str], place: int, reach: int) -> bool:
    cues = tokens[max(place - reach, 0) : place]
    return any(normalise.word(cue) in _CUES or cue in _CUES or _stem(cue) in _CUES for cue in cues)


def _stem(word: str) -> str:
    return word.removesuffix("nya").removesuffix("ku")


def _bare(tokens: list[str], found: list[int]) -> list[int]:
    """A number that opens or ends the message, when it is the only number in it."""
    if len(found) != 1 or sum(token[:1].isdigit() for token in tokens) > 1:
        return []
    place = found[0]
    leading = all(normalise.word(token) in _FILLERS for token in tokens[:place])
    ending = all(normalise.word(token) in _FILLERS for token in tokens[place + 1 :]) and len(tokens) <= 8
    written_out = not tokens[place].isdigit()
    rest = len(tokens) - 1
    # "satu lagi keluhan saya": a number in letters opens many sentences, so it wants the message nearly to itself.
    if written_out and not (ending and leading) and rest > 3:
        return []
    return [place] if leading or ending else []


def _without(text: str, token: str) -> str:
    """The text as it was typed, without its number."""
    number = re.compile(rf"(?<![\w.,]){re.escape(token)}(?!\w)", re.IGNORECASE)
    whole = text if number.search(text) else normalise.clean(text)
    return _comment(number.sub(" ", whole, count=1))


def _comment(rest: str) -> str:
    """What is left beside the score; "" when it is courtesy and punctuation only."""
    said = [w for w in normalise.words(rest) if w not in _FILLERS and w not in _CUES and _stem(w) not in _CUES]
    meaning = [word for word in said if word not in {"sangat", "banget", "bintang"}]
    return " ".join(rest.split()).strip(" .,;:!-–—/()\"'") if meaning else ""
