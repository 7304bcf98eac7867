"""The labels beside the repository's texts: names of rows and categories, no text, and nothing held out is learnt."""

from __future__ import annotations

import csv
import re

from caring.understanding import categories
from tests.bench import classifier, labelled, train_classifier


def _rows(name: str) -> list[dict[str, str]]:
    with (labelled.LABELS / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_labels_name_rows_and_hold_no_text() -> None:
    for name in labelled.FILES:
        for row in _rows(name):
            assert set(row) == {"id", "label", "part"}
            assert re.fullmatch(r"(?:pr)?\d{1,5}", row["id"])
            assert row["label"] in categories.CATEGORIES


def test_what_is_held_out_is_never_learnt() -> None:
    for row in _rows("provider_reviews.csv"):
        assert (row["part"] != "training") == labelled.is_held_out(row["id"])


def test_the_made_up_examples_cover_every_category_and_teach_it() -> None:
    examples = labelled.examples()
    assert {one.label for one in examples} == set(categories.CATEGORIES)
    model = train_classifier.train(examples)
    figures = classifier.figures(classifier.judged(examples, classifier.of(model)), threshold=0.6)
    assert figures["macro_f1"] > 0.9
    assert model == train_classifier.train(examples)
