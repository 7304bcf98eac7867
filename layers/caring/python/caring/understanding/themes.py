"""What comments and suggestions speak of: the small list of themes.toml, found by words and shown with examples."""

import tomllib
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from caring.understanding import normalise


class Theme(NamedTuple):
    """A theme of the list: its title, and comments made up to show what belongs to it."""

    name: str
    title: str
    examples: tuple[str, ...]


@lru_cache(maxsize=1)
def _table() -> dict[str, tuple[Theme, list[frozenset[str]]]]:
    data = tomllib.loads(Path(__file__).with_name("themes.toml").read_text("utf-8"))
    return {
        name: (
            Theme(name, entry["title"], tuple(entry["examples"])),
            [frozenset(part.replace("-", " ") for part in word.split("+")) for word in entry["words"].split()],
        )
        for name, entry in data.items()
    }


def listed() -> list[Theme]:
    """All themes, in the order of the table."""
    return [theme for theme, _ in _table().values()]


def of(comment: str) -> list[str]:
    """The names of the themes that a comment speaks of, in the order of the table; empty for a comment of none."""
    said = normalise.words(comment)
    spoken = {*said, *(word.replace("-", " ") for word in said), *(f"{one} {other}" for one, other in pairwise(said))}
    return [name for name, (_, marks) in _table().items() if any(mark <= spoken for mark in marks)]
