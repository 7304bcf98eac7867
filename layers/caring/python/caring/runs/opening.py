"""The beginning of a run: by a person through the API, or by a schedule through the state machine."""

from collections.abc import Sequence
from typing import Any

from caring.errors import CaringError, conflict
from caring.messages import status as st
from caring.programs import store as programs
from caring.runs import counters, store
from caring.runs.plan import shard_count
from caring.runs.prepare import script_version

NOT_REACHED = (st.PENDING, st.SKIPPED, st.REJECTED, st.FAILED)
NEVER_AGAIN = {
    st.UNKNOWN: "the message may have reached the customer, and would reach him twice; a person may call him",
    st.HELD_OUT: "they are kept apart so that the program's effect can be measured",
}


def create_run(program: dict[str, Any], actor: str) -> str:
    """Start a run of a program as it is now. Returns the run_id; raises 404 when its script is gone."""
    return store.start_run(program, script_version(program["script_id"]), actor)


def for_those_of(
    program: dict[str, Any], earlier: store.Run, statuses: Sequence[str], reasons: Sequence[str]
) -> dict[str, Any]:
    """The program, its audience those whom an earlier run left in these statuses and reasons.

    Without statuses those whom it did not reach: NOT_REACHED. Raises 400 for a status nobody may be written to again
    for and for a reason that nobody in that run has, 409 while the earlier run has not ended, or when it ended before
    it was planned.
    """
    for status in set(statuses) & NEVER_AGAIN.keys():
        raise CaringError("never_again", f"statuses: {status} cannot be among them: {NEVER_AGAIN[status]}", 400)
    if earlier.state not in store.ENDED:
        raise conflict("wrong_state", f"run {earlier.run_id} is {earlier.state}: wait until it has ended, or cancel it")
    if earlier.forecast is None:
        raise conflict(
            "no_plan", f"run {earlier.run_id} ended before it was planned: it has no customers to go on with"
        )
    if unknown := sorted(set(reasons) - (known := _reasons(earlier.run_id))):
        listed = ", ".join(sorted(known)) or "none"
        raise CaringError(
            "unknown_reason",
            f"reasons: nobody in run {earlier.run_id} has {', '.join(unknown)}: "
            f"name some of its own ({listed}), or none at all",
        )
    wanted = {"run_id": earlier.run_id, "statuses": list(statuses or NOT_REACHED), "reasons": list(reasons)}
    return program | {"audience": {"from_run": wanted}}


def _reasons(run_id: str) -> set[str]:
    """The reasons for which a run has skipped, lost or been refused its customers, in any of its waves."""
    named = (name.partition(":") for buckets in counters.read_all(run_id).values() for name in buckets)
    return {reason for status, _, reason in named if status in st.WITH_REASON}


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
