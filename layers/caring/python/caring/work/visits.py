"""What comes of a home visit: done, or nobody at home and another try on another day, or the end of trying.

A try is named after its item and number. Whatever it does is done under that name, so a repeated answer does it once.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from caring import clock, configuration, timeline
from caring.errors import conflict
from caring.runs import pressure
from caring.work import handling, tries

Item = dict[str, Any]

_PLACE = ("round", "visit_on")  # of a try that is over


def take(item: Item, said: Mapping[str, Any], actor: str) -> Item:
    """Take what came of a visit; the item as it then is: open for another day, out of its round, or done.

    CaringError 409 when it is another's or done otherwise, and for a try that nobody was to make yet.
    """
    now = clock.now()
    if tries.is_repeated(item, said, actor, now):
        _take_effect(item)
        return item
    handling.check_free(item, actor)
    if said["outcome"] == "not_home":
        check_may_visit(item)
    tried = tries.kept(item, said, actor, now)
    again = _next(said, tried["attempts"], now)
    if again is None:
        result = {name: said[name] for name in ("outcome", "note") if said.get(name)}
        done = handling.finish(item, tried | result, actor)
    else:
        due = again + timedelta(hours=configuration.get().work.due_hours["visit"])
        later = {"not_before": clock.iso(again), "due_at": clock.iso(due)}
        done = handling.put_back(item, tried | later, actor, drops=_PLACE)
    if done is None:
        raise conflict("changed_meanwhile", "the item has changed since: look at it again")
    _take_effect(done)
    return done


def check_may_visit(item: Mapping[str, Any]) -> None:
    """CaringError 409 before the time of the next try, which a rule or a neighbour has set."""
    if tries.rests(item, clock.now()):
        raise conflict("too_early", f"nobody was at home; the next try is not before {item['not_before']}")


def _next(said: Mapping[str, Any], attempt: int, now: datetime) -> datetime | None:
    """From when on the customer may be visited again; None when he is not."""
    visits = configuration.get().visits
    if said["outcome"] != "not_home" or attempt >= visits.attempts:
        return None
    return clock.parse(said["at"]) if said.get("at") else now + timedelta(days=visits.again_days)


def _take_effect(item: Item) -> None:
    """What a try means beyond its item: an event, and a contact if the customer was met."""
    last, name = item["last_try"], f"{item['work_id']}-{item['attempts']}"
    at = clock.parse(last["at"])
    if last["outcome"] != "not_home":
        pressure.record_contact(item["customer_id"], "visit", name, at)
    timeline.append(
        item["customer_id"],
        "visit",
        at=at,
        event_id=name,
        outcome=last["outcome"],
        note=last.get("note"),
        by=last["by"],
        attempt=item["attempts"],
        work_id=item["work_id"],
        ticket_id=item.get("ticket_id"),
        next_try=item.get("not_before") if item["state"] == "open" else None,
    )
