"""An incident as staff see it, and what has come of it so far: counted from what is kept, never beside it."""

from typing import Any

from caring.incidents import neighbours, store
from caring.incidents.following import NOBODY
from caring.incidents.store import Incident

_SHOWN = (
    *("incident_id", "state", "witel", "district", "village", "since", "proposed_at", "proposed_by"),
    *("confirmed_at", "confirmed_by", "note", "mended_at", "mended_by", "mended_note"),
    *("dismissed_at", "dismissed_by", "reason"),
)


def view(incident: Incident) -> dict[str, Any]:
    """The incident without its counts."""
    return {name: incident.get(name) for name in _SHOWN}


def counts(incident: Incident) -> dict[str, int]:
    """How many fault tickets were reported, how many follow it, and how many customers were held, told, … so far."""
    found = list(store.customers(incident["incident_id"], None))
    until = store.ended(incident)
    reports = [one for one in store.reports(incident["area"], incident["since"]) if one["part"] < until]
    return {
        "reports": len(reports),
        "reporters": len({one["customer_id"] for one in reports}),
        "tickets": sum(len(one.get("ticket_ids", ())) for one in found),
        "affected": neighbours.count(incident["area"]),
        "customers": len(found),
        "held": sum("held_at" in one and "released_at" not in one for one in found),
        "released": sum("released_at" in one for one in found),
        "told": sum(one.get("told", NOBODY) != NOBODY for one in found),
        "not_reached": sum(one.get("told") == NOBODY for one in found),
        "asked": sum(one.get("asked", NOBODY) != NOBODY for one in found),
    }
