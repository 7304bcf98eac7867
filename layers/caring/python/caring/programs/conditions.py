"""What an audience may say: the fields, the operators that fit each, and the refusal of everything else."""

from datetime import date
from typing import Any

from caring import configuration
from caring.customers import model
from caring.errors import CaringError
from caring.ids import CUSTOMER_ID

MAX_DEPTH, MAX_CONDITIONS, MAX_VALUES = 8, 100, 500

# A derived count of days: (the date it counts from, its sign). due_in_days is negative once the date has passed.
DERIVED: dict[str, tuple[str, int]] = {"due_in_days": ("due_date", 1), "days_since_activation": ("activated_on", -1)}

FIELD_TYPES: dict[str, str] = {
    **dict.fromkeys(model.TEXT_FIELDS, "text"),
    **dict.fromkeys(model.NUMBER_FIELDS, "number"),
    **dict.fromkeys(model.DATE_FIELDS, "date"),
    **dict.fromkeys(model.CONSENT_FIELDS, "flag"),
    **dict.fromkeys(DERIVED, "number"),
    "open_tickets": "number",
    "episode": "text",
}
_ORDERED = ("equals", "one_of", "at_least", "at_most", "between", "blank", "present")
OPERATORS: dict[str, tuple[str, ...]] = {
    "text": ("equals", "one_of", "blank", "present"),
    "flag": ("equals",),
    "number": _ORDERED,
    "date": _ORDERED,
}
_MAX_NUMBER = 10**12  # rupiah and points stay below
_MAX_DAYS = 36_500  # a century: further would leave the calendar


def check(tree: object) -> None:
    """Refuse a bad audience with CaringError bad_audience (400) that says at which place, and what fits there."""
    if isinstance(tree, dict) and "customer_ids" in tree:
        _check_ids(tree)
    elif (count := _check_tree(tree, "audience", 1)) > MAX_CONDITIONS:
        raise _bad("audience", f"has {count} conditions; at most {MAX_CONDITIONS} are allowed")


def _bad(at: str, problem: str) -> CaringError:
    return CaringError("bad_audience", f"{at} {problem}")


def _check_ids(tree: dict[str, Any]) -> None:
    if len(tree) > 1:
        raise _bad("audience", "has customer_ids and something else: give either a list of ids or one expression")
    ids, most = tree["customer_ids"], configuration.get().api.max_audience_ids
    if not isinstance(ids, list) or not ids:
        raise _bad("audience.customer_ids", "must be a list of at least one customer_id")
    if len(ids) > most:
        raise _bad("audience.customer_ids", f"has {len(ids)} ids; at most {most} are allowed: use an expression")
    for place, customer_id in enumerate(ids):
        if not isinstance(customer_id, str) or not CUSTOMER_ID.fullmatch(customer_id):
            said = 'must be a customer_id as text: 12 digits that begin with 1, as "131000000017"'
            raise _bad(f"audience.customer_ids[{place}]", said)


def _check_tree(tree: object, at: str, depth: int) -> int:
    if depth > MAX_DEPTH:
        raise _bad(at, f"is nested deeper than {MAX_DEPTH} levels: flatten it")
    if not isinstance(tree, dict):
        raise _bad(at, 'must be an object: {"all"|"any": […]}, {"not": …} or {"field", "is", "value"}')
    if "field" in tree:
        _check_leaf(tree, at)
        return 1
    if len(tree) != 1 or (name := next(iter(tree))) not in ("all", "any", "not"):
        raise _bad(at, 'must hold exactly one of "all", "any", "not", or be {"field", "is", "value"}')
    if name == "not":
        return _check_tree(tree["not"], f"{at}.not", depth + 1)
    parts = tree[name]
    if not isinstance(parts, list) or not 1 <= len(parts) <= MAX_CONDITIONS:
        raise _bad(f"{at}.{name}", f"must be a list of 1 to {MAX_CONDITIONS} conditions")
    return sum(_check_tree(part, f"{at}.{name}[{place}]", depth + 1) for place, part in enumerate(parts))


def _check_leaf(leaf: dict[str, Any], at: str) -> None:
    if extra := sorted(str(name) for name in leaf.keys() - {"field", "is", "value"}):
        raise _bad(at, f"has unknown names: {', '.join(extra)[:100]}; a condition is field, is, value")
    field, operator = leaf["field"], leaf.get("is")
    kind = FIELD_TYPES.get(field) if isinstance(field, str) else None
    if kind is None:
        raise _bad(f"{at}.field", f"must be one of {', '.join(sorted(FIELD_TYPES))}")
    if operator not in OPERATORS[kind]:
        raise _bad(f"{at}.is", f"must be one of {', '.join(OPERATORS[kind])} for the {kind} {field}")
    if operator in ("blank", "present"):
        if "value" in leaf:
            raise _bad(f"{at}.value", f"has no place beside {operator!r}: leave it out")
        return
    if "value" not in leaf:
        raise _bad(at, f"needs a value beside {operator!r}")
    value = leaf["value"]
    if operator not in ("one_of", "between"):
        _check_value(value, field, kind, f"{at}.value")
        return
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_VALUES:
        raise _bad(f"{at}.value", f"must be a list of 1 to {MAX_VALUES} values")
    for place, entry in enumerate(value):
        _check_value(entry, field, kind, f"{at}.value[{place}]")
    if operator == "between" and (len(value) != 2 or value[0] > value[1]):
        raise _bad(f"{at}.value", "must be [lowest, highest]")


def _check_value(value: object, field: str, kind: str, at: str) -> None:
    if kind == "flag" and not isinstance(value, bool):
        raise _bad(at, "must be true or false")
    if kind == "text" and not (isinstance(value, str) and 0 < len(value) <= 200):
        raise _bad(at, "must be a text of 1 to 200 characters")
    most = _MAX_DAYS if field in DERIVED else _MAX_NUMBER
    if kind == "number" and (not isinstance(value, int) or isinstance(value, bool) or abs(value) > most):
        raise _bad(at, f"must be a whole number between -{most} and {most}")
    if kind == "date" and not _is_date(value):
        raise _bad(at, "must be a date YYYY-MM-DD")


def _is_date(value: object) -> bool:
    if not isinstance(value, str) or len(value) != 10:
        return False
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
