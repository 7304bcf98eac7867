"""A run made ready to be worked on: its frozen program, the rules of it, and its script's wording.

Functions that stay warm keep what never changes of a run (its program and script version), not its state.
"""

from functools import lru_cache
from typing import Any

import orjson

from caring.errors import CaringError
from caring.runs import store
from caring.runs.compose import Composer
from caring.runs.eligibility import Rules, rules_for
from caring.scripts import store as scripts


@lru_cache(maxsize=32)
def _rules(program: bytes, version: int) -> Rules:
    parsed: dict[str, Any] = orjson.loads(program)
    return rules_for(parsed, scripts.languages(scripts.get_script(parsed["script_id"], version)))


def rules(run: store.Run) -> Rules:
    """The rules of a run's frozen program."""
    return _rules(orjson.dumps(run.program), run.script_version)


@lru_cache(maxsize=32)
def _composer(script_id: str, version: int, purpose: str) -> Composer:
    return Composer(f"{script_id}#{version}", purpose, scripts.load_approved(script_id, version))


def composer(run: store.Run) -> Composer:
    """The wording of a run's frozen script version."""
    return _composer(run.program["script_id"], run.script_version, rules(run).purpose)


def script_version(script_id: str) -> int:
    """The version that a run begun now takes: the approved one, or, for a preview, the newest. Raises 404 for none."""
    try:
        return scripts.approved_version(script_id)
    except CaringError as error:
        if error.code != "script_not_approved":
            raise
        return int(scripts.get_script(script_id)["version"])


def rules_of_program(program: dict[str, Any]) -> Rules:
    """The rules of a program as it is now."""
    return _rules(orjson.dumps(program), script_version(program["script_id"]))
