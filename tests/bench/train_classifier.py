"""Train the classifier's weights: `python -m tests.bench.train_classifier --texts FOLDER`.

FOLDER holds the texts that tests/bench/labels names (its README says which); they are read, never written. The result
is caring/understanding/categories.json: words that at least two texts share, and matters, with their weights.
"""

from __future__ import annotations

import argparse
import math
import random
from collections import Counter
from pathlib import Path
from typing import Any

import orjson

from caring.understanding import categories
from tests.bench import labelled

NAMES = tuple(categories.CATEGORIES)
ROUNDS, RATE, DECAY = 15, 0.6, 0.003
LEAST_TEXTS = 2  # a word of one text only is that writer's
LEAST_WEIGHT = 0.05
RARE = 0.1  # how far rare categories are lifted above their share: mistakes about them cost more

Sample = tuple[list[tuple[int, float]], int, float]
Model = dict[str, Any]


def train(texts: list[labelled.Labelled], seed: int = 7) -> Model:
    """Multinomial logistic regression by stochastic descent, rare categories weighted up; same input, same weights."""
    found = [(categories.features(one.text), NAMES.index(one.label)) for one in texts]
    counted = Counter(feature for features, _ in found for feature in features)
    index = {feature: place for place, feature in enumerate(sorted(f for f, n in counted.items() if n >= LEAST_TEXTS))}
    share = Counter(label for _, label in found)
    usual = len(found) / len(share)
    samples = [
        (
            [(index[f], scale) for f, scale in zip(features, categories.scales(features), strict=True) if f in index],
            label,
            min((usual / share[label]) ** 0.5, 3.0),
        )
        for features, label in found
    ]
    weights = [[0.0] * len(NAMES) for _ in index]
    bias = [0.0] * len(NAMES)
    order = list(range(len(samples)))
    chance = random.Random(seed)
    for turn in range(ROUNDS):
        chance.shuffle(order)
        rate = RATE / (1 + turn / 8)
        for one in order:
            _step(weights, bias, samples[one], rate)
    kept = {
        feature: [round(w, 2) for w in weights[place]]
        for feature, place in index.items()
        if max(map(abs, weights[place])) >= LEAST_WEIGHT
    }
    lifted = [b - RARE * math.log(share[name] / len(found)) for name, b in enumerate(bias)]
    return {"names": list(NAMES), "bias": [round(b, 2) for b in lifted], "weights": kept}


def _step(weights: list[list[float]], bias: list[float], sample: Sample, rate: float) -> None:
    features, label, importance = sample
    likely = _likely(features, weights, bias)
    for name in range(len(NAMES)):
        error = ((name == label) - likely[name]) * importance * rate
        bias[name] += error * 0.1
        for place, scale in features:
            weights[place][name] += error * scale - rate * DECAY * weights[place][name]


def _likely(features: list[tuple[int, float]], weights: list[list[float]], bias: list[float]) -> list[float]:
    scores = [b + sum(weights[place][name] * scale for place, scale in features) for name, b in enumerate(bias)]
    top = max(scores)
    raised = [math.exp(score - top) for score in scores]
    total = sum(raised)
    return [one / total for one in raised]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.train_classifier", description="Train the classifier.")
    parser.add_argument("--texts", type=Path, required=True, help="the folder with the labelled texts")
    model = train(labelled.training(parser.parse_args().texts))
    to = Path(categories.__file__).with_name("categories.json")
    to.write_bytes(orjson.dumps(model, option=orjson.OPT_SORT_KEYS) + b"\n")
    print(orjson.dumps({"features": len(model["weights"]), "bytes": to.stat().st_size}).decode())


if __name__ == "__main__":
    main()
