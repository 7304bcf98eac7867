"""What comes of a call: the next try at another hour, or the end of it; and what a try means for the customer.

A try is named after its item and number. Whatever it does is done under that name, so a repeated answer does it once.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from caring import clock, configuration, timeline
from caring.customers import repair
from caring.errors import conflict
from caring.runs import pressure, windows
from caring.tickets import closing
from caring.work import handling, tries, voice

Item = dict[str, Any]

_AGAIN = ("rejected", "no_answer")
_NOT_HIM = ("invalid_number", "wrong_person")  # the customer was not spoken with, and will not be by this number
_LOOK_AHEAD_DAYS = 30
_CHANNEL = "voice"


def take(item: Item, said: Mapping[str, Any], actor: str) -> Item:
    """Take what came of a call to the item's customer; the item as it then is: open for another try, or done.

    CaringError 409 when it is another's, done, or not to be tried yet.
    """
    now = clock.now()
    if tries.is_repeated(item, said, actor, now):
        _take_effect(item, int(item["attempts"]))
        return item
    handling.check_free(item, actor)
    if tries.rests(item, now):
        raise conflict("too_early", f"the next try is not before {item['not_before']}: it was agreed or set by rule")
    tried = tries.kept(item, said, actor, now)
    attempt = int(tried["attempts"])
    again = _next(item, said, attempt, now)
    if again is None:
        result = {name: said[name] for name in ("outcome", "note", "answer") if said.get(name)}
        done = handling.finish(item, tried | result, actor)
    else:
        hours = timedelta(hours=configuration.get().work.due_hours["call"])
        later = {"not_before": clock.iso(again), "due_at": clock.iso(again + hours)}
        done = handling.put_back(item, tried | later, actor)
    if done is None:
        raise conflict("changed_meanwhile", "the item has changed since: look at it again")
    _take_effect(done, attempt)
    return done


def _next(item: Item, said: Mapping[str, Any], attempt: int, now: datetime) -> datetime | None:
    """When the customer is called again; None when he is not."""
    if said["outcome"] == "callback":
        return clock.parse(said["at"])
    rules = configuration.get().calls
    if said["outcome"] not in _AGAIN or attempt >= rules.attempts:
        return None
    if attempt >= rules.voice_after and voice.is_simple(item):
        return None
    times = [*pressure.moments(item["customer_id"]), now]
    return next_try(said["outcome"], now, times, windows.zone_of(str(item["witel"]).casefold()))


def next_try(outcome: str, now: datetime, contacts: list[datetime], zone: str) -> datetime | None:
    """The next of the configured hours that is far enough from this try and leaves the contact cap unbroken.

    One who rejected the call is left alone for the day. None when there is no such hour within a month.
    """
    calls, local = configuration.get().calls, ZoneInfo(zone)
    today = now.astimezone(local).date()
    earliest = now + timedelta(hours=calls.apart_hours)
    for days in range(1 if outcome == "rejected" else 0, _LOOK_AHEAD_DAYS):
        day = today + timedelta(days=days)
        for hour in calls.hours:
            moment = datetime.combine(day, time.fromisoformat(hour), local)
            if moment < earliest or not windows.is_open(windows.hours("service"), zone, moment):
                continue
            if _has_room(contacts, moment):
                return moment
    return None


def _has_room(contacts: Iterable[datetime], moment: datetime) -> bool:
    """Whether one more contact at a moment stays below the cap."""
    calls = configuration.get().calls
    window = timedelta(days=calls.cap_days)
    return bool(sum(moment - window < contact <= moment for contact in contacts) < calls.cap_contacts)


def _take_effect(item: Item, attempt: int) -> None:
    """What a try means beyond its item: a contact, an event, a fact about the number, a word on a ticket."""
    last, name = item["last_try"], f"{item['work_id']}-{attempt}"
    customer_id, at = item["customer_id"], clock.parse(last["at"])
    if last["outcome"] not in _NOT_HIM:
        pressure.record_contact(customer_id, "call", name, at)
    timeline.append(
        customer_id,
        "call",
        at=at,
        event_id=name,
        channel=_CHANNEL,
        outcome=last["outcome"],
        note=last.get("note"),
        by=last["by"],
        attempt=attempt,
        work_id=item["work_id"],
        ticket_id=item.get("ticket_id"),
        next_try=item.get("not_before") if item["state"] == "open" else None,
    )
    heard = "answered" if last["outcome"] == "callback" else last["outcome"]
    repair.hear(customer_id, _CHANNEL, heard, None, at)
    if item["state"] == "done" and last["outcome"] in _AGAIN and voice.is_simple(item):
        zone = windows.zone_of(str(item["witel"]).casefold())
        if moment := next_try(last["outcome"], at, pressure.moments(customer_id), zone):
            voice.leave(item, moment)
    if last.get("answer"):
        closing.answer(
            item["ticket_id"],
            last["answer"],
            customer_id=customer_id,
            cause=item["cause"],
            event_id=name,
            channel="call",
            at=at,
            text=last.get("note"),
        )


def check_may_call(item: Mapping[str, Any]) -> None:
    """CaringError 409 for a call that is not to be made now: not yet, at no hour for calls, or above the contact cap.

    A call at the time that the customer named himself is made at any hour and counts as none too many.
    """
    now = clock.now()
    if tries.rests(item, now):
        raise conflict("too_early", f"the next try is not before {item['not_before']}: take another item")
    if (item.get("last_try") or {}).get("outcome") == "callback":
        return
    zone, hours = windows.zone_of(str(item["witel"]).casefold()), windows.hours("service")
    if not windows.is_open(hours, zone, now):
        opens = clock.iso(windows.next_open(hours, zone, now))
        raise conflict("outside_window", f"customers are called from {opens} on: take another item")
    calls = configuration.get().calls
    times = pressure.moments(item["customer_id"])
    if not _has_room(times, now):
        said = f"{calls.cap_contacts} contacts in {calls.cap_days} days"
        raise conflict("cap_reached", f"the customer had {said}, and is left alone for now: take another item")
