"""What customers speak of beside their scores: themes with counts and examples, by episode or program."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from caring import configuration
from caring.nps import figures, reports, store
from caring.observability import safe
from caring.understanding import themes

_LONGEST = 200  # characters of an example


def whole(first: date, last: date, witel: str | None) -> dict[str, Any]:
    """{comments, themes} over all comments of a span of days; see split."""
    return _told(reports.scores(first, last, witel))


def split(first: date, last: date, witel: str | None, by: reports.By) -> list[dict[str, Any]]:
    """The themes of each episode or program: [{key, comments, themes}], the most spoken of first.

    A theme is {theme, title, n, promoters, passives, detractors, examples: [{text, score, at}]}, numbers and mailboxes
    masked.
    """
    groups: dict[str, list[store.Entry]] = defaultdict(list)
    for score in reports.scores(first, last, witel):
        if score.get("comment"):
            groups[reports.KEYS[by](score)].append(score)
    return [{"key": key} | _told(groups[key]) for key in sorted(groups)]


def _told(scores: Iterable[store.Entry]) -> dict[str, Any]:
    commented = [score for score in scores if score.get("comment")]
    found = [
        _theme(theme, [s for s in commented if theme.name in (s.get("themes") or ())]) for theme in themes.listed()
    ]
    spoken = sorted((one for one in found if one["n"]), key=lambda one: -int(one["n"]))
    return {"comments": len(commented), "themes": spoken}


def _theme(theme: themes.Theme, scores: list[store.Entry]) -> dict[str, Any]:
    groups = Counter(figures.group_of(int(score["score"])) for score in scores)
    newest = sorted(scores, key=lambda score: str(score["at"]), reverse=True)[: configuration.get().nps.examples]
    return {
        "theme": theme.name,
        "title": theme.title,
        "n": len(scores),
        "promoters": groups["promoter"],
        "passives": groups["passive"],
        "detractors": groups["detractor"],
        "examples": [
            {"text": safe(str(score["comment"]))[:_LONGEST], "score": score["score"], "at": score["at"]}
            for score in newest
        ],
    }
