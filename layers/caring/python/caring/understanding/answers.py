"""Yes or no to a question that we asked: is the trouble over, will you come, shall we redeem. Doubt is no answer.

A closed ticket that is not solved costs more than a question to a person, so a mixed answer is None.
"""

import re
from typing import Literal, NamedTuple

from caring.understanding import normalise

Question = Literal["closure", "rsvp", "redemption"]

_YES = normalise.rule_words("answers", "yes")
_NO = frozenset(["tidak", "bukan", "jangan", "no", "nope", "ulah"])
# What makes "sudah" and "tidak" mean the good or the bad thing, per question.
_GOOD = {
    question: normalise.rule_words(f"answers-{question}-good", "words")
    for question in ("closure", "rsvp", "redemption")
}
_BAD = {
    question: normalise.rule_words(f"answers-{question}-bad", "words") for question in ("closure", "rsvp", "redemption")
}
_UNSURE = normalise.rule_words("answers", "unsure")
_CONTRAST = frozenset({"tapi", "namun", "padahal", "however", "meski", "cuman", "hanya"})
_STILL = frozenset({"masih", "tetap", "still", "stil", "tetep", "balik", "muncul", "angger"})
_NEGATIONS = _NO | {"belum", "bukan", "tanpa", "not", "isn't", "doesn't", "can't", "cannot", "won't"}
_LIGHT = normalise.rule_words("answers", "light")
_OTHER_MATTERS = normalise.rule_words("answers", "other_matters")
_MOST_WORDS = 25  # an answer is short; what is longer tells a story and is read whole


_CLAUSE = re.compile(r"[,.;!?\n]+")
# The word list reads "no" as nomor, which it is before a number; what follows an English one tells it apart.
_NO_IN_ENGLISH = re.compile(
    r"\bno(?:\s+(?:more|longer)\b|(?=\s*(?:$|[,.;!?\n])|\s+(?:not|it|it's|its|still|thanks?|sorry|problems?|issues?|trouble"
    r"|internet|connection|signal|service|change)\b))",
    re.I,
)


class Answer(NamedTuple):
    """yes or no, and the words that decided."""

    value: Literal["yes", "no"]
    words: str

    @property
    def is_bare(self) -> bool:
        """Whether it is a mere yes or no, which says nothing of the matter."""
        return self.words in _YES or self.words in _NO or self.words in ("belum", "sudah")


def yes_no(text: str, question: Question) -> Answer | None:
    """The answer that a message gives to a question, None when it gives none or could be read both ways."""
    if not any(character.isdigit() for character in text):
        text = _NO_IN_ENGLISH.sub("nope", text)
    clauses = [clause for part in _CLAUSE.split(text) if (clause := normalise.words(part))]
    spoken = [word for clause in clauses for word in clause]
    if not spoken or len(spoken) > _MOST_WORDS:
        return None
    found = [_evidence(clause, question, len(spoken)) for clause in clauses]
    strong = [(good, words) for clause in found for good, words, _ in clause]
    # A leading "tidak" that belongs to what follows ("tidak ada masalah") answers nothing by itself.
    taken = any(start == 0 for _, _, start in found[0])
    weak = None if taken else _leading(spoken)
    positive = [words for good, words in strong if good]
    negative = [words for good, words in strong if not good]
    if positive and negative:
        return _mixed(spoken, weak, negative)
    if "?" in text and not negative:
        return None
    if strong:
        doubt = _UNSURE & set(spoken) or (positive and weak and weak[0] == "no")
        return None if doubt else Answer("yes" if positive else "no", ", ".join(positive or negative))
    return _weakly(spoken, weak)


def _weakly(spoken: list[str], weak: tuple[Literal["yes", "no"], str] | None) -> Answer | None:
    """A bare yes or no, beside which next to nothing else is said."""
    if weak is None or (_UNSURE | _CONTRAST) & set(spoken) or _OTHER_MATTERS & set(spoken):
        return None
    unknown = [w for w in spoken if w not in _LIGHT and w not in _YES and w not in _NO and w != "belum"]
    return Answer(*weak) if len(unknown) <= (4 if weak[1] == "belum" else 1) else None


def _mixed(spoken: list[str], weak: tuple[str, str] | None, negative: list[str]) -> Answer | None:
    """Good and bad beside each other: no only where the bad is said to be so still, else a person decides."""
    if _UNSURE & set(spoken):
        return None
    still = (_STILL | {"belum"}) & set(spoken)
    return Answer("no", ", ".join(negative)) if still or (weak and weak[0] == "no") else None


def _leading(spoken: list[str]) -> tuple[Literal["yes", "no"], str] | None:
    """The yes or no with which a message begins, or which is all of it; "ya belum" is a no."""
    for place, word in enumerate(spoken[:4]):
        if word in _NO or word == "belum":
            return "no", word
        if word in _YES or word == "sudah":
            turned = [after for after in spoken[place + 1 : place + 2] if after in _NO or after == "belum"]
            return ("no", turned[0]) if turned else ("yes", word)
        if word not in _LIGHT:
            return None
    return None


def _evidence(spoken: list[str], question: Question, length: int) -> list[tuple[bool, str, int]]:
    """What one clause says of the matter itself: (good?, its words, where they begin)."""
    good, bad = _GOOD[question], _BAD[question]
    found: list[tuple[bool, str, int]] = []
    for place, word in enumerate(spoken):
        if (word not in good and word not in bad) or (word in _YES and length == 1):
            continue
        near = _reach(spoken, place)
        negated = any(other in _NEGATIONS for other in near)
        said = " ".join([*near, word])
        start = place - len(near)
        if word in bad:
            if negated or _is_telling(spoken, place, near):
                found.append((negated, said, start))
        elif negated or question != "closure" or near or place == 0 or length <= 5:
            found.append((not negated, said, start))
    return found


def _is_telling(spoken: list[str], place: int, near: list[str]) -> bool:
    """Whether a trouble is said to be there, not named as the one that is over ("gangguan sudah selesai")."""
    after = spoken[place + 1 : place + 4]
    over = {"sudah", "normal", "selesai", "teratasi", "lancar", "hilang", "tidak", "oke", "gone"}
    return not (over & set(after)) or any(word in _STILL for word in near)


def _reach(spoken: list[str], place: int) -> list[str]:
    """The words just before that bear on this one: negations, "sudah", "masih", and what may stand between."""
    bearing = (
        _NEGATIONS | _STILL | {"sudah", "ada", "lagi", "bisa", "bakal", "akan", "dapat", "begitu", "juga", "terlalu"}
    )
    between = {
        "internet",
        "wifi",
        "jaringan",
        "sinyal",
        "sering",
        "suka",
        "saya",
        "kami",
        "banget",
        "ada",
        "lampu",
        "kembali",
    }
    start = place
    while start > 0 and place - start < 4 and (spoken[start - 1] in bearing or spoken[start - 1] in between):
        start -= 1
    near = spoken[start:place]
    while near and near[0] in between:
        near = near[1:]
    return near
