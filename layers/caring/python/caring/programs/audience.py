"""Who a program is for: a tree of conditions over a customer's fields, or a plain list of customer ids.

{"all": [tree, …]} · {"any": [tree, …]} · {"not": tree} · {"field": f, "is": operator, "value": v}, or
{"customer_ids": […]} alone.

`check` refuses a bad one and says where; `compile_audience` turns a checked one into a function that runs on the
customers table's raw items, millions of times in a plan: dates are compared as text, and nothing is converted first.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from caring.customers import model
from caring.programs.conditions import DERIVED, FIELD_TYPES, check

__all__ = ["check", "compile_audience", "customer_ids", "fields"]

Predicate = Callable[[Mapping[str, Any], date], bool]
Test = Callable[[Any, date], bool]  # of one stored value


def customer_ids(tree: Mapping[str, Any]) -> list[str] | None:
    """The ids of a plain list, each once, in order; None for an expression."""
    return list(dict.fromkeys(tree["customer_ids"])) if "customer_ids" in tree else None


def fields(tree: Mapping[str, Any]) -> set[str]:
    """The stored fields that the audience looks at: what a projection has to fetch."""
    return {DERIVED.get(leaf["field"], (leaf["field"],))[0] for leaf in _leaves(tree)}


def compile_audience(tree: Mapping[str, Any]) -> Predicate:
    """A checked audience as a function of (raw DynamoDB item, today's date where the customer lives)."""
    if "customer_ids" in tree:
        wanted = frozenset(tree["customer_ids"])
        return lambda item, _today: item["customer_id"]["S"] in wanted
    if "not" in tree:
        inner = compile_audience(tree["not"])
        return lambda item, today: not inner(item, today)
    if "all" in tree:
        return _every(tuple(compile_audience(part) for part in tree["all"]))
    if "any" in tree:
        return _some(tuple(compile_audience(part) for part in tree["any"]))
    return _compile_leaf(tree)


def _every(parts: tuple[Predicate, ...]) -> Predicate:
    def every(item: Mapping[str, Any], today: date) -> bool:
        for part in parts:  # noqa: SIM110 — a generator inside all() costs twice as much, per customer
            if not part(item, today):
                return False
        return True

    return every


def _some(parts: tuple[Predicate, ...]) -> Predicate:
    def some(item: Mapping[str, Any], today: date) -> bool:
        for part in parts:  # noqa: SIM110 — as above
            if part(item, today):
                return True
        return False

    return some


def _compile_leaf(leaf: Mapping[str, Any]) -> Predicate:
    field, operator, value = leaf["field"], leaf["is"], leaf.get("value")
    if operator == "blank":
        stored = _stored(field)
        return lambda item, _today: stored not in item
    if operator == "present":
        stored = _stored(field)
        return lambda item, _today: stored in item
    kind = FIELD_TYPES[field]
    if kind == "flag":
        wanted = bool(value)
        return lambda item, _today: model.flag(item, field) is wanted  # type: ignore[arg-type]
    if field in DERIVED:
        base, sign = DERIVED[field]
        return _on_value(base, "S", _days_test(operator, value, sign))
    if kind == "text":
        words = frozenset(word.casefold() for word in ([value] if operator == "equals" else value))  # type: ignore[union-attr]
        return _on_value(field, "S", lambda raw, _today: raw.casefold() in words)
    if kind == "date":
        return _on_value(field, "S", _ordered_test(operator, value, lambda raw: raw))
    return _on_value(field, "N", _ordered_test(operator, value, int))


def _stored(field: str) -> str:
    return DERIVED[field][0] if field in DERIVED else field


def _on_value(field: str, tag: str, test: Test) -> Predicate:
    def on_value(item: Mapping[str, Any], today: date) -> bool:
        attribute = item.get(field)
        return attribute is not None and tag in attribute and test(attribute[tag], today)

    return on_value


def _ordered_test(operator: str, value: Any, read: Callable[[str], Any]) -> Test:
    if operator == "at_least":
        return lambda raw, _today: bool(read(raw) >= value)
    if operator == "at_most":
        return lambda raw, _today: bool(read(raw) <= value)
    if operator == "between":
        low, high = value
        return lambda raw, _today: bool(low <= read(raw) <= high)
    wanted = frozenset([value] if operator == "equals" else value)
    return lambda raw, _today: read(raw) in wanted


def _days_test(operator: str, value: Any, sign: int) -> Test:
    """Days become dates once per day of the calendar, and each customer costs one comparison of text."""
    days = {"at_least": [value], "at_most": [value], "equals": [value]}.get(operator, value)
    cache: tuple[date, Test] | None = None

    def test(raw: str, today: date) -> bool:
        nonlocal cache
        if cache is None or cache[0] != today:
            dates = sorted((today + timedelta(days=sign * day)).isoformat() for day in days)
            turned = {"at_least": "at_most", "at_most": "at_least"} if sign < 0 else {}
            plain = turned.get(operator, operator)
            cache = today, _ordered_test(plain, dates if operator in ("between", "one_of") else dates[0], str)
        return cache[1](raw, today)

    return test


def _leaves(tree: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "field" in tree:
        yield tree
    for part in (*tree.get("all", ()), *tree.get("any", ()), *([tree["not"]] if "not" in tree else ())):
        yield from _leaves(part)
