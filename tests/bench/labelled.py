"""The labelled texts: labels from tests/bench/labels, texts from wherever the reader keeps them."""

from __future__ import annotations

import csv
import hashlib
import tomllib
from pathlib import Path
from typing import NamedTuple

LABELS = Path(__file__).with_name("labels")
FILES = {"provider_reviews.csv": "provider_reviews_dev.csv", "tweets.csv": "indihome_tweets_seed.csv"}


class Labelled(NamedTuple):
    """A text, its category, where it comes from, and how it was chosen."""

    text: str
    label: str
    source: str
    part: str


def is_held_out(name: str) -> bool:
    """Whether a review is never trained on, by its id alone."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) % 4 == 0


def examples() -> list[Labelled]:
    """The sentences made up for this project."""
    data = tomllib.loads((LABELS / "examples.toml").read_text("utf-8"))
    return [
        Labelled(line, label, "examples", "made")
        for label, lines in data.items()
        for line in lines.strip().splitlines()
    ]


def read(folder: Path, labels: str) -> list[Labelled]:
    """The labelled texts of one source. Raises KeyError when a label names a row that the file lacks."""
    with (folder / FILES[labels]).open(encoding="utf-8", newline="") as lines:
        texts = {row.get("id") or str(number): row["text"] for number, row in enumerate(csv.DictReader(lines), 1)}
    with (LABELS / labels).open(encoding="utf-8", newline="") as lines:
        return [Labelled(texts[row["id"]], row["label"], labels, row["part"]) for row in csv.DictReader(lines)]


def training(folder: Path) -> list[Labelled]:
    """All that may be learnt from."""
    texts = [one for labels in FILES for one in read(folder, labels) if one.part == "training"]
    return texts + examples()


def held_out(folder: Path) -> list[Labelled]:
    """What was labelled after the rules were made, and is never learnt from."""
    return [one for one in read(folder, "provider_reviews.csv") if one.part != "training"]
