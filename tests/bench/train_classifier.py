"""Train the classifier's weights: `python -m tests.bench.train_classifier --texts FOLDER`.

FOLDER holds the texts that tests/bench/labels names (its README says which); they are read, never written. The result is
caring/understanding/categories.json: words and pairs that at least two texts share, with their weights.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from pathlib import Path

import orjson

from caring.understanding import categories
from tests.bench import labelled

NAMES = tuple(categories.CATEGORIES)
ROUNDS, RATE, DECAY = 15, 0.6, 0.002
LEAST_TEXTS = 2  # a word of one text only is that writer's
LEAST_WEIGHT = 0.12

Sample = tuple[list[int], int, float]
Model = dict[str, object]


def train(texts: list[labelled.Labelled], seed: int = 7) -> Model:
    """Multinomial logistic regression by stochastic descent, rare categories weighted up; same input, same weights."""
    found = [(categories.features(one.text), NAMES.index(one.label)) for one in texts]
    counted = Counter(feature for features, _ in found for feature in features)
    index = {feature: place for place, feature in enumerate(sorted(f for f, n in counted.items() if n >= LEAST_TEXTS))}
    share = Counter(label for _, label in found)
    usual = len(found) / len(share)
    samples = [
        ([index[f] for f in features if f in index], label, min((usual / share[label]) ** 0.5, 3.0))
        for features, label in found
    ]
    scales = [len(features) ** -0.5 if features else 1.0 for features, _ in found]
    weights = [[0.0] * len(NAMES) for _ in index]
    bias = [0.0] * len(NAMES)
    order = list(range(len(samples)))
    chance = random.Random(seed)
    for turn in range(ROUNDS):
        chance.shuffle(order)
        rate = RATE / (1 + turn / 8)
        for one in order:
            _step(weights, bias, samples[one], scales[one], rate)
    kept = {
        feature: [round(w, 2) for w in weights[place]]
        for feature, place in index.items()
        if max(map(abs, weights[place])) >= LEAST_WEIGHT
    }
    return {"names": list(NAMES), "bias": [round(b, 2) for b in bias], "weights": kept}


def _step(weights: list[list[float]], bias: list[float], sample: Sample, scale: float, rate: float) -> None:
    features, label, importance = sample
    view = {"bias": bias, "weights": {place: weights[place] for place in features}}
    likely = _likely(features, view, scale)
    for name in range(len(NAMES)):
        error = ((name == label) - likely[name]) * importance * rate
        bias[name] += error * 0.1
        for place in features:
            weights[place][name] += error * scale - rate * DECAY * weights[place][name]


def _likely(features: list[int], view: dict[str, object], scale: float) -> list[float]:
    import math  # noqa: PLC0415

    bias, weights = view["bias"], view["weights"]
    assert isinstance(bias, list)
    assert isinstance(weights, dict)
    scores = [b + scale * sum(weights[place][name] for place in features) for name, b in enumerate(bias)]
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
    print(orjson.dumps({"features": len(model["weights"]), "bytes": to.stat().st_size}).decode())  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
