"""What can come of a work item: the outcomes of each kind, and what must be said with them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from caring import clock
from caring.errors import CaringError
from caring.work.items import UNITS

OUTCOMES: Mapping[str, tuple[str, ...]] = {
    "call": ("answered", "rejected", "no_answer", "invalid_number", "wrong_person", "callback"),
    "visit": ("done", "not_home"),
    "educate": ("done",),
    "ticket_work": ("solved", "needs_unit", "not_valid"),
    "collaborate": ("done", "not_possible"),
    "repair_contact": ("fixed", "unreachable"),
    "rights_request": ("done",),
    "detractor_follow_up": ("resolved", "callback"),
    "group_post": ("posted",),
    "escalation": ("taken_over", "noted"),
    "reply": ("answered", "not_needed"),
    "unmatched": ("matched", "unknown"),
}
_MAY_SAY = (("not_home", "at"),)  # what may be said and need not: when the customer is at home
_LATEST = timedelta(days=60)


def check(item: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """What a person says came of an item, checked and without blanks.

    {outcome, note, at (ISO), units, request, values, answer, material}; CaringError 400 that says what fits.
    """
    kind, outcome = str(item["kind"]), said["outcome"]
    if outcome not in OUTCOMES[kind]:
        raise CaringError("bad_outcome", f"outcome: of a {kind} item it is one of {', '.join(OUTCOMES[kind])}")
    needed = _needed(item, str(outcome))
    for name in ("at", "units", "request", "values", "answer"):
        if said.get(name) is None and name in needed:
            raise CaringError("missing_field", f"{name}: the outcome {outcome} needs it: {needed[name]}")
        if said.get(name) is not None and name not in needed and (outcome, name) not in _MAY_SAY:
            raise CaringError("unknown_field", f"{name}: has no place beside the outcome {outcome}")
    if said.get("material") is not None and said["material"] not in (item.get("materials") or ()):
        offered = ", ".join(item.get("materials") or ()) or "none"
        raise CaringError("bad_value", f"material: choose one of those that the item offers: {offered}")
    if said.get("at") is not None:
        _check_at(said)
    if outcome == "matched" and set(said["values"]) != {"customer_id"}:
        raise CaringError("bad_value", "values: name the customer whose message it is, as customer_id")
    if "units" in needed:
        _check_units(item, said["units"])
    return {name: value for name, value in said.items() if value is not None}


def _needed(item: Mapping[str, Any], outcome: str) -> dict[str, str]:
    if outcome == "callback":
        return {"at": "when the customer wants to be called, with its zone"}
    if outcome == "needs_unit":
        return {"units": "which units are asked", "request": "what they are asked to do"}
    if outcome == "fixed":
        return {"values": "the right numbers and mailboxes, under the names of the customer's fields"}
    if outcome == "matched":
        return {"values": "whose message it is, as customer_id"}
    if outcome == "answered" and item.get("question") == "closure":
        return {"answer": "yes or no, the customer's own word on whether his complaint may be closed"}
    return {}


def _check_at(said: Mapping[str, Any]) -> None:
    if not clock.now() < clock.parse(said["at"]) < clock.now() + _LATEST:
        raise CaringError("bad_value", f"at: must lie ahead, within {_LATEST.days} days")


def _check_units(item: Mapping[str, Any], units: list[str]) -> None:
    others = [unit for unit in UNITS if unit != item["unit"]]
    if not units or len(set(units)) != len(units) or not set(units) <= set(others):
        raise CaringError("bad_value", f"units: name one or more of {', '.join(others)}, each once")
