"""What scores come to over a span of days: figures with their margin, who did not answer, and the loop with detractors.

Scores are read as they are kept and counted anew each time, so a correction, an erasure or a late answer is in the next
answer already. One more day than asked is read, for the corrections of the last one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from caring import clock, configuration
from caring.ids import run_of
from caring.messages import status as st
from caring.nps import figures, store
from caring.programs import store as programs
from caring.programs.kinds import KINDS
from caring.runs import counters
from caring.runs import store as runs

By = Literal["episode", "segment", "channel", "week", "program"]
Answer = Mapping[str, Any]

_MOST_RUNS = 200  # of one program in one span


@dataclass(frozen=True, slots=True)
class Asked:
    """Surveys that were sent, by one episode's end or by a run; a key is None where nobody can tell them apart."""

    n: int
    answered: int
    keys: Mapping[str, str | None]


def scores(first: date, last: date, witel: str | None) -> list[store.Entry]:
    """The scores that stand, from one day to another, of a witel (None = of all)."""
    found = figures.standing(store.between("score", first, last + timedelta(days=1)))
    return [dict(score) for score in found if store.day_of(dict(score)) <= last and _is_of(score, witel)]


def said(first: date, last: date, witel: str | None) -> list[store.Entry]:
    """What customers said unasked, praise and complaints, in the same days."""
    return [entry for entry in store.between("said", first, last) if _is_of(entry, witel)]


def _is_of(entry: Mapping[str, Any], witel: str | None) -> bool:
    return witel is None or entry.get("witel") == witel.casefold()


def whole(first: date, last: date, witel: str | None) -> dict[str, Any]:
    """One figure over everything, with `surveys` and `follow_ups`."""
    found = scores(first, last, witel)
    return _figure(found, list(_asked(first, last, witel, found)), None)


def split(first: date, last: date, witel: str | None, by: By) -> list[dict[str, Any]]:
    """The same for each episode, segment, channel, ISO week or program that was asked about or scored, by its key."""
    found = scores(first, last, witel)
    asked = list(_asked(first, last, witel, found))
    groups: dict[str, list[store.Entry]] = defaultdict(list)
    for score in found:
        groups[KEYS[by](score)].append(score)
    names = {*groups, *(key for one in asked if (key := one.keys[by]) is not None)}
    return [{"key": name} | _figure(groups[name], asked, (by, name)) for name in sorted(names)]


def program_of(entry: Mapping[str, Any]) -> str:
    """The program behind a score; the surveys of episodes, and scores that answer nothing, have names of their own."""
    if entry.get("program_id"):
        return str(entry["program_id"])
    return "episode_survey" if entry.get("cause") or entry.get("survey") else "unasked"


KEYS: Mapping[str, Callable[[store.Entry], str]] = {
    "episode": lambda entry: str(entry["episode"]),
    "segment": lambda entry: str(entry["segment"]),
    "channel": lambda entry: str(entry.get("channel") or entry.get("survey_channel")),
    "week": lambda entry: figures.iso_week(store.day_of(entry)),
    "program": program_of,
}


def _figure(found: Iterable[store.Entry], asked: Iterable[Asked], group: tuple[str, str] | None) -> dict[str, Any]:
    found = list(found)
    counted = figures.figure(int(score["score"]) for score in figures.latest(found))
    return counted | {"surveys": _response(asked, group), "follow_ups": follow_ups(found, clock.now())}


def _response(asked: Iterable[Asked], group: tuple[str, str] | None) -> dict[str, Any]:
    """{asked, answered, response_rate}: null where surveys of a run cannot be told apart by what was asked for."""
    asked = list(asked)
    if group and any(one.keys[group[0]] is None and one.n for one in asked):
        return {"asked": None, "answered": None, "response_rate": None}
    mine = [one for one in asked if group is None or one.keys[group[0]] == group[1]]
    n, answered = sum(one.n for one in mine), sum(one.answered for one in mine)
    return {"asked": n, "answered": answered, "response_rate": round(answered / n, 3) if n else None}


def _asked(first: date, last: date, witel: str | None, found: Iterable[Answer]) -> Iterator[Asked]:
    for ended in store.between("episode", first, last):
        if "survey" in ended and _is_of(ended, witel):
            yield Asked(1, int("answered_at" in ended), {by: key(ended) for by, key in KEYS.items()})
    yield from _asked_by_runs(first, last, witel, found)


def _asked_by_runs(first: date, last: date, witel: str | None, found: Iterable[Answer]) -> Iterator[Asked]:
    """Runs of survey programs that began in the span. Of a run over every witel no single one has a number.

    While a run goes on it has one number; then each channel and segment of it has, as they were counted at its end.
    """
    answered: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for score in found:
        if asked_by := run_of(str(score.get("cause") or "")):
            part = counters.kind_of_message(str(score.get("asked_by") or score["channel"]), str(score["segment"]))
            answered[asked_by[0]][part].add(str(score["customer_id"]))
    zone = ZoneInfo(configuration.get().zones.default)
    begins, ends = (datetime.combine(day, time(), zone) for day in (first, last + timedelta(days=1)))
    for program in programs.list_programs():
        if program["kind"] != "survey" or (witel and (program["witel"] or "").casefold() != witel.casefold()):
            continue
        for run in runs.runs_of(program["program_id"], _MOST_RUNS, clock.iso(ends)):
            if run.created_at < clock.iso(begins):
                break
            day = clock.parse(run.created_at).astimezone(zone).date()
            about = {
                "episode": KINDS["survey"].episode,
                "week": figures.iso_week(day),
                "program": str(program["program_id"]),
            }
            yield from _asked_by_run(run, about, answered[run.run_id])


def _asked_by_run(run: runs.Run, about: Mapping[str, str | None], answered: Mapping[str, set[str]]) -> Iterator[Asked]:
    if run.asked is None or run.state not in runs.ENDED:
        buckets = counters.whole(counters.read_all(run.run_id))
        heard = {customer for part in answered.values() for customer in part}
        yield Asked(sum(buckets[name] for name in st.TAKEN), len(heard), {**about, "segment": None, "channel": None})
        return
    for part in {**run.asked, **answered}:
        channel, _, segment = part.partition(":")
        keys = {**about, "channel": channel, "segment": segment}
        yield Asked(run.asked.get(part, 0), len(answered.get(part, ())), keys)


def follow_ups(found: Iterable[Answer], now: datetime) -> dict[str, Any]:
    """The loop with detractors: {detractors, followed_up, resolved_in_time, resolved_late, overdue, hours}.

    In time is within `hours` of the score; overdue is what is not resolved after them.
    """
    hours = int(configuration.get().nps.closed_loop_hours)
    counted = dict.fromkeys(("detractors", "followed_up", "resolved_in_time", "resolved_late", "overdue"), 0)
    for score in found:
        if figures.group_of(int(score["score"])) != "detractor":
            continue
        counted["detractors"] += 1
        counted["followed_up"] += score.get("first_followed_up_at") is not None
        until = clock.parse(str(score["at"])) + timedelta(hours=hours)
        if score.get("resolved_at") is None:
            counted["overdue"] += now > until
        else:
            in_time = clock.parse(str(score["resolved_at"])) <= until
            counted["resolved_in_time" if in_time else "resolved_late"] += 1
    return {**counted, "hours": hours}
