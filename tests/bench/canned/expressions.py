"""DynamoDB's expressions and PartiQL statements, as far as the product writes them, made into functions and kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

Item = dict[str, Any]
Values = Mapping[str, Any]
Condition = Callable[[Item, Values], bool]
Change = Callable[[Item, Values], None]
Names = tuple[tuple[str, str], ...]

_TOKEN = re.compile(r"\s*(<>|<=|>=|[=<>(),+-]|[#:\w.\"]+)")


class Unreadable(ValueError):
    """An expression of a form that nothing here has used before: teach this module."""


def frozen(names: Mapping[str, str] | None) -> Names:
    """ExpressionAttributeNames in a form that can be a key."""
    return tuple((names or {}).items())


class _Reader:
    def __init__(self, text: str, names: Names) -> None:
        self.tokens = _TOKEN.findall(text)
        self.names = dict(names)
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def next(self, expected: str = "") -> str:
        token = self.peek()
        if expected and token.upper() != expected:
            raise Unreadable(f"{expected} expected, not {token!r}, in {' '.join(self.tokens)}")
        self.at += 1
        return token

    def name(self) -> str:
        token = self.next()
        return ".".join(self.names.get(part, part) for part in token.split("."))


def _get(item: Item, path: str) -> Any:
    if path in item:
        return item[path]
    found: Any = {"M": item}
    for part in path.split("."):
        found = found.get("M", {}).get(part) if found else None
    return found


def _number(attribute: Any) -> Any:
    """What is compared: a number, a text, a truth; of maps, lists and sets the whole."""
    if attribute is None:
        return None
    return float(attribute["N"]) if "N" in attribute else attribute.get("S", attribute.get("BOOL", attribute))


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a is not None and b is not None and a < b,
    "<=": lambda a, b: a is not None and b is not None and a <= b,
    ">": lambda a, b: a is not None and b is not None and a > b,
    ">=": lambda a, b: a is not None and b is not None and a >= b,
}


@lru_cache(maxsize=256)
def condition(text: str, names: Names) -> Condition:
    """A ConditionExpression or KeyConditionExpression as a function."""
    reader = _Reader(text, names)
    made = _either(reader)
    if reader.peek():
        raise Unreadable(text)
    return made


def _either(reader: _Reader) -> Condition:
    left = _both(reader)
    while reader.peek().upper() == "OR":
        reader.next()
        left = _join(left, _both(reader), any)
    return left


def _both(reader: _Reader) -> Condition:
    left = _one(reader)
    while reader.peek().upper() == "AND":
        reader.next()
        left = _join(left, _one(reader), all)
    return left


def _join(left: Condition, right: Condition, how: Callable[[Any], bool]) -> Condition:
    return lambda item, values: how(part(item, values) for part in (left, right))


def _one(reader: _Reader) -> Condition:
    token = reader.peek()
    if token.upper() == "NOT":
        reader.next()
        inner = _one(reader)
        return lambda item, values: not inner(item, values)
    if token == "(":
        reader.next()
        inner = _either(reader)
        reader.next(")")
        return inner
    if token in ("attribute_exists", "attribute_not_exists"):
        reader.next()
        reader.next("(")
        path = reader.name()
        reader.next(")")
        wanted = token == "attribute_exists"
        return lambda item, values: (_get(item, path) is not None) is wanted
    if token == "begins_with":
        reader.next()
        reader.next("(")
        path = reader.name()
        reader.next(",")
        value = reader.next()
        reader.next(")")
        return lambda item, values: str((_get(item, path) or {}).get("S", "")).startswith(values[value]["S"])
    left = _operand(reader)
    operator = reader.next().upper()
    if operator == "IN":
        reader.next("(")
        choices = [_operand(reader)]
        while reader.peek() == ",":
            reader.next()
            choices.append(_operand(reader))
        reader.next(")")
        return lambda item, values: left(item, values) in [choice(item, values) for choice in choices]
    if operator == "BETWEEN":
        low = _operand(reader)
        reader.next("AND")
        high = _operand(reader)
        return lambda i, v: bool(_number(low(i, v)) <= _number(left(i, v)) <= _number(high(i, v)))
    if operator not in _COMPARE:
        raise Unreadable(f"{operator} in {' '.join(reader.tokens)}")
    right, compare = _operand(reader), _COMPARE[operator]
    return lambda item, values: compare(_number(left(item, values)), _number(right(item, values)))


def _operand(reader: _Reader) -> Callable[[Item, Values], Any]:
    token = reader.peek()
    if token.startswith(":"):
        reader.next()
        return lambda item, values: values[token]
    if token == "if_not_exists":
        reader.next()
        reader.next("(")
        path = reader.name()
        reader.next(",")
        other = _operand(reader)
        reader.next(")")
        return lambda item, values: _get(item, path) or other(item, values)
    path = reader.name()
    return lambda item, values: _get(item, path)


@lru_cache(maxsize=256)
def update(text: str, names: Names) -> Change:
    """An UpdateExpression as a function that changes an item: SET, REMOVE, ADD, and DELETE from a set."""
    reader = _Reader(text, names)
    steps: list[Change] = []
    verb = ""
    while reader.peek():
        if reader.peek().upper() in ("SET", "REMOVE", "ADD", "DELETE"):
            verb = reader.next().upper()
        elif reader.peek() == ",":
            reader.next()
        steps.append(_step(verb, reader))

    def change(item: Item, values: Values) -> None:
        for step in steps:
            step(item, values)

    return change


def _step(verb: str, reader: _Reader) -> Change:
    path = reader.name()
    if verb == "REMOVE":
        return lambda item, values: _take_away(item, path)
    if verb == "DELETE":
        given = _operand(reader)
        return lambda item, values: _without(item, path, given(item, values))
    if verb == "ADD":
        value = _operand(reader)
        return lambda item, values: item.update({path: _sum(item.get(path), value(item, values))})
    reader.next("=")
    first = _operand(reader)
    if reader.peek() not in ("+", "-"):
        return lambda item, values: _put(item, path, first(item, values))
    sign = 1 if reader.next() == "+" else -1
    second = _operand(reader)
    return lambda item, values: _put(item, path, _sum(first(item, values), second(item, values), sign))


def _put(item: Item, path: str, value: Any) -> None:
    *way, last = path.split(".")
    for part in way:
        item = item.setdefault(part, {"M": {}})["M"]
    item[last] = value


def _take_away(item: Item, path: str) -> None:
    *way, last = path.split(".")
    for part in way:
        item = item.get(part, {"M": {}})["M"]
    item.pop(last, None)


def _without(item: Item, path: str, leaving: Any) -> None:
    left = sorted({*item.get(path, {"SS": []})["SS"]} - {*leaving["SS"]})
    item.pop(path, None)
    if left:  # DynamoDB knows no empty set
        item[path] = {"SS": left}


def _sum(old: Any, change: Any, sign: int = 1) -> Item:
    if "SS" in change:
        return {"SS": sorted({*(old or {"SS": []})["SS"], *change["SS"]})}
    return {"N": str(int((old or {"N": "0"})["N"]) + sign * int(change["N"]))}
