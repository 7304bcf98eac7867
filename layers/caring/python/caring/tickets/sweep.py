"""Finding tickets that nobody would move any more, and moving them: lost tokens, lost schedules, dead executions.

Everything here is done by the same functions as always, at most a sweep later.
"""

from collections import Counter
from datetime import timedelta
from typing import Any

from caring import clock, configuration
from caring.observability import logger
from caring.tickets import asking, clocks, closing, listing, locker, machine, steps, store
from caring.tickets.store import Ticket
from caring.work import items

_DEAD = ("FAILED", "TIMED_OUT", "ABORTED", "MISSING")


def sweep() -> Counter[str]:
    """Look at every ticket that has not ended; how many needed what."""
    found: Counter[str] = Counter()
    for ticket in listing.going_on():
        found[look(ticket)] += 1
    return found


def look(ticket: Ticket) -> str:
    """See to one ticket: "fine", "told" an answer again, "restarted", or "stuck" for a person to see to."""
    clocks.look(ticket)
    told = _told_again(ticket)
    ticket = store.get(ticket["ticket_id"])
    if ticket["state"] in store.ENDED or told:
        return "told"
    if not _has_rested(ticket):
        return "fine"
    status = machine.status(ticket)
    if status == "SUCCEEDED" or (status == "RUNNING" and _is_waited_for(ticket)):
        return "fine"
    if int(ticket.get("starts") or 0) - ticket["reopened"] >= configuration.get().tickets.restarts:
        logger().error("a ticket cannot be moved on", extra={"ticket_id": ticket["ticket_id"], "status": status})
        return "stuck"
    if status not in _DEAD:
        machine.stop(ticket, "nothing could ever answer it")
    logger().warning("a ticket is started again", extra={"ticket_id": ticket["ticket_id"], "status": status})
    steps.restart(ticket)
    return "restarted"


def _told_again(ticket: Ticket) -> bool:
    """Answers that are kept, and schedules that are over, but of which the state machine may not have heard."""
    told = False
    for item in _items(ticket):
        if item["state"] == "done" and "token" in item:
            locker.answered(item)
            told = True
        elif item["kind"] == locker.OTHER and item["state"] != "done" and item["due_at"] < clock.iso(clock.now()):
            locker.late(ticket, item["round"], item["unit"])
    question = ticket.get("question")
    if ticket["state"] == "confirming" and question:
        asking.look(ticket, question["round"], question["number"])
        asking.silent(store.get(ticket["ticket_id"]), question["round"], question["number"])
        told = closing.pass_on(store.get(ticket["ticket_id"])) or told
    return told


def _items(ticket: Ticket) -> list[dict[str, Any]]:
    return items.read([work_id for work_id, kind in ticket["items"].items() if kind in (locker.OWN, locker.OTHER)])


def _has_rested(ticket: Ticket) -> bool:
    """Whether nothing has touched the ticket for so long that its next step must have been taken."""
    rest = timedelta(minutes=configuration.get().tickets.stuck_minutes)
    return clock.to_wall(clock.parse(ticket["updated_at"])) + rest < clock.to_wall(clock.now())


def _is_waited_for(ticket: Ticket) -> bool:
    """Whether an answer to what the ticket waits for has a token to go to."""
    if ticket["state"] == "confirming":
        return "token" in ticket["question"]
    here = {item["work_id"]: item for item in _items(ticket)}
    wanted = [locker.own_id(ticket)]
    if ticket["state"] == "in_collaboration":
        wanted = [locker.other_id(ticket, unit) for unit in ticket["units"]]
        wanted = [work_id for work_id in wanted if here.get(work_id, {}).get("state") != "done"]
    return bool(wanted) and all("token" in here.get(work_id, {}) for work_id in wanted)
