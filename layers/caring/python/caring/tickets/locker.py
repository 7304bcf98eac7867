"""A ticket in the lockers: the work item of its own unit, those of other units, and what comes of them.

An item carries the token that its state machine waits with, from the moment it can be seen. Given again, it gets the
newer token; if it has been done by then, that token is answered at once.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from caring import clock, configuration
from caring.runs import windows
from caring.tickets import machine, routing, sla, store, timers
from caring.tickets.store import Ticket
from caring.work import handling, items

Item = dict[str, Any]

OWN, OTHER = "ticket_work", "collaborate"
_WORDS = ("complaint", "answers", "request")  # of an item: what customer and units said
LATE = "late"  # begins the timer of another unit's deadline
_EVENTS = {"solved": "solved", "needs_unit": "units_asked", "not_valid": "not_valid"}


def own_id(ticket: Ticket) -> str:
    """The id of the item of the ticket's own unit in this round."""
    return f"{OWN}-{ticket['ticket_id']}-{ticket['round']}"


def other_id(ticket: Ticket, unit: str) -> str:
    """The id of the item of another unit in this round."""
    return f"{OTHER}-{ticket['ticket_id']}-{ticket['round']}-{unit}"


def call_id(ticket: Ticket) -> str:
    """The id of the item of the call to the customer in this round."""
    return f"call-{ticket['ticket_id']}-{ticket['round']}"


def give(ticket_id: str, token: str, unit: str | None = None) -> None:
    """Put a ticket into the locker of its own unit, or (with `unit`) what that one asks into another's."""
    ticket = store.get(ticket_id)
    if ticket["state"] in store.ENDED:
        machine.tell(token, "ended")
        return
    made = _other_item(ticket, unit) if unit else _own_item(ticket)
    event = {"work_id": made["work_id"], "unit": made["unit"], "due_at": made["due_at"]}
    # Before the item is there, so that it is never unknown to its ticket.
    store.change(
        ticket,
        entry=(f"given-{made['work_id']}", "given_to_unit"),
        sets={f"items.{made['work_id']}": made["kind"]} | ({} if unit else {"state": "in_locker"}),
        equal={"round": ticket["round"]},
        **event,
    )
    items.enter([made | {"token": token}])
    there = handling.hold(made["work_id"], token)
    if unit:
        timers.arm(ticket_id, f"{LATE}-{ticket['round']}-{unit}", clock.parse(made["due_at"]))
    stands = store.get(ticket_id)
    if stands["state"] in store.ENDED:  # between the look and the item: nobody is to work on it, or read it
        handling.withdraw([made["work_id"]], "the complaint has ended", drops=_WORDS)
        machine.tell(token, "ended")
    elif there["state"] == "done":
        answered(there | {"token": token})
    elif stands.get("mended_round") == stands["round"]:
        mended(stands)


def mended(ticket: Ticket) -> None:
    """What was broken is mended for many at once: the items of the ticket's round are done, whoever holds them.

    Who gives an item later finds the ticket's `mended_round`, and comes here too.
    """
    wanted = {own_id(ticket): "solved"} | {other_id(ticket, unit): "done" for unit in ticket["units"]}
    for item in items.read(list(wanted)):
        outcome = {"outcome": wanted[item["work_id"]], "note": f"incident {ticket['incident_id']} is mended"}
        answered(handling.settle(item, outcome))


def _own_item(ticket: Ticket) -> Item:
    asked = items.read([f"{OTHER}-{ticket['ticket_id']}-{ticket['round'] - 1}-{unit}" for unit in ticket["units"]])
    answers = [{"unit": i["unit"], "outcome": i.get("outcome"), "note": i.get("note")} for i in asked]
    reason = "the other units have answered" if answers else "a complaint"
    if ticket["reopened"] and not answers:
        reason = "the customer says that it is not mended"
    return item(ticket, OWN, own_id(ticket), unit=ticket["unit"], reason=reason, due_at=ticket["deadline"]) | {
        "checklist": routing.checklist(ticket.get("matter")),
        "materials": routing.material(ticket["category"], ticket.get("matter")),
        "answers": answers,
        "complaint": ticket["text"],
    }


def _other_item(ticket: Ticket, unit: str) -> Item:
    (asking,) = items.read([own_id(ticket)])
    hours = timedelta(hours=configuration.get().tickets.unit_hours)
    zone = windows.zone_of(ticket["witel"].casefold())
    due = clock.iso(sla.ends(clock.now(), hours, sla.WORKING, zone))
    return item(ticket, OTHER, other_id(ticket, unit), unit=unit, reason=f"asked by {ticket['unit']}", due_at=due) | {
        "request": asking["request"],
        "asked_by": ticket["unit"],
    }


def item(ticket: Ticket, kind: str, work_id: str, *, unit: str, reason: str, due_at: str) -> Item:
    """An item of a ticket, with what every kind of them shows."""
    return {
        "work_id": work_id,
        "kind": kind,
        "unit": unit,
        "state": "open",
        "witel": ticket["witel"],
        "customer_id": ticket["customer_id"],
        "segment": ticket["segment"],
        "value": ticket["value"],
        "reason": reason,
        "ticket_id": ticket["ticket_id"],
        "round": ticket["round"],
        "category": ticket["category"],
        "matter": ticket.get("matter"),
        "churn_risk": ticket["churn_risk"],
        "reopened": ticket["reopened"],
        "incident_id": ticket.get("incident_id"),
        "warned": ticket["warned"],
        "breached": ticket["breached"],
        "created_at": clock.iso(clock.now()),
        "due_at": due_at,
    }


def answered(done: Mapping[str, Any]) -> None:
    """An item of a ticket is done: write it into the history and tell the state machine. Again is harmless."""
    ticket = store.get(done["ticket_id"])
    event = _EVENTS.get(done["outcome"], f"unit_{done['outcome']}")
    store.note(
        ticket,
        f"done-{done['work_id']}",
        event,
        unit=done["unit"],
        units=done.get("units"),
        request=done.get("request") if done["outcome"] == "needs_unit" else None,
        note=done.get("note"),
        by=done.get("done_by"),
        work_id=done["work_id"],
    )
    if done["kind"] == OTHER:
        timers.disarm(ticket["ticket_id"], f"{LATE}-{done['round']}-{done['unit']}")
    if token := done.get("token"):
        machine.tell(token, done["outcome"])
        handling.forget_token(done["work_id"], token)


def escalate(ticket: Ticket, name: str, reason: str) -> None:
    """Bring a ticket before the manager, once per `name`."""
    due = clock.now() + timedelta(hours=configuration.get().work.due_hours["escalation"])
    work_id = f"escalation-{ticket['ticket_id']}-{name}"
    items.enter([item(ticket, "escalation", work_id, unit=ticket["unit"], reason=reason, due_at=clock.iso(due))])


def late(ticket: Ticket, round_: int, unit: str) -> None:
    """A unit's time is over: if it has not answered, the manager hears of it, and the ticket waits on."""
    work_id = f"{OTHER}-{ticket['ticket_id']}-{round_}-{unit}"
    (asked,) = items.read([work_id])
    if asked["state"] == "done":
        return
    handling.mark([work_id], late=True)
    store.note(ticket, f"late-{round_}-{unit}", "unit_late", unit=unit, work_id=work_id, due_at=asked["due_at"])
    escalate(ticket, f"late-{round_}-{unit}", f"{unit} has not answered in time")
