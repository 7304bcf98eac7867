"""Tries of a call or a visit: each is kept on its item, and one that is told a second time is no further one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from caring import clock

_TOLD = ("outcome", "note", "answer")


def rests(item: Mapping[str, Any], now: datetime) -> bool:
    """Whether the next try is not to be made yet."""
    return bool(item["state"] != "done" and str(item.get("not_before") or "") > clock.iso(now))


def is_repeated(item: Mapping[str, Any], said: Mapping[str, Any], actor: str, now: datetime) -> bool:
    """Whether this is what the same person said of the last try, told once more."""
    last = item.get("last_try")
    if not last or not (item["state"] == "done" or rests(item, now)):
        return False
    return {name: value for name, value in last.items() if name != "at"} == _of(said, actor)


def kept(item: Mapping[str, Any], said: Mapping[str, Any], actor: str, now: datetime) -> dict[str, Any]:
    """What an item keeps of one more try: {attempts, last_try, tries: all of them, oldest first}.

    A try is {at, by, outcome, note?, answer?, again_at: when the customer wants the next}.
    """
    last = _of(said, actor) | {"at": clock.iso(now)}
    return {
        "attempts": int(item.get("attempts") or 0) + 1,
        "last_try": last,
        "tries": [*item.get("tries", ()), last],
    }


def _of(said: Mapping[str, Any], actor: str) -> dict[str, Any]:
    told = {name: said[name] for name in _TOLD if said.get(name)}
    return told | {"by": actor} | ({"again_at": clock.iso(clock.parse(said["at"]))} if said.get("at") else {})
