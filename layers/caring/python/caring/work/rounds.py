"""Planning home visits in rounds: a village's visits together, a district's villages in one round, few rounds a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Item = Mapping[str, Any]


@dataclass(slots=True)
class Round:
    """One round of visits: the `number`th of its day, in one district; `work_ids` in the order of the visits."""

    visit_on: date
    number: int
    district: str
    work_ids: list[str] = field(default_factory=list)


def plan(items: Sequence[Item], free: Sequence[tuple[date, int]], *, per_round: int) -> list[Round]:
    """Put visits ({work_id, order_key, village?, district?}) into rounds of at most `per_round`, one for each free one.

    `free` are (day, number) in their order. The district that holds the most valuable and oldest visit goes first,
    within it the village that does. What finds no place is left out. The same items give the same rounds, in whatever
    order they come.
    """
    rounds: list[Round] = []
    for visits in _in_turn(items, "district"):
        district = str(visits[0].get("district") or "").strip()
        work_ids = [str(visit["work_id"]) for found in _in_turn(visits, "village") for visit in found]
        for start in range(0, len(work_ids), per_round):
            if len(rounds) == len(free):
                return rounds
            day, number = free[len(rounds)]
            rounds.append(Round(day, number, district, work_ids[start : start + per_round]))
    return rounds


def _in_turn(items: Sequence[Item], place: str) -> list[list[Item]]:
    """The items by place (without regard to case), places by their first item, items by their order_key."""
    found: dict[str, list[Item]] = {}
    for item in sorted(items, key=lambda one: str(one["order_key"])):
        found.setdefault(str(item.get(place) or "").strip().casefold(), []).append(item)
    return list(found.values())
