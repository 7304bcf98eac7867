"""DynamoDB's typed attributes and plain values, for code that handles an item or two at a time."""

from collections.abc import Mapping
from typing import Any


def typed(value: Any) -> dict[str, Any]:
    """A plain value as a typed attribute: None, bool, int, float, str, list and dict. TypeError for another type."""
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int | float):
        return {"N": str(value)}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, list | tuple):
        return {"L": [typed(entry) for entry in value]}
    if isinstance(value, Mapping):
        return {"M": {name: typed(entry) for name, entry in value.items()}}
    raise TypeError(f"{type(value).__name__} has no place in an item")


def plain(attribute: Mapping[str, Any]) -> Any:
    """A typed attribute as a plain value; a number is an int where it is whole."""
    ((tag, value),) = attribute.items()
    if tag == "N":
        return int(value) if value.lstrip("-").isdigit() else float(value)
    if tag == "L":
        return [plain(entry) for entry in value]
    if tag == "M":
        return {name: plain(entry) for name, entry in value.items()}
    return None if tag == "NULL" else sorted(value) if tag in ("SS", "NS") else value


def typed_item(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """A whole item; values that are None are left out."""
    return {name: typed(value) for name, value in values.items() if value is not None}


def plain_item(item: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A whole item as plain values."""
    return {name: plain(attribute) for name, attribute in item.items()}
