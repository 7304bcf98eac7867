"""Taking an item in hand: a call only when its customer may be called, anything only when nobody else holds it."""

from typing import Any

from caring.work import calls, handling, items


def claim(work_id: str, actor: str) -> dict[str, Any]:
    """Take an item for the configured time; again by the same person begins that time anew.

    CaringError 404 for an unknown item, 409 for one that is done or another's, or a call that is not to be made now.
    """
    item = items.get(work_id)
    if item["kind"] == "call" and items.state_of(item) == "open":
        calls.check_may_call(item)
    return handling.claim(work_id, actor)
