"""What a complaint is about: a linear model over words and the matters they speak of, which shows what decided.

The weights (categories.json) are the product's own: multinomial logistic regression, trained by
`python -m tests.bench.train_classifier`; measured by `python -m tests.bench.classifier`. No network, no numpy.
"""

import math
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from caring.understanding import normalise

# The contract's names, and what the unit calls them.
CATEGORIES: Mapping[str, str] = {
    "fault": "gangguan",
    "billing": "tagihan",
    "request": "permintaan",
    "information": "informasi",
    "cancellation": "berhenti",
    "service": "layanan",
    "praise": "pujian",
    "general": "keluhan_umum",
    "other": "lainnya",
}

# Names of operators and their apps say who is meant, not what is wrong.
_NAMES = normalise.rule_words("categories", "names")
_EMPTY = normalise.rule_words("categories", "empty")
_NAME = "(name)"
_TECHNICAL = normalise.rule_words("categories", "technical")
_MATTER = "≈"  # begins a feature that is a group of matters.toml, or two
_NEAR = 3
_SHOWN = 4  # words of an explanation


class Category(NamedTuple):
    """A proposal: the contract's name, whether engineers are meant, how sure (0–1), and the words that decided."""

    name: str
    technical: bool
    confidence: float
    words: tuple[str, ...]

    @property
    def reason(self) -> str:
        """One sentence for staff."""
        why = ", ".join(f"“{word}”" for word in self.words) or "no telling word"
        return f"looks like {self.name} ({CATEGORIES[self.name]}), {self.confidence:.0%} sure, because of {why}"


def features(text: str) -> list[str]:
    """What the model looks at: each word once, figures as 0; the matters and pairs of them; whether it asks."""
    said = _said(text)
    groups = [f"{_MATTER}{group}" for group in sorted(matters(said))]
    groups += [f"{one}{other}" for one, other in combinations(groups, 2)]
    asks = ["?"] if "?" in text[: normalise.LONGEST] else []
    brief = ["(brief)"] if len(said) <= 2 else []
    said = [word for word in said if word != _NAME]
    return list(dict.fromkeys([*said, *groups, *asks, *brief]))


def _said(text: str) -> list[str]:
    return [_alike(word) for word in normalise.words(text) if word not in _EMPTY]


def _alike(word: str) -> str:
    if word in _NAMES:
        return _NAME
    return "0" if word[0].isdigit() else word


class Groups(NamedTuple):
    """matters.toml: words and beginnings of words → their groups, and pairs of sets that stand near each other."""

    whole: dict[str, list[str]]
    beginnings: list[tuple[str, str]]
    near: list[tuple[str, frozenset[str], frozenset[str]]]


@lru_cache(maxsize=1)
def _groups() -> Groups:
    table = tomllib.loads(Path(__file__).with_name("matters.toml").read_text("utf-8"))
    sets = table.pop("near")
    whole: dict[str, list[str]] = {}
    for group, words in table.items():
        for word in words.split():
            whole.setdefault(word, []).append(group)
            whole.setdefault(word.replace("-", " "), []).append(group)
    beginnings = [(word[:-1], group) for word, groups in whole.items() if word.endswith("*") for group in groups]
    near = [
        (group, frozenset(first.split()), frozenset(second.split()))
        for group, words in sets.items()
        for first, second in zip(words[::2], words[1::2], strict=True)
    ]
    return Groups(whole, beginnings, near)


def matters(said: list[str]) -> dict[str, list[str]]:
    """The groups of matters.toml that the words of a text speak of, with those words."""
    groups = _groups()
    found: dict[str, list[str]] = {}
    for word in (*said, *(f"{first} {second}" for first, second in pairwise(said))):
        for group in groups.whole.get(word, ()):
            found.setdefault(group, []).append(word)
    for start, group in groups.beginnings:
        for word in said:
            if word.startswith(start):
                found.setdefault(group, []).append(word)
    for group, first_set, second_set in groups.near:
        ours = [place for place, word in enumerate(said) if word in first_set]
        theirs = [place for place, word in enumerate(said) if word in second_set]
        near = [(one, other) for one in ours for other in theirs if 0 < abs(one - other) <= _NEAR]
        if near:
            found.setdefault(group, []).extend(said[place] for place in sorted(near[0]))
    return found


@lru_cache(maxsize=1)
def model() -> Mapping[str, Any]:
    """{names, bias: [per name], weights: {feature: [per name]}}"""
    data: Mapping[str, Any] = orjson.loads(Path(__file__).with_name("categories.json").read_bytes())
    return data


def probabilities(found: list[str], weights: Mapping[str, Any]) -> list[float]:
    """How likely each category is, in the order of the model's names."""
    scores = list(weights["bias"])
    for feature, scale in zip(found, scales(found), strict=True):
        for place, weight in enumerate(weights["weights"].get(feature, ())):
            scores[place] += weight * scale
    top = max(scores)
    raised = [math.exp(score - top) for score in scores]
    return [one / sum(raised) for one in raised]


def scales(found: list[str]) -> list[float]:
    """How much each feature counts: long texts say more, not more surely; words and matters weigh apart."""
    matters_found = sum(feature[0] == _MATTER for feature in found)
    for_matter = 1 / math.sqrt(max(matters_found, 1))
    for_word = 1 / math.sqrt(max(len(found) - matters_found, 1))
    return [for_matter if feature[0] == _MATTER else for_word for feature in found]


def classify(text: str) -> Category:
    """The likeliest category of a text, with its confidence; the caller decides below which a person is asked."""
    found, weights = features(text), model()
    likely = probabilities(found, weights)
    best = max(range(len(likely)), key=likely.__getitem__)
    name = weights["names"][best]
    said = set(normalise.words(text))
    technical = name == "fault" or (name in ("service", "general", "other") and len(said & _TECHNICAL) > 1)
    return Category(name, technical, likely[best], _telling(text, found, weights["weights"], best))


def _telling(text: str, found: list[str], weights: Mapping[str, list[float]], best: int) -> tuple[str, ...]:
    """The words of the text that speak most for one category: its own, and those behind a matter."""
    spoken = matters(_said(text))
    ranked = sorted(
        ((values[best] - sum(values) / len(values), feature) for feature in found if (values := weights.get(feature))),
        reverse=True,
    )
    shown: dict[str, None] = {}
    for weight, feature in ranked:
        if weight > 0 and feature not in ("?", "(brief)"):
            behind = [word for part in feature.split(_MATTER)[1:] for word in spoken.get(part, ())[:2]]
            shown.update(dict.fromkeys(behind or [feature]))
    return tuple(shown)[:_SHOWN]
