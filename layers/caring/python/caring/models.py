"""PynamoDB models bound to the stage's tables when first used, for stores that handle an item or two at a time."""

from typing import Any, TypeVar

from pynamodb.models import Model

from caring import environment

M = TypeVar("M", bound=Model)


def bound(model: type[M], table: str) -> type[M]:
    """The model on the table that the environment names now: bound("programs") is PROGRAMS_TABLE."""
    meta: Any = model.Meta
    name = environment.table(table)
    if getattr(meta, "table_name", None) != name:
        meta.table_name = name
        model._connection = None  # PynamoDB keeps one per model, for the table it first saw
    return model
