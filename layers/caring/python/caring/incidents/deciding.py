"""A person decides: a proposal is one disturbance or not, a confirmed one is mended. Each may be said again."""

from caring import clock
from caring.customers import areas
from caring.customers.bulk import read_customers
from caring.customers.model import Item, text
from caring.errors import CaringError, conflict
from caring.incidents import neighbours, queue, reports, store
from caring.incidents.store import Incident
from caring.work import handling

_TRIES = 3


def open_by_hand(witel: str, district: str | None, village: str, *, note: str | None, actor: str) -> Incident:
    """An incident that is known before it is proposed, confirmed by who enters it. Who complained lately follows it.

    It is called as its customers' addresses are. CaringError: 400 without a village, 409 while the area has one, or
    when no customer lives there.
    """
    area = areas.area_key(witel, district, village)
    if area is None:
        raise CaringError("missing_field", "village: name the village that is disturbed")
    address = _address(area)
    if address is None:
        place = ", ".join(part for part in (village, district, witel) if part)
        said = "write witel, district and village as they stand in the addresses of the customers who are disturbed"
        raise conflict("nobody_affected", f"no customer lives in {place}: {said}")
    for _ in range(_TRIES):
        seen = store.current(area)
        if seen and seen["state"] not in store.ENDED:
            raise conflict(
                "wrong_state", f"the village has incident {seen['current']} ({seen['state']}): go on with it"
            )
        incident = reports.made(area, address, since=reports.since(seen), by=actor)
        if store.propose(incident, seen):
            return confirm(incident["incident_id"], note=note, actor=actor)
    raise conflict("changed_meanwhile", "others write to this village's incidents: try again")


def _address(area: str) -> Item | None:
    """The address of one who lives in an area; None if nobody does."""
    for customer_id in neighbours.of_area(area):
        customer = read_customers([customer_id], ("customer_id", "area_key", *areas.FIELDS)).get(customer_id)
        if customer is not None and text(customer, "area_key") == area:
            return customer
    return None


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
