"""Which unit works on a complaint, what it is about in particular, and the check list and lessons for that.

The table is routing.toml.
"""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from caring.understanding import categories, normalise

CATEGORIES = tuple(categories.CATEGORIES)
SOURCES = ("call_centre_147", "social_media", "myindihome", "walk_in", "reply")
VAGUE = ("general", "other")  # categories that say nothing of the matter
_LEAST_WORDS = 1


@dataclass(frozen=True, slots=True)
class Sorted:
    """A complaint sorted: category of the contract, whether engineers are meant, the unit, and signs of leaving."""

    category: str
    technical: bool
    unit: str
    churn: bool
    matter: str | None
    reason: str


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("routing.toml").read_text("utf-8"))


def sort(text: str, category: str | None, technical: bool | None) -> Sorted:
    """Sort a complaint; what its taker did not say (None) is read from its text."""
    read = categories.classify(text)
    chosen = category or read.name
    reason = "sorted by the person who took it" if category else read.reason
    table = _table()
    row = table["categories"][chosen]
    matter = _matter(text)
    if technical is None:
        of_matter = bool(matter and table["matters"][matter].get("technical"))
        technical = bool(row.get("technical")) or (
            chosen in (*VAGUE, "service") and (of_matter or (category is None and read.technical))
        )
    unit = table["technical"]["unit"] if technical else row["unit"]
    churn = bool(row.get("churn")) or (category is None and read.name == "cancellation")
    return Sorted(chosen, technical, unit, churn, matter, reason)


def _matter(text: str) -> str | None:
    """The matter with the most of its words in the text; None when there is none."""
    said = normalise.words(text)
    spoken = {*said, *(f"{first}-{second}" for first, second in pairwise(said))}
    counted = {
        name: sum(2 if "-" in word else 1 for word in row["words"].split() if word in spoken)
        for name, row in _table()["matters"].items()
    }
    best = max(counted, key=lambda name: counted[name])
    return best if counted[best] >= _LEAST_WORDS else None


def checklist(matter: str | None) -> list[str]:
    """What to go through for a matter, in order; empty when there is no particular one."""
    return list(_table()["matters"][matter]["checklist"]) if matter else []


def matters() -> tuple[str, ...]:
    """The matters that are known."""
    return tuple(_table()["matters"])


def material(category: str | None, matter: str | None) -> list[str]:
    """The scripts that teach a customer what may help in a matter, else in a category; empty when there is none."""
    of_matter = _table()["matters"][matter].get("material") if matter else None
    return list(of_matter or (_table()["categories"][category].get("material", []) if category else []))
