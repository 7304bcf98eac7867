"""Things as a caller may see them: another witel's thing is as if it were not there."""

from typing import Any

from caring.customers import model, store
from caring.errors import CaringError, not_found
from caring.incidents import store as incidents
from caring.programs import store as programs
from caring.runs import store as runs
from caring.tickets import store as tickets
from caring.work import items
from chalicelib.access import may_work
from chalicelib.caller import Caller


def customer(caller: Caller, customer_id: str) -> model.Item:
    """The customer, raw; CaringError 404 if there is none for this caller."""
    item = store.get(customer_id)
    if not caller.sees(model.text(item, "witel_key")):
        raise not_found("customer", customer_id)
    return item


def customers(caller: Caller, *, phone: str | None = None, email: str | None = None) -> list[model.Item]:
    """The customers with a number or a mailbox whom the caller may see; CaringError 400 for what is none."""
    found = store.find_by_phone(phone) if phone is not None else store.find_by_email(email or "")
    return [item for item in found if caller.sees(model.text(item, "witel_key"))]


def ticket(caller: Caller, ticket_id: str) -> dict[str, Any]:
    """The ticket."""
    found = tickets.get(ticket_id)
    if not caller.sees(found["witel"]):
        raise not_found("ticket", ticket_id)
    return found


def work_item(caller: Caller, work_id: str, *, to_work: bool = False) -> dict[str, Any]:
    """The work item; with `to_work` only for who may work on it (403)."""
    item = items.get(work_id)
    if not caller.sees(item["witel"]):
        raise not_found("work item", work_id)
    if to_work and not may_work(caller.roles, item["unit"], item["kind"]):
        whose = "a manager's" if item["kind"] == "escalation" else f"the unit {item['unit']}'s"
        raise CaringError("forbidden", f"this item is {whose}: leave it to them", 403)
    return item


def incident(caller: Caller, incident_id: str) -> dict[str, Any]:
    """The incident; CaringError 404 if there is none for this caller."""
    found = incidents.get(incident_id)
    if not caller.sees(found["witel"]):
        raise not_found("incident", incident_id)
    return found


def program(caller: Caller, program_id: str, *, to_change: bool = False) -> dict[str, Any]:
    """The program. One of every witel may be read and run by all, and changed by those who see every witel."""
    found = programs.get_program(program_id)
    if found["witel"] is not None and not caller.sees(found["witel"]):
        raise not_found("program", program_id)
    if to_change and found["witel"] is None and not caller.sees_all:
        raise CaringError("forbidden", "this program is every witel's: make one of your own, or ask ops", 403)
    return found


def witel(caller: Caller, asked: str | None) -> str | None:
    """The witel that figures are of: the caller's own; who sees all gets all (None), or the one that he names."""
    if caller.sees_all:
        return asked
    if caller.witel is None or (asked is not None and not caller.sees(asked)):
        raise CaringError("forbidden", "you see the figures of your own witel: leave witel out, or ask ops", 403)
    return caller.witel


def one_witel(caller: Caller, asked: str | None) -> str:
    """The one witel that is meant: the caller's own; those who see all name one."""
    if caller.sees_all:
        if asked is None and caller.witel is None:
            raise CaringError("missing_field", "witel: you see every witel, so name the one that you mean")
        return asked or str(caller.witel)
    if caller.witel is None or (asked is not None and not caller.sees(asked)):
        raise CaringError("forbidden", "you work in your own witel: leave witel out, or ask ops", 403)
    return caller.witel


def run(caller: Caller, run_id: str) -> runs.Run:
    """The run. One over every witel is for those who see every witel."""
    found = runs.get_run(run_id)
    if not caller.sees_all and not caller.sees(found.witel):
        raise not_found("run", run_id)
    return found
