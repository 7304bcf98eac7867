"""A ticket's clock with its two schedules: the warning to the unit, and the breach that the manager hears of."""

from datetime import datetime
from typing import Any

from caring import clock
from caring.observability import logger
from caring.tickets import locker, store, timers
from caring.tickets.sla import Clock
from caring.tickets.store import Ticket
from caring.work import handling

WARN, BREACH = "warn", "breach"


def arm(ticket: Ticket) -> None:
    """Set the schedules of a running clock; a paused one's do nothing when they fire."""
    runs = Clock.of(ticket["clock"])
    warning, deadline = runs.warning(), runs.deadline()
    if warning and not ticket["warned"]:
        timers.arm(ticket["ticket_id"], WARN, warning)
    if deadline and not ticket["breached"]:
        timers.arm(ticket["ticket_id"], BREACH, deadline)


def disarm(ticket: Ticket) -> None:
    """Take both schedules away."""
    timers.disarm(ticket["ticket_id"], WARN)
    timers.disarm(ticket["ticket_id"], BREACH)


def running(ticket: Ticket, at: datetime) -> dict[str, Any]:
    """What to set on a ticket whose clock goes on from a moment."""
    runs = Clock.of(ticket["clock"]).running(at)
    return {"clock": runs.kept(), "deadline": clock.iso(runs.deadline() or at)}


def paused(ticket: Ticket, at: datetime) -> dict[str, Any]:
    """What to set on a ticket that waits for its customer from a moment; its deadline stays shown as it was."""
    return {"clock": Clock.of(ticket["clock"]).paused(at).kept()}


def fire(ticket: Ticket, what: str) -> None:
    """The schedule of the warning or the breach fires: see whether it is time, and say it again if it was begun."""
    look(ticket | {"warned": ticket["warned"] and what != WARN, "breached": ticket["breached"] and what != BREACH})


def look(ticket: Ticket) -> None:
    """Warn of a ticket, or state its breach, if it is time. At any moment, as often as one likes."""
    now, runs = clock.now(), Clock.of(ticket["clock"])
    warning, deadline = runs.warning(), runs.deadline()
    if ticket["state"] in store.ENDED or warning is None or deadline is None:
        return
    # The ticket is the last to be told, for what it says is not done again.
    open_items = [work_id for work_id, kind in ticket["items"].items() if kind in (locker.OWN, locker.OTHER)]
    if now >= warning and not ticket["warned"]:
        handling.mark(open_items, warned=True)
        store.change(ticket, entry=("warned", "warned"), sets={"warned": True}, deadline=ticket["deadline"])
    if now >= deadline and not ticket["breached"]:
        handling.mark(open_items, breached=True)
        locker.escalate(ticket | {"breached": True}, "breach", "the complaint's time is over")
        store.change(ticket, entry=("breached", "breached"), sets={"breached": True}, deadline=ticket["deadline"])
        logger().warning("a ticket's time is over", extra={"ticket_id": ticket["ticket_id"]})
