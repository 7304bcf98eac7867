"""A work item is done: its outcome is kept, then what follows from it, by its kind, is done where it belongs."""

from collections.abc import Callable, Mapping
from typing import Any

from caring import clock, timeline
from caring.customers import payment_checks, repair
from caring.customers import store as customers
from caring.errors import conflict
from caring.nps import follow_ups
from caring.replies import matching
from caring.runs import pressure
from caring.tickets import locker
from caring.work import calls, handling, items, outcomes, teaching, visits

Item = dict[str, Any]

_CONTACTS: Mapping[str, pressure.Kind] = {"group_post": "post"}
_TRIES: Mapping[str, Callable[[Item, Mapping[str, Any], str], Item]] = {"call": calls.take, "visit": visits.take}


def complete(work_id: str, said: Mapping[str, Any], actor: str) -> Item:
    """End an item with its outcome (see outcomes.check) and do what follows; the item as it then is.

    The same person may send the same again: what follows is done again, and has its effect once. CaringError 400 for
    an outcome that does not fit, 404 unknown, 409 another's or done otherwise.
    """
    item = items.get(work_id)
    checked = outcomes.check(item, said)
    if item["kind"] in _TRIES:
        return _TRIES[item["kind"]](item, checked, actor)
    answer = checked | {"by": actor}
    if item["state"] == "done":
        done = item
    else:
        if item["kind"] == "repair_contact":  # what does not fit is refused before the item counts as done
            handling.check_free(item, actor)
            repair.completed(item, answer)
        elif "material" in checked:
            handling.check_free(item, actor)
            teaching.send(item, checked["material"])
        elif checked["outcome"] == "matched":
            customers.get(checked["values"]["customer_id"])
        done = handling.finish(item, checked, actor) or items.get(work_id)
    if (done.get("done_by"), done.get("outcome")) != (actor, checked["outcome"]):
        raise conflict("wrong_state", f"the item is done already ({done.get('outcome')}): nothing is left of it")
    _FOLLOWS[str(item["kind"])](done, answer)
    return done


def _of_ticket(item: Item, _answer: Mapping[str, Any]) -> None:
    locker.answered(item)


def _of_collaboration(item: Item, answer: Mapping[str, Any]) -> None:
    """Another unit has done what a ticket needed, or what a customer's own word began: a payment, a redemption."""
    if "ticket_id" in item:
        locker.answered(item)
        return
    if item.get("payment_check") and answer["outcome"] == "not_possible":
        payment_checks.end(item["customer_id"])
    _on_the_timeline(item, answer)


def _of_unmatched(item: Item, answer: Mapping[str, Any]) -> None:
    """Whose message it is has been found out: it is taken as if it had come from him at once."""
    if answer["outcome"] == "matched":
        matching.take(item, answer["values"]["customer_id"])


def _of_repair(_item: Item, _answer: Mapping[str, Any]) -> None:
    """Done already."""


def _of_detractor(item: Item, answer: Mapping[str, Any]) -> None:
    follow_ups.completed(item, answer)


def _on_the_timeline(item: Item, answer: Mapping[str, Any]) -> None:
    """A lesson, a post, a request: an event, and perhaps a contact."""
    if "customer_id" not in item:
        return  # about a whole village: an incident to decide on
    at = clock.parse(item["done_at"])
    if item["kind"] in _CONTACTS:
        pressure.record_contact(item["customer_id"], _CONTACTS[item["kind"]], item["work_id"], at)
    timeline.append(
        item["customer_id"],
        str(item["kind"]),
        at=at,
        event_id=item["work_id"],
        outcome=item["outcome"],
        note=answer.get("note"),
        material=item.get("material"),
        by=answer["by"],
        work_id=item["work_id"],
        ticket_id=item.get("ticket_id"),
    )


_FOLLOWS: Mapping[str, Callable[[Item, Mapping[str, Any]], None]] = {
    "ticket_work": _of_ticket,
    "collaborate": _of_collaboration,
    "repair_contact": _of_repair,
    "detractor_follow_up": _of_detractor,
    "educate": _on_the_timeline,
    "group_post": _on_the_timeline,
    "escalation": _on_the_timeline,
    "rights_request": _on_the_timeline,
    "reply": _on_the_timeline,
    "unmatched": _of_unmatched,
}
