"""Rounds of home visits: planned for the days to come, kept by witel, day and number, shown with their visits.

A round is entered before its visits are marked with it, and a visit is marked only if nobody else has put it into a
round since it was read: so a visit is in one round at most, whoever plans at the same time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from caring import aws, clock, configuration, environment, tables
from caring.conversation import terms
from caring.customers.bulk import read_customers
from caring.customers.model import flag, text
from caring.errors import conflict
from caring.incidents import disturbed
from caring.runs import pressure, windows
from caring.typed import plain_item, typed_item
from caring.work import handling, items, rounds
from caring.work.items import UNITS

Item = dict[str, Any]

_TRIES = 4
_PAGE = 200
_READS = ("village", "district", "area_key", "erased", "incident_hold")


def plan(witel: str, first: date, *, actor: str) -> list[Item]:
    """Put the open visits of a witel that are in no round into rounds of the working days from `first` on.

    Those come later who may not be visited yet, have had their share of contacts, or live where a disturbance is being
    repaired. The new rounds, as `of_day` shows them. CaringError 409 when others keep planning at the same time.
    """
    days, made = _working_days(first), set[str]()
    for _ in range(_TRIES):
        waiting = _waiting(witel, days)
        for planned in rounds.plan(waiting, _free(witel, days), per_round=configuration.get().visits.per_round):
            if not _enter(witel, planned, actor):
                break  # another has planned this round meanwhile: what he left over is planned anew
            if not _mark(planned, waiting):
                _remove(witel, planned)
                break  # … or its visits, into another round
            made.add(_name(planned))
        else:
            return [one for day in days for one in of_day(witel, day) if one["round"] in made]
    raise conflict("changed_meanwhile", "others plan this witel's visits at the same time: look at their rounds")


def of_day(witel: str, day: date) -> list[Item]:
    """The rounds of a day: [{round, visit_on, number, witel, district, planned_by, planned_at, visits}].

    `visits` are the items that are in the round still, in its order, each as people see it.
    """
    found = _kept(witel, day, day)
    there = {item["work_id"]: item for item in items.read(list({i for one in found for i in one["work_ids"]}))}
    shown = [
        one | {"visits": [items.view(there[i]) for i in one.pop("work_ids") if _is_in(there.get(i), one)]}
        for one in found
    ]
    return [one for one in shown if one["visits"]]


def _is_in(item: Item | None, one: Item) -> bool:
    return item is not None and item.get("round") == one["round"]


def _working_days(first: date) -> list[date]:
    settings = configuration.get().visits
    days: list[date] = []
    day = first
    while len(days) < settings.days:
        if day.weekday() in settings.weekdays and not windows.is_day_off(day):
            days.append(day)
        day += timedelta(days=1)
    return days


def _waiting(witel: str, days: Sequence[date]) -> list[Item]:
    """The visits to put into rounds, each with the village and district where its customer lives now."""
    zone = ZoneInfo(windows.zone_of(witel.casefold()))
    today = clock.now().astimezone(zone).date().isoformat()
    morning = datetime.combine(days[0], time(), zone)
    evening = clock.iso(morning + timedelta(days=1))
    open_ones = [
        item
        for item in _open(witel)
        if item.get("not_before", "") < evening and not ("round" in item and item["visit_on"] >= today)
    ]
    customers = read_customers(list({item["customer_id"] for item in open_ones}), ("customer_id", *_READS))
    calls = configuration.get().calls
    rules = replace(terms.rules("service", {}), cap=(calls.cap_contacts, calls.cap_days))
    full = pressure.without_room(rules, "", dict.fromkeys(customers, morning))
    waiting = []
    for item in open_ones:
        customer = customers.get(item["customer_id"])
        if customer is None or flag(customer, "erased") or item["customer_id"] in full:
            continue
        if "incident_hold" in customer or disturbed.is_home_of(customer):
            continue
        place = {"village": text(customer, "village") or "", "district": text(customer, "district") or ""}
        waiting.append(item | place | {"order_key": items.order_key(item)})
    return waiting


def _open(witel: str) -> Iterator[Item]:
    """The most valuable and oldest open visits, as many as one planning looks at."""
    left, after = int(configuration.get().visits.most), None
    while left > 0:
        found, after = items.listed(UNITS, "open", witel, kind="visit", limit=min(left, _PAGE), after=after)
        yield from found
        left -= len(found)
        if after is None:
            return


def _kept(witel: str, first: date, last: date) -> list[Item]:
    found = tables.query(
        environment.table("rounds"),
        KeyConditionExpression="witel_key = :witel AND #round BETWEEN :first AND :last",
        ExpressionAttributeNames={"#round": "round"},
        ExpressionAttributeValues={
            ":witel": {"S": witel.casefold()},
            ":first": {"S": f"{first}#"},
            ":last": {"S": f"{last}#~"},
        },
        ConsistentRead=True,
    )
    return [{name: value for name, value in plain_item(item).items() if name != "witel_key"} for item in found]


def _free(witel: str, days: Sequence[date]) -> list[tuple[date, int]]:
    taken = {(one["visit_on"], one["number"]) for one in _kept(witel, days[0], days[-1])}
    numbers = range(1, int(configuration.get().visits.per_day) + 1)
    return [(day, number) for day in days for number in numbers if (day.isoformat(), number) not in taken]


def _name(planned: rounds.Round) -> str:
    return f"{planned.visit_on}#{planned.number:02d}"


def _enter(witel: str, planned: rounds.Round, actor: str) -> bool:
    whole = {
        "witel_key": witel.casefold(),
        "round": _name(planned),
        "visit_on": planned.visit_on.isoformat(),
        "number": planned.number,
        "witel": witel,
        "district": planned.district,
        "work_ids": planned.work_ids,
        "planned_by": actor,
        "planned_at": clock.iso(clock.now()),
    }
    return tables.put_new(environment.table("rounds"), typed_item(whole), "witel_key")


def _remove(witel: str, planned: rounds.Round) -> None:
    key = {"witel_key": {"S": witel.casefold()}, "round": {"S": _name(planned)}}
    aws.client("dynamodb").delete_item(TableName=environment.table("rounds"), Key=key)


def _mark(planned: rounds.Round, waiting: Sequence[Item]) -> int:
    """Have the round's visits say so; how many were in no other."""
    known, marked = {item["work_id"]: item for item in waiting}, 0
    for work_id in planned.work_ids:
        item = known[work_id]
        place = {"village": item["village"], "district": item["district"]}
        sets = {"round": _name(planned), "visit_on": planned.visit_on.isoformat(), **place}
        marked += handling.appoint(item, sets) is not None
    return marked
