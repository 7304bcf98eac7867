"""What follows from a confirmed incident for its area, and from its end: done page by page, each as often as one likes.

Confirmed: "gather" has the area's fault tickets follow it; then "hold" stops bills and offers for everybody in the area
and tells those who have not complained. At its end "release" lets go, ends the tickets' work, and asks or tells all who
knew of it. Who does something for a customer keeps that with the incident first, then looks whether it is still
confirmed: if not, the release is begun anew, and so misses nobody.
"""

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from caring import clock, configuration
from caring.conversation import say
from caring.errors import CaringError
from caring.incidents import joining, mending, neighbours, queue, store
from caring.incidents.store import Incident
from caring.messages import ledger
from caring.messages import status as st
from caring.tickets import store as tickets

TOLD, OVER = "incident-told", "incident-mended"  # the scripts
NOBODY = "nobody"  # in place of a channel: he can be reached by none
_EQUIVOCAL = 1


def take(body: Mapping[str, Any]) -> dict[str, Any]:
    """Do one page of a task and put the next on the queue; what was done, for the log. CaringError 404 unknown."""
    incident = store.get(body["incident_id"])
    said = {"incident_id": incident["incident_id"], "task": body["task"]}
    if body["task"] not in _DUE[incident["state"]]:
        return said | {"customers": 0}
    return said | {"customers": _TASKS[body["task"]](incident, body.get("after"))}


def _gather(incident: Incident, after: str | None) -> int:
    """Have a page of the area's fault tickets follow the incident: those of its time, if that is over."""
    page = _page()
    found = list(store.reports(incident["area"], incident["since"], after=after, limit=page))
    until = store.ended(incident)
    for ticket in tickets.read([report["ticket_id"] for report in found if report["part"] < until]):
        joining.join(ticket, incident["incident_id"])
    ended = joining.end_with(incident["incident_id"])
    if len(found) == page:
        queue.put(incident["incident_id"], "gather", found[-1]["part"])
    elif not ended:
        queue.put(incident["incident_id"], "hold")
    return len(found)


def _hold(incident: Incident, after: str | None) -> int:
    """Hold back bills and offers for a page of the area's customers, and tell those who do not know."""
    page = _page()
    found = list(islice(neighbours.of_area(incident["area"], after), page))
    for customer_id in found:
        kept = store.note(incident["incident_id"], customer_id, {"found_at": clock.iso(clock.now())})
        joining.hold(incident["incident_id"], customer_id)
        if not kept.get("ticket_ids") and "told" not in kept:
            told = _say(incident, customer_id, TOLD)
            store.note(incident["incident_id"], customer_id, {"told": told})
    if not joining.end_with(incident["incident_id"]) and len(found) == page:
        queue.put(incident["incident_id"], "hold", found[-1])
    return len(found)


def _release(incident: Incident, after: str | None) -> int:
    """Let go of a page of those whom the incident concerned: their bills, their tickets' work; and tell them."""
    page = _page()
    found = list(store.customers(incident["incident_id"], after, limit=page))
    for kept in found:
        customer_id, sets = kept["customer_id"], {"released_at": clock.iso(clock.now())}
        joining.let_go(incident["incident_id"], customer_id)
        if kept.get("ticket_ids"):
            asked = [mending.mend(ticket_id, incident["incident_id"]) for ticket_id in kept["ticket_ids"]]
            sets |= {"asked": "ticket"} if any(asked) else {}
        elif kept.get("told", NOBODY) != NOBODY and "asked" not in kept and _knows(incident, kept):
            sets["asked"] = _say(incident, customer_id, OVER)
        store.note(incident["incident_id"], customer_id, sets)
    if len(found) == page:
        queue.put(incident["incident_id"], "release", found[-1]["customer_id"])
    return len(found)


def _knows(incident: Incident, kept: Mapping[str, Any]) -> bool:
    """Whether the message of the disturbance may have reached a customer; one that still waits is never sent."""
    cause = _cause(incident, TOLD)
    entry = ledger.Entry(kept["customer_id"], cause, kept["told"], status=st.SKIPPED, reason="incident_over")
    if ledger.withdraw(entry):
        return False
    standing = ledger.read([entry.key], ("status",))[entry.key]
    return standing["status"]["S"] not in st.NOT_SENT


def _say(incident: Incident, customer_id: str, script_id: str) -> str:
    """The channel by which a customer is told, or NOBODY."""
    try:
        said = say(
            customer_id,
            cause=_cause(incident, script_id),
            script_id=script_id,
            purpose="service",
            equivocal=_EQUIVOCAL,
        )
    except CaringError as error:
        if error.status != 404 or error.code != "not_found":
            raise
        return NOBODY  # he has left the table
    return said.channel or NOBODY


def _cause(incident: Incident, script_id: str) -> str:
    return f"incident-{incident['incident_id']}-{script_id.rpartition('-')[2]}"


def _page() -> int:
    return int(configuration.get().incidents.page)


_DUE: Mapping[str, tuple[str, ...]] = {  # what may be done for an incident of a state
    "proposed": (),
    "confirmed": ("gather", "hold"),
    "mended": ("gather", "release"),
    "dismissed": (),
}
_TASKS: Mapping[str, Callable[[Incident, str | None], int]] = {"gather": _gather, "hold": _hold, "release": _release}
