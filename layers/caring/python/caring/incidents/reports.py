"""Fault tickets are heard of area by area: enough of them make a proposal, a confirmed incident takes them in at once.

A ticket is written among its area's reports before the area's incident is looked at, and an incident is confirmed
before its area's reports are read: of the two, one always sees the other.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from caring import clock, configuration, tables
from caring.customers import areas
from caring.customers import store as customers
from caring.customers.model import Item, text
from caring.errors import CaringError
from caring.ids import new_id
from caring.incidents import clusters, joining, store
from caring.observability import logger
from caring.tickets.store import Ticket
from caring.typed import typed_item
from caring.work import handling, items

SYSTEM = "system"  # proposes what no person has


def hear(ticket: Ticket) -> None:
    """Take a fault ticket into account for its area; again, it changes nothing."""
    if not (ticket["category"] == "fault" or ticket["technical"]) or ticket["state"] not in joining.TAKES:
        return
    try:
        customer = customers.get(ticket["customer_id"])
    except CaringError:
        return  # erased meanwhile: he lives nowhere
    area = areas.of_item(customer)
    if area is None:
        return
    _keep(area, ticket)
    seen = store.current(area)
    if seen and seen["state"] == "confirmed":
        _join(ticket, seen["current"])
    elif seen and seen["state"] == "proposed" and not _lapsed(seen):
        _ask(seen["current"], ticket["unit"])
    elif found := _cluster(area, seen):
        _propose(area, customer, ticket, seen, found)


def _join(ticket: Ticket, incident_id: str) -> None:
    joining.join(ticket, incident_id)
    joining.end_with(incident_id)


def _keep(area: str, ticket: Ticket) -> None:
    days = configuration.get().incidents.report_days
    report = {
        "incident_id": store.place(area),
        "part": f"{ticket['opened_at']}#{ticket['ticket_id']}",
        "ticket_id": ticket["ticket_id"],
        "customer_id": ticket["customer_id"],
        "expires_at": int(clock.to_wall(clock.now()).timestamp()) + days * 86_400,
    }
    tables.put_new(store.table(), typed_item(report), "incident_id")


def since(seen: Mapping[str, Any] | None) -> str:
    """From when on an area's reports belong to an incident that begins now: of the window, since its last one ended."""
    window = clock.iso(clock.now() - timedelta(minutes=configuration.get().incidents.window_minutes))
    return max(window, str(seen["since"])) if seen and seen["state"] in store.ENDED else window


def _cluster(area: str, seen: Mapping[str, Any] | None) -> list[clusters.Report]:
    """The reports that make up a new incident; none while too few report."""
    settings, now = configuration.get().incidents, clock.now()
    window = timedelta(minutes=settings.window_minutes)
    found = (
        clusters.Report(one["ticket_id"], one["customer_id"], clock.parse(one["part"].partition("#")[0]))
        for one in store.reports(area, clock.iso(now - window))
    )
    ended = clock.parse(seen["since"]) if seen and seen["state"] in store.ENDED else None
    return clusters.cluster(found, now, window=window, least=settings.least_customers, since=ended)


def _lapsed(seen: Mapping[str, Any]) -> bool:
    """Whether nobody has decided on a proposal for so long that it says nothing of today."""
    limit = timedelta(hours=configuration.get().incidents.decide_hours)
    return bool(clock.parse(seen["since"]) + limit < clock.now())


def _propose(
    area: str, customer: Item, ticket: Ticket, seen: Mapping[str, Any] | None, found: list[clusters.Report]
) -> None:
    incident = made(area, customer, since=clock.iso(found[0].at), by=SYSTEM)
    lapsed = seen["current"] if seen and seen["state"] == "proposed" else None
    if lapsed:
        handling.withdraw([question_id(lapsed)], "nobody decided on it in time")
    if not store.propose(incident, seen, lapsed):
        now_there = store.current(area)
        if now_there is None or now_there == seen:
            raise RuntimeError("an area's place could not be written: the ticket is heard of again")
        if now_there["state"] == "confirmed":
            _join(ticket, now_there["current"])
        return
    logger().warning("fault tickets look like an incident", extra={"incident_id": incident["incident_id"]})
    _ask(incident["incident_id"], ticket["unit"])


def _ask(incident_id: str, unit: str) -> None:
    """Have a person decide on a proposal. Each later report asks too, in case who proposed it died before he asked."""
    incident = store.get(incident_id)
    if incident["state"] != "proposed":
        return
    now, hours = clock.now(), configuration.get().work.due_hours["escalation"]
    count = len({one["customer_id"] for one in store.reports(incident["area"], incident["since"])})
    question = {
        "work_id": question_id(incident_id),
        "kind": "escalation",
        "unit": unit,
        "state": "open",
        "witel": incident["witel"],
        "segment": "HVC",  # before single complaints: it is about many customers
        "reason": f"{count} customers of {incident['village']} report faults: is it one disturbance?",
        "incident_id": incident_id,
        "created_at": clock.iso(now),
        "due_at": clock.iso(now + timedelta(hours=hours)),
    }
    items.enter([question])


def made(area: str, address: Item, *, since: str, by: str) -> store.Incident:
    """A new incident of an area, proposed; `address` holds the area's witel, district and village."""
    return {
        "incident_id": new_id(),
        "area": area,
        **{field: text(address, field) or "" for field in areas.FIELDS},
        "state": "proposed",
        "since": since,
        "proposed_at": clock.iso(clock.now()),
        "proposed_by": by,
    }


def question_id(incident_id: str) -> str:
    """The id of the work item that asks a person to decide on a proposal."""
    return f"escalation-incident-{incident_id}"
