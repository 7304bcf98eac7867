"""Settling: waiting until nothing is pending or under way, then ending the run."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from caring import clock, configuration
from caring.customers.model import CHANNELS
from caring.messages import status as st
from caring.runs import counters, store
from caring.runs.forecast import rate


def _work_left(run: store.Run, counted: Mapping[str, int]) -> float:
    """Real seconds that the channels need at least for what is pending: no use to look much earlier."""
    planned = (run.forecast or {}).get("by_channel") or CHANNELS
    return counted[st.PENDING] / sum(rate(channel) for channel in planned)


def settle(run: store.Run, wave: int, seen: dict[str, Any] | None) -> dict[str, Any]:
    """Look whether the wave has settled.

    `seen` is this function's own last answer. Returns {outcome: "settled"|"wait"|"reconcile"|"stopped", wait_until,
    unchanged_since (both real time), counted, polls}. Counters that stand still are not believed: the wave
    is reconciled, which also ends claims that outlived their function.
    """
    if run.state in ("cancelled", "failed"):
        return {"outcome": "stopped"}
    counted = counters.read(run.run_id, wave)
    wall = clock.to_wall(clock.now())
    release, send = configuration.get().release, configuration.get().send
    changed = seen is None or seen.get("counted") != dict(counted)
    since = clock.iso(wall) if changed or not seen else seen["unchanged_since"]
    polls = 0 if changed or not seen else seen["polls"] + 1
    least = release.poll_seconds * (1 + polls)
    pause = min(release.poll_limit_seconds, max(least, _work_left(run, counted) / 2))
    answer = {
        "wait_until": clock.iso(wall + timedelta(seconds=pause)),
        "counted": dict(counted),
        "unchanged_since": since,
        "polls": polls,
    }
    if counted[st.PENDING] <= 0 and counted[st.SENDING] <= 0:
        store.update(run.run_id, states=("releasing",), state="waiting")
        return {"outcome": "settled", **answer}
    still = (wall - clock.parse(since)).total_seconds()
    if still > send.stale_claim_seconds and run.state != "paused":
        return {"outcome": "reconcile", **answer, "unchanged_since": clock.iso(wall)}
    return {"outcome": "wait", **answer}
