"""Measure the classifier: `python -m tests.bench.classifier --texts FOLDER` prints JSON lines.

Lines for the held-out reviews and each part of them; for the tweets by cross-validation (the weights of each fold have
not seen its tweets, the word tables have); for both together. `confident` is what stays with the machine at the
configured threshold.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from caring.understanding import categories
from tests.bench import labelled, train_classifier
from tests.bench.labelled import Labelled

LEAST_CASES = 3  # a category with fewer says nothing about itself; it still counts in `macro_f1_all`
Guess = Callable[[str], tuple[str, float]]


def shipped(text: str) -> tuple[str, float]:
    """The product's own classifier."""
    found = categories.classify(text)
    return found.name, found.confidence


def of(model: Mapping[str, Any]) -> Guess:
    """A classifier with other weights."""

    def guess(text: str) -> tuple[str, float]:
        likely = categories.probabilities(categories.features(text), model)
        best = max(range(len(likely)), key=likely.__getitem__)
        return model["names"][best], likely[best]

    return guess


def figures(pairs: Iterable[tuple[str, str, float]], threshold: float) -> dict[str, Any]:
    """Macro-F1, recalls and the share that is confident, of (label, guess, confidence)."""
    pairs = list(pairs)
    labels = Counter(label for label, _, _ in pairs)
    guesses = Counter(guess for _, guess, _ in pairs)
    right = Counter(label for label, guess, _ in pairs if label == guess)
    f1 = {name: 2 * right[name] / ((labels[name] + guesses[name]) or 1) for name in categories.CATEGORIES}
    told = [name for name, cases in labels.items() if cases >= LEAST_CASES]
    sure = [(label, guess) for label, guess, confidence in pairs if confidence >= threshold]
    return {
        "n": len(pairs),
        "accuracy": round(right.total() / max(len(pairs), 1), 3),
        "macro_f1": round(sum(f1[name] for name in told) / max(len(told), 1), 3),
        "macro_f1_all": round(sum(f1[name] for name in labels) / max(len(labels), 1), 3),
        "f1": {name: round(value, 2) for name, value in f1.items() if labels[name]},
        "recall": {name: round(right[name] / cases, 2) for name, cases in sorted(labels.items())},
        "cases": dict(sorted(labels.items())),
        "confident": round(len(sure) / max(len(pairs), 1), 3),
        "accuracy_when_confident": round(sum(a == b for a, b in sure) / max(len(sure), 1), 3),
    }


def judged(texts: Iterable[Labelled], guess: Guess) -> list[tuple[str, str, float]]:
    """(label, guess, confidence) of each text."""
    return [(one.label, *guess(one.text)) for one in texts]


def crossed(texts: list[Labelled], others: list[Labelled], folds: int) -> list[tuple[str, str, float]]:
    """Each text judged by weights that were trained without it."""
    pairs: list[tuple[str, str, float]] = []
    for fold in range(folds):
        rest = [one for place, one in enumerate(texts) if place % folds != fold]
        pairs += judged(texts[fold::folds], of(train_classifier.train(others + rest)))
    return pairs


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.classifier", description="Measure the classifier.")
    parser.add_argument("--texts", type=Path, required=True, help="the folder with the labelled texts")
    parser.add_argument("--threshold", type=float, default=0.6, help="the least confidence of an automatic answer")
    parser.add_argument("--folds", type=int, default=5)
    given = parser.parse_args()
    held_out, learnt = labelled.held_out(given.texts), labelled.training(given.texts)

    def say(name: str, pairs: list[tuple[str, str, float]]) -> None:
        if pairs:
            print(orjson.dumps({"what": name, **figures(pairs, given.threshold)}).decode())

    say("held-out reviews", judged(held_out, shipped))
    for part in ("random", "searched"):
        say(f"held-out reviews, {part}", judged([one for one in held_out if one.part == part], shipped))
    tweets = [one for one in learnt if one.source == "tweets.csv"]
    others = [one for one in learnt if one.source != "tweets.csv"]
    unseen = crossed(tweets, others, given.folds)
    say("tweets, crossed", unseen)
    say("held-out reviews and crossed tweets", judged(held_out, shipped) + unseen)
    reviews = [one for one in learnt if one.source == "provider_reviews.csv"]
    rest = [one for one in learnt if one.source != "provider_reviews.csv"]
    say("training reviews, crossed", crossed(reviews, rest, given.folds))


if __name__ == "__main__":
    main()
