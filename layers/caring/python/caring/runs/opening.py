"""The beginning of a run: by a person through the API, or by a schedule through the state machine."""

from typing import Any

from caring.errors import CaringError
from caring.programs import store as programs
from caring.runs import store
from caring.runs.plan import shard_count
from caring.runs.prepare import script_version


def create_run(program: dict[str, Any], actor: str) -> str:
    """Start a run of a program as it is now. Returns the run_id; raises 404 when its script is gone."""
    return store.start_run(program, script_version(program["script_id"]), actor)


def begin(run_id: str, program_id: str) -> dict[str, Any]:
    """The state machine's first step: enter the run if a schedule started it, and name its shards."""
    try:
        run = store.get_run(run_id)
    except CaringError as error:
        if error.status != 404:
            raise
        program = programs.get_program(program_id)
        run = store.open_run(run_id, program, script_version(program["script_id"]), "schedule")
    shards = run.shards or shard_count(run.program)
    store.update(run_id, shards=shards)
    return {"run_id": run_id, "wave": 1, "shards": list(range(shards))}
