"""The closed loop with detractors: a person calls within hours, and what came of it is measured on the score itself."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from caring import clock, configuration, timeline
from caring.customers import model
from caring.errors import CaringError
from caring.nps import store
from caring.observability import logger
from caring.work import handling, items

KIND = "detractor_follow_up"
_UNIT = "crm"


def work_id(customer_id: str, survey: str) -> str:
    """The work item of a customer's answer to a survey (or of a score that answers none, by its event)."""
    return f"{KIND}-{hashlib.blake2b(f'{customer_id}:{survey}'.encode(), digest_size=12).hexdigest()}"


def enter(customer: model.Item, score: store.Entry) -> None:
    """Have a detractor called; his item is there once however often this is asked for."""
    said = clock.parse(str(score["at"]))
    hours = int(configuration.get().nps.due_hours)
    item = {
        "work_id": score["work_id"],
        "kind": KIND,
        "unit": _UNIT,
        "state": "open",
        "witel": model.text(customer, "witel") or "",
        "customer_id": score["customer_id"],
        "segment": score["segment"],
        "value": model.number(customer, "monthly_charge") or 0,
        "reason": f"scored {score['score']} for {score['episode']} by {score['channel']}",
        "score": score["score"],
        "score_at": score["at"],
        "score_ref": store.reference(score),
        "episode": score["episode"],
        "ticket_id": score["subject"] if score["episode"] == "get_support" else None,
        "created_at": score["at"],
        "due_at": clock.iso(said + timedelta(hours=hours)),
    }
    items.enter([{name: value for name, value in item.items() if value is not None}])


def withdraw(item_id: str, at: datetime) -> None:
    """Take back an item on which nobody works yet: the customer has corrected, at `at`, the score that it was for."""
    for item in items.read([item_id]):
        if str(item["score_at"]) >= clock.iso(at):
            continue
        try:
            handling.finish(item, {"outcome": "score_corrected"}, "customer")
        except CaringError:
            logger().info("a follow-up goes on: somebody works on it", extra={"work_id": item_id})


def completed(item: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    """Take in what came of a follow-up: `answer` is {outcome: resolved | callback, note, at (of the next call), by}.

    Resolved closes the loop on the score; a callback makes the next item, due when the customer wants to be called.
    Doing it again changes nothing. CaringError 400 for another outcome, or a callback without its time.
    """
    outcome = answer.get("outcome")
    if outcome not in ("resolved", "callback"):
        raise CaringError("bad_value", "outcome: a follow-up is either resolved or a callback at a given time")
    done_at = clock.parse(str(item["done_at"]))
    score_ref = str(item["score_ref"])
    store.complete(score_ref, first_followed_up_at=clock.iso(done_at))
    if outcome == "callback":
        items.enter([_next(item, answer)])
    else:
        store.complete(score_ref, resolved_at=clock.iso(done_at))
    timeline.append(
        str(item["customer_id"]),
        "follow_up",
        at=done_at,
        event_id=f"done-{item['work_id']}",
        work_id=item["work_id"],
        outcome=outcome,
        note=answer.get("note"),
        by=answer.get("by"),
    )


_CARRIED = ("kind", "unit", "witel", "customer_id", "segment", "value", "reason", "score", "score_at", "score_ref")


def _next(item: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    try:
        due = clock.parse(str(answer["at"]))
    except (KeyError, ValueError):
        raise CaringError("missing_field", "at: a callback needs the time at which the customer is called") from None
    first, _, tries = str(item["work_id"]).partition(".")
    again = {name: item[name] for name in (*_CARRIED, "episode", "ticket_id") if item.get(name) is not None}
    return again | {
        "work_id": f"{first}.{int(tries or 1) + 1}",
        "state": "open",
        "created_at": item["done_at"],
        "due_at": clock.iso(due),
    }
