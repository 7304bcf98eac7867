"""A ticket follows an incident; a customer of its area gets no bills and offers until it is over.

Whatever is done for a customer is first kept with the incident, so that its end finds him.
"""

from caring import clock, environment, tables
from caring.incidents import queue, store
from caring.tickets import locker
from caring.tickets import store as tickets
from caring.tickets.store import Ticket
from caring.work import handling

TAKES = ("open", "in_locker", "in_collaboration")  # tickets whose work ends with the incident


def join(ticket: Ticket, incident_id: str) -> None:
    """Have a ticket follow an incident, and hold its customer; `end_with` follows, when all that is to join has.

    One whose customer is asked already follows it too: he has complained of it, and is no neighbour to be told.
    """
    if ticket["state"] in tickets.ENDED:
        return
    store.note(incident_id, ticket["customer_id"], {"joined_at": clock.iso(clock.now())}, ticket["ticket_id"])
    entry = (f"incident-{incident_id}", "joined_incident")
    tickets.change(ticket, entry=entry, sets={"incident_id": incident_id}, incident_id=incident_id)
    given = {work_id for work_id, kind in ticket["items"].items() if kind in (locker.OWN, locker.OTHER)}
    handling.mark(sorted(given | {locker.own_id(ticket)}), incident_id=incident_id)
    hold(incident_id, ticket["customer_id"])


def end_with(incident_id: str) -> bool:
    """Whether the incident ended meanwhile; what has joined or was held since then comes to its end too."""
    ended = bool(store.get(incident_id)["state"] != "confirmed")
    if ended:
        queue.put(incident_id, "release")
    return ended


def hold(incident_id: str, customer_id: str) -> bool:
    """Hold back bills and offers for a customer; False if there is none, or another incident holds them already."""
    held = tables.update(
        environment.table("customers"),
        {"customer_id": {"S": customer_id}},
        UpdateExpression="SET incident_hold = :incident",
        ConditionExpression="attribute_exists(customer_id) AND attribute_not_exists(erased) "
        "AND (attribute_not_exists(incident_hold) OR incident_hold = :incident)",
        ExpressionAttributeValues={":incident": {"S": incident_id}},
    )
    if held is not None:
        store.note(incident_id, customer_id, {"held_at": clock.iso(clock.now())})
    return held is not None


def let_go(incident_id: str, customer_id: str) -> None:
    """Hold nothing back any more for this incident's sake."""
    tables.update(
        environment.table("customers"),
        {"customer_id": {"S": customer_id}},
        UpdateExpression="REMOVE incident_hold",
        ConditionExpression="incident_hold = :incident",
        ExpressionAttributeValues={":incident": {"S": incident_id}},
    )
