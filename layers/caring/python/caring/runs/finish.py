"""The end of a run: settled, cancelled, expired or failed."""

from datetime import timedelta
from typing import Any

from caring import clock, configuration
from caring.runs import reconcile, store

_OPEN = ("planning", "planned", "releasing", "waiting", "paused")


def finish(run_id: str, because: str) -> dict[str, Any]:
    """Conclude a run for the reason its state machine gives: finish, reconcile, stopped, expired or failed.

    Returns {outcome: "finished"|"unsettled"|"paused"|"cancelled"|"failed", wait_until (real time)}.
    """
    if because == "failed":
        store.update(run_id, states=_OPEN, state="failed", reason="a step failed for good: see the run's execution")
        return {"outcome": "failed"}
    if because == "expired":
        store.update(run_id, states=_OPEN, state="cancelled", reason="nobody launched it within a week")
        return {"outcome": "cancelled"}
    run = store.get_run(run_id)
    if run.state == "finished":
        return {"outcome": "finished"}
    if run.state == "paused":
        pause = timedelta(seconds=configuration.get().release.poll_limit_seconds)
        return {"outcome": "paused", "wait_until": clock.iso(clock.to_wall(clock.now()) + pause)}
    reconcile.conclude(run)
    if run.state in store.ENDED:
        return {"outcome": "cancelled"}
    if because == "reconcile":
        return {"outcome": "unsettled"}
    store.update(run_id, states=("releasing", "waiting"), state="finished", finished_at=clock.iso(clock.now()))
    return {"outcome": "finished"}
