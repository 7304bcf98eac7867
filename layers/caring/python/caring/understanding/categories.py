"""What a complaint is about: a linear model over words and pairs of words, small enough to show what decided.

The weights (categories.json) are the product's own: multinomial logistic regression, trained by
`python -m tests.bench.train_classifier`; measured by `python -m tests.bench.classifier`. No network, no numpy.
"""

import math
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from itertools import combinations
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
_NAMES = frozenset(
    "indihome telkomsel telkom tsel xl axiata myxl smartfren smart mysf im3 myim3 m3 indosat axis tri biznet indihomecare "
    "mytelkomsel myindihome byu".split()
)
_NAME = "(name)"
_TECHNICAL = frozenset(
    "jaringan sinyal internet wifi modem router kabel lampu los lambat putus mati gangguan koneksi connect kecepatan speed "
    "mbps ping stb tv fiber onu ont rusak login aplikasi".split()
)
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
    """What the model looks at: each word and each pair of neighbours once, figures as 0, and whether it asks."""
    said = [_alike(word) for word in normalise.words(text)]
    pairs = [f"{first} {second}" for first, second in zip(said, said[1:], strict=False)]
    groups = [f"≈{group}" for group in sorted(matters(said))]
    groups += [f"{one}{other}" for one, other in combinations(groups, 2)]
    asks = ["?"] if "?" in text[: normalise.LONGEST] else []
    brief = ["(brief)"] if len(said) <= 2 else []
    said = [word for word in said if word != _NAME]
    return list(dict.fromkeys([*said, *pairs, *groups, *asks, *brief]))


def _alike(word: str) -> str:
    if word in _NAMES:
        return _NAME
    return "0" if word[0].isdigit() else word


@lru_cache(maxsize=1)
def _groups() -> tuple[dict[str, list[str]], list[tuple[str, str]]]:
    """matters.toml: whole words and beginnings of words → their groups."""
    table = tomllib.loads(Path(__file__).with_name("matters.toml").read_text("utf-8"))
    whole: dict[str, list[str]] = {}
    beginnings = []
    for group, words in table.items():
        for word in words.split():
            if word.endswith("*"):
                beginnings.append((word[:-1], group))
            else:
                whole.setdefault(word.replace("-", " "), []).append(group)
                whole.setdefault(word, []).append(group)
    return whole, beginnings


def matters(said: list[str]) -> list[str]:
    """The groups of matters.toml that the words of a text speak of."""
    whole, beginnings = _groups()
    pairs = [f"{first} {second}" for first, second in zip(said, said[1:], strict=False)]
    found = [group for word in [*said, *pairs] for group in whole.get(word, ())]
    found += [group for word in said for start, group in beginnings if word.startswith(start)]
    return list(dict.fromkeys(found))


@lru_cache(maxsize=1)
def model() -> Mapping[str, Any]:
    """{names, bias: [per name], weights: {feature: [per name]}}"""
    data: Mapping[str, Any] = orjson.loads(Path(__file__).with_name("categories.json").read_bytes())
    return data


def probabilities(found: list[str], weights: Mapping[str, Any]) -> list[float]:
    """How likely each category is, in the order of the model's names."""
    scale = _scale(found)
    scores = list(weights["bias"])
    for feature in found:
        for place, weight in enumerate(weights["weights"].get(feature, ())):
            scores[place] += weight * scale
    top = max(scores)
    raised = [math.exp(score - top) for score in scores]
    return [one / sum(raised) for one in raised]


def _scale(found: list[str]) -> float:
    """Long texts say more words, not more surely."""
    return 1 / math.sqrt(max(len(found), 1))


def classify(text: str) -> Category:
    """The likeliest category of a text, with its confidence; the caller decides below which a person is asked."""
    found, weights = features(text), model()
    likely = probabilities(found, weights)
    best = max(range(len(likely)), key=likely.__getitem__)
    telling = sorted(
        (
            (values[best] - sum(values) / len(values), feature)
            for feature in found
            if (values := weights["weights"].get(feature)) and feature not in ("?", "(brief)")
        ),
        reverse=True,
    )
    name = weights["names"][best]
    said = set(normalise.words(text))
    technical = name == "fault" or (name in ("service", "general", "other") and len(said & _TECHNICAL) > 1)
    return Category(name, technical, likely[best], tuple(word for weight, word in telling[:_SHOWN] if weight > 0))
