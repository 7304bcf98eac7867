"""What customers speak of: the themes of their comments and complaints, and praise and complaints by category.

Comments come with scores, messages without. A message that is both, a score with a complaint, counts once.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from caring import configuration
from caring.nps import figures, reports, store
from caring.observability import safe
from caring.understanding import themes
from caring.understanding.categories import CATEGORIES

_LONGEST = 200  # characters of an example


def whole(first: date, last: date, witel: str | None) -> dict[str, Any]:
    """{comments, messages, themes, categories} over all that was said in a span of days; see split."""
    return _told(_said(first, last, witel))


def split(first: date, last: date, witel: str | None, by: reports.By) -> list[dict[str, Any]]:
    """The same for each episode or program: [{key, …}], the most spoken of first.

    A theme is {theme, title, n, promoters, passives, detractors, examples: [{text, score, at}]}, a category {category,
    title, n, examples}; numbers and mailboxes are masked, and score is None for what was said without one.
    """
    groups: dict[str, list[store.Entry]] = defaultdict(list)
    for entry in _said(first, last, witel):
        groups[reports.KEYS[by](entry)].append(entry)
    return [{"key": key} | _told(groups[key]) for key in sorted(groups)]


def _said(first: date, last: date, witel: str | None) -> list[store.Entry]:
    """Scores with a comment, and what was said without a score."""
    scored = {store.event_of(one): one for one in reports.scores(first, last, witel) if one.get("comment")}
    others = {store.event_of(one): one for one in reports.said(first, last, witel)}
    # What a score and a complaint in one message were about, the complaint's own words tell.
    both = {event: {**one, "category": others.get(event, one).get("category")} for event, one in scored.items()}
    return list({**others, **both}.values())


def _told(entries: Iterable[store.Entry]) -> dict[str, Any]:
    entries = list(entries)
    scored = sum("score" in entry for entry in entries)
    of_theme = {theme: [one for one in entries if theme.name in (one.get("themes") or ())] for theme in themes.listed()}
    of_category = {name: [one for one in entries if one.get("category") == name] for name in CATEGORIES}
    return {
        "comments": scored,
        "messages": len(entries) - scored,
        "themes": _most_first(_theme(theme, mine) for theme, mine in of_theme.items()),
        "categories": _most_first(_category(name, mine) for name, mine in of_category.items()),
    }


def _most_first(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted((row for row in rows if row["n"]), key=lambda row: -int(row["n"]))


def _theme(theme: themes.Theme, entries: list[store.Entry]) -> dict[str, Any]:
    groups = Counter(figures.group_of(int(entry["score"])) for entry in entries if "score" in entry)
    return {
        "theme": theme.name,
        "title": theme.title,
        "n": len(entries),
        "promoters": groups["promoter"],
        "passives": groups["passive"],
        "detractors": groups["detractor"],
        "examples": _examples(entries),
    }


def _category(name: str, entries: list[store.Entry]) -> dict[str, Any]:
    return {"category": name, "title": CATEGORIES[name], "n": len(entries), "examples": _examples(entries)}


def _examples(entries: list[store.Entry]) -> list[dict[str, Any]]:
    """The newest that were not erased."""
    told = [entry for entry in entries if entry["comment"]]
    newest = sorted(told, key=lambda entry: str(entry["at"]), reverse=True)[: configuration.get().nps.examples]
    return [
        {"text": safe(str(entry["comment"]))[:_LONGEST], "score": entry.get("score"), "at": entry["at"]}
        for entry in newest
    ]
