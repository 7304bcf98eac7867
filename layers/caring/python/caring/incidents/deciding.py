"""A person decides: a proposal is one disturbance or not, a confirmed one is mended. Each may be said again."""

from caring import clock
from caring.customers import areas
from caring.customers.model import Item
from caring.errors import CaringError, conflict
from caring.incidents import queue, reports, store
from caring.incidents.store import Incident
from caring.typed import typed_item
from caring.work import handling

_TRIES = 3


def open_by_hand(witel: str, district: str | None, village: str, *, note: str | None, actor: str) -> Incident:
    """An incident of which nobody has complained yet, confirmed by who enters it.

    CaringError: 400 without a village, 409 while the area has one.
    """
    address: Item = typed_item({"witel": witel, "district": district, "village": village})
    area = areas.of_item(address)
    if area is None:
        raise CaringError("missing_field", "village: name the village that is disturbed")
    for _ in range(_TRIES):
        seen = store.current(area)
        if seen and seen["state"] not in store.ENDED:
            raise conflict(
                "wrong_state", f"the village has incident {seen['current']} ({seen['state']}): go on with it"
            )
        incident = reports.made(area, address, since=clock.iso(clock.now()), by=actor)
        if store.propose(incident, seen):
            return confirm(incident["incident_id"], note=note, actor=actor)
    raise conflict("changed_meanwhile", "others write to this village's incidents: try again")


def confirm(incident_id: str, *, note: str | None, actor: str) -> Incident:
    """It is one disturbance: its tickets follow it, its area is held and told. CaringError 404, 409."""
    return _follow(_turned(incident_id, "proposed", "confirmed", actor, note=note), "gather")


def dismiss(incident_id: str, *, reason: str, actor: str) -> Incident:
    """It is none: its tickets go their own ways. CaringError 404, 409."""
    return _turned(incident_id, "proposed", "dismissed", actor, reason=reason)


def mend(incident_id: str, *, note: str | None, actor: str) -> Incident:
    """It is over: holds end, tickets are asked about, who was told of it is told of its end. CaringError 404, 409."""
    return _follow(_turned(incident_id, "confirmed", "mended", actor, mended_note=note), "release")


def _turned(incident_id: str, state: str, then: str, actor: str, **said: str | None) -> Incident:
    incident = store.get(incident_id)
    if incident["state"] == state:
        told = {name: value for name, value in said.items() if value is not None}
        sets = {f"{then}_at": clock.iso(clock.now()), f"{then}_by": actor, **told}
        incident = store.turn(incident, then, sets) or store.get(incident_id)
    if incident["state"] != then:
        raise conflict("wrong_state", f"the incident is {incident['state']}: only a {state} one can be {then}")
    handling.withdraw([reports.question_id(incident_id)], f"the incident was {then}")
    return incident


def _follow(incident: Incident, task: str) -> Incident:
    """Begin what follows, also when it is said again: what a crash has left undone is done then."""
    queue.put(incident["incident_id"], task)
    return incident
