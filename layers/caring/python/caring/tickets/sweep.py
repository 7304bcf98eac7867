"""Finding tickets that nobody would move any more, and moving them: lost tokens, lost schedules, dead executions.

Everything here is done by the same functions as always, at most a sweep later.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from caring import clock, configuration
from caring.observability import logger
from caring.tickets import asking, clocks, closing, listing, locker, machine, steps, store, waiting
from caring.tickets.store import Ticket
from caring.work import items


def sweep() -> Counter[str]:
    """Look at every ticket that has not ended; how many needed what."""
    found: Counter[str] = Counter()
    running = machine.running()
    for ticket in listing.going_on():
        found[look(ticket, running)] += 1
    return found


def look(ticket: Ticket, running: Collection[str]) -> str:
    """See to one ticket: "fine", "told" an answer again, "restarted", or "stuck" for a person to see to.

    `running` are the names of the executions that run.
    """
    clocks.look(ticket)
    told = _told_again(ticket)
    ticket = store.get(ticket["ticket_id"])
    if told:
        return "told"
    if ticket["state"] in store.ENDED or not _has_rested(ticket) or _goes_on(ticket, running):
        return "fine"
    restarts = int(ticket.get("restarts") or 0)
    if restarts >= configuration.get().tickets.restarts:
        logger().error("a ticket cannot be moved on", extra={"ticket_id": ticket["ticket_id"]})
        return "stuck"
    _restart(ticket, restarts + 1)
    return "restarted"


def start_again(ticket_ids: Sequence[str]) -> dict[str, str]:
    """Start tickets' executions again where the tickets stand, because a person says so: what became of each.

    Without ids, all that do not go on. One that ended is "ended", one that goes on is "fine": both are left alone. The
    sweep may then try anew. CaringError 404 for an unknown ticket.
    """
    done: dict[str, str] = {}
    running = machine.running()
    named = [store.get(ticket_id) for ticket_id in ticket_ids]
    for ticket in named or [one for one in listing.going_on() if _has_rested(one) and not _goes_on(one, running)]:
        ticket_id = str(ticket["ticket_id"])
        if ticket["state"] in store.ENDED:
            done[ticket_id] = "ended"
        elif _goes_on(ticket, running):
            done[ticket_id] = "fine"
        else:
            _restart(ticket, 0)
            done[ticket_id] = "restarted"
    return done


def _restart(ticket: Ticket, restarts: int) -> None:
    status = machine.status(ticket)
    if status == machine.RUNNING:
        machine.stop(ticket, "nothing could ever answer it")
    logger().warning("a ticket is started again", extra={"ticket_id": ticket["ticket_id"], "status": status})
    steps.restart(ticket, restarts)


def _goes_on(ticket: Ticket, running: Collection[str]) -> bool:
    """Whether the ticket's execution runs, and waits for something that has its token."""
    return machine.execution(ticket) in running and _is_waited_for(ticket)


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
        waiting.look(ticket, question["round"], question["number"])
        waiting.silent(store.get(ticket["ticket_id"]), question["round"], question["number"])
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
        return "token" in ticket["question"] and asking.was_put(ticket)
    here = {item["work_id"]: item for item in _items(ticket)}
    wanted = [locker.own_id(ticket)]
    if ticket["state"] == "in_collaboration":
        wanted = [locker.other_id(ticket, unit) for unit in ticket["units"]]
        wanted = [work_id for work_id in wanted if here.get(work_id, {}).get("state") != "done"]
    return bool(wanted) and all("token" in here.get(work_id, {}) for work_id in wanted)
