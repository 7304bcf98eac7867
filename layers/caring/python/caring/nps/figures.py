"""The figures of NPS: percentages, margin of error, verdict against the target, and the sample that a verdict needs.

NPS = % promoters (9-10) − % detractors (0-6); variance (p + d − (p − d)²)/n; the margin is that of 95 %.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from caring import clock, configuration

Z95 = 1.96
Score = Mapping[str, Any]  # {customer_id, episode, score, at, segment, channel, …}


def group_of(score: int) -> str:
    """promoter, passive or detractor. Raises ValueError for a number that is no score."""
    if not 0 <= score <= 10:
        raise ValueError(f"a score is 0 to 10, not {score}")
    return "promoter" if score >= 9 else "passive" if score >= 7 else "detractor"


def figure(scores: Iterable[int]) -> dict[str, Any]:
    """{n, promoters, passives, detractors, nps, margin, target, verdict} of scores; nps and margin in points.

    verdict: not_shown when n is below the configured least or the interval holds the target, else above or below.
    """
    counted = {"promoter": 0, "passive": 0, "detractor": 0}
    for score in scores:
        counted[group_of(score)] += 1
    n = sum(counted.values())
    settings = configuration.get().nps
    target = settings.target
    base = {
        "n": n,
        "promoters": counted["promoter"],
        "passives": counted["passive"],
        "detractors": counted["detractor"],
        "target": target,
    }
    if not n:
        return base | {"nps": None, "margin": None, "verdict": "not_shown"}
    p, d = counted["promoter"] / n, counted["detractor"] / n
    nps = 100 * (p - d)
    margin = Z95 * 100 * math.sqrt(max(0.0, p + d - (p - d) ** 2) / n)
    shown = n >= settings.least and not nps - margin <= target <= nps + margin
    verdict = ("above" if nps > target else "below") if shown else "not_shown"
    return base | {"nps": round(nps, 1), "margin": round(margin, 1), "verdict": verdict}


_CARRIED = ("comment", "themes", "first_followed_up_at", "resolved_at")


def standing(scores: Iterable[Score]) -> list[Score]:
    """The scores that no correction has replaced: another answer to the same question, within a day after it.

    A correction keeps what was said and done about the score that it replaces. The order of `scores` changes nothing.
    """
    within = timedelta(hours=configuration.get().nps.correction_hours)
    kept: list[Score] = []
    questions: dict[tuple[str, str], list[Score]] = defaultdict(list)
    for score in scores:
        if score.get("cause"):
            questions[score["customer_id"], score["cause"]].append(score)
        else:
            kept.append(score)
    for answers in questions.values():
        answers.sort(key=lambda one: (one["at"], one["entry"]))
        before: Score | None = None
        for answer in answers:
            if before is not None and clock.parse(answer["at"]) - clock.parse(before["at"]) > within:
                kept.append(before)
                before = None
            before = {name: (before or {}).get(name) for name in _CARRIED} | _said(answer)
        if before is not None:
            kept.append(before)
    return kept


def _said(score: Score) -> dict[str, Any]:
    return {name: value for name, value in score.items() if value is not None}


def latest(scores: Iterable[Score]) -> list[Score]:
    """The last score of each customer and episode: a customer who was asked again has changed his mind."""
    last: dict[tuple[str, str], Score] = {}
    for score in scores:
        key = (score["customer_id"], score["episode"])
        if key not in last or score["at"] >= last[key]["at"]:
            last[key] = score
    return list(last.values())


def iso_week(day: date) -> str:
    """The ISO week of a day: 2026-W48."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def sample_needed(distance: float, p: float, d: float) -> int:
    """How many scores it takes until the interval no longer holds a target `distance` points away.

    `p` and `d` are the shares of promoters and detractors that are expected (0 to 1).
    """
    if distance <= 0:
        raise ValueError("distance must be above 0 points: no sample tells apart what is equal")
    return max(int(configuration.get().nps.least), math.ceil((Z95 * 100 / distance) ** 2 * (p + d - (p - d) ** 2)))
