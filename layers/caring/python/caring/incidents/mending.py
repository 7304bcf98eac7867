"""A ticket whose incident is mended: its work is done, and its customer is asked whether all is well with him."""

from caring.incidents import joining
from caring.tickets import locker, store

_TRIES = 5


def mend(ticket_id: str, incident_id: str) -> bool:
    """End the work of a ticket's round as if its units had solved it; False if the incident is not what it waits for.

    The mark on the ticket comes first: whoever gives its work to a unit meanwhile finds it there.
    """
    entry = f"mended-{incident_id}"
    for _ in range(_TRIES):
        ticket = store.get(ticket_id)
        if entry in ticket["history"]:
            marked = bool(ticket.get("mended_round") == ticket["round"])
            if marked and ticket["state"] in joining.TAKES:
                locker.mended(ticket)
            return marked
        if ticket["state"] not in joining.TAKES:
            return False
        changed = store.change(
            ticket,
            states=joining.TAKES,
            entry=(entry, "incident_mended"),
            sets={"mended_round": ticket["round"], "incident_id": incident_id},
            equal={"round": ticket["round"]},
            incident_id=incident_id,
        )
        if changed:
            locker.mended(changed)
            return True
    raise RuntimeError("the ticket keeps changing: it is mended when this is done again")
