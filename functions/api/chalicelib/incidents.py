"""Incidents: disturbances of many customers at once, proposed by the system, decided on by people."""

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from caring.incidents import deciding, store, viewing
from chalicelib import scoping
from chalicelib.paging import page
from chalicelib.routing import Call, route

if TYPE_CHECKING:
    from chalicelib import incident_models

incidents = Blueprint(__name__)


@route(
    incidents,
    "GET /incidents",
    "incidents of a witel, the longest known first",
    query="IncidentsQuery",
    answer="Incidents",
)
def list_incidents(call: Call) -> dict[str, Any]:
    """Those of one state, or that are not over; what came of one is told by GET /incidents/{incident_id}."""
    asked: incident_models.IncidentsQuery = call.query
    states = (asked.state,) if asked.state else store.GOING_ON
    witel = scoping.one_witel(call.caller, asked.witel)
    found, following = store.listed(states, witel, asked.size, asked.start)
    return page([viewing.view(incident) for incident in found], following)


@route(incidents, "GET /incidents/{incident_id}", "an incident, and what has come of it so far", answer="Incident")
def read_incident(call: Call) -> dict[str, Any]:
    """The counts grow while its area is worked through."""
    return _shown(scoping.incident(call.caller, call.ids["incident_id"]))


@route(
    incidents,
    "POST /incidents",
    "enter a disturbance that is known before customers complain: it is confirmed at once",
    body="NewIncident",
    answer="Incident",
    status=201,
)
def enter_incident(call: Call) -> dict[str, Any]:
    """Of one village; 409 while it has another that is not over, or where no customer lives. Tells how many do."""
    said: incident_models.NewIncident = call.body
    witel = scoping.one_witel(call.caller, said.witel)
    return _shown(deciding.open_by_hand(witel, said.district, said.village, note=said.note, actor=call.caller.name))


@route(
    incidents,
    "POST /incidents/{incident_id}/confirm",
    "a proposal is one disturbance: its tickets follow it, bills and offers wait, neighbours are told",
    body="IncidentNote",
    answer="Incident",
)
def confirm_incident(call: Call) -> dict[str, Any]:
    """Again is harmless."""
    said: incident_models.IncidentNote = call.body
    scoping.incident(call.caller, call.ids["incident_id"])
    return _shown(deciding.confirm(call.ids["incident_id"], note=said.note, actor=call.caller.name))


@route(
    incidents,
    "POST /incidents/{incident_id}/dismiss",
    "a proposal is no disturbance: its tickets go their own ways",
    body="IncidentReason",
    answer="Incident",
)
def dismiss_incident(call: Call) -> dict[str, Any]:
    """Its reports do not count again."""
    said: incident_models.IncidentReason = call.body
    scoping.incident(call.caller, call.ids["incident_id"])
    return _shown(deciding.dismiss(call.ids["incident_id"], reason=said.reason, actor=call.caller.name))


@route(
    incidents,
    "POST /incidents/{incident_id}/mend",
    "a disturbance is over: nothing is held any more, tickets are asked about, neighbours are told",
    body="IncidentNote",
    answer="Incident",
)
def mend_incident(call: Call) -> dict[str, Any]:
    """Again is harmless."""
    said: incident_models.IncidentNote = call.body
    scoping.incident(call.caller, call.ids["incident_id"])
    return _shown(deciding.mend(call.ids["incident_id"], note=said.note, actor=call.caller.name))


def _shown(incident: store.Incident) -> dict[str, Any]:
    return viewing.view(incident) | {"counts": viewing.counts(incident)}
