"""Reconciling: a run's ledger counted anew from its plans and messages, and the counters mended by it.

Every customer of the plan is looked up, so `pending` is counted and never inferred. A SENDING that outlived its
function becomes UNKNOWN on the way.
"""

import time
from collections import Counter
from typing import Any

from caring import clock
from caring.ids import run_cause
from caring.messages import ledger
from caring.messages import status as st
from caring.runs import counters, store
from caring.runs.plan import read_shard

_PATIENCE_SECONDS = 6.0  # well within a request of the API
_READS = ("status", "reason", "claim", "claimed_at")


def reconcile_shard(run_id: str, wave: int, shard: int) -> Counter[str]:
    """Count one shard's buckets from its plan and the messages table, and keep them with the run."""
    counted: Counter[str] = Counter()
    cause = run_cause(run_id, wave)
    stale: list[tuple[ledger.Key, str]] = []
    for group in read_shard(run_id, wave, shard):
        counted["targeted"] += len(group["ids"])
        if group["status"] != st.PENDING:
            counted[st.bucket(group["status"], group["reason"])] += len(group["ids"])
            continue
        messages = ledger.read(((customer_id, cause) for customer_id in group["ids"]), _READS)
        counted[st.PENDING] += len(group["ids"]) - len(messages)
        for key, item in messages.items():
            if ledger.stale(item):
                stale.append((key, item["claim"]["S"]))
            else:
                counted[st.bucket(item["status"]["S"], item["reason"]["S"] if "reason" in item else None)] += 1
    counted += _give_up(stale)
    store.put_shard(run_id, f"ledger-w{wave}", shard, dict(counted))
    return counted


def _give_up(stale: list[tuple[ledger.Key, str]]) -> Counter[str]:
    """Turn outlived claims into UNKNOWN; one that a receipt resolved meanwhile is counted as it now is."""
    counted: Counter[str] = Counter()
    for start in range(0, len(stale), ledger.BATCH):
        batch = stale[start : start + ledger.BATCH]
        moved = ledger.give_up(batch)
        counted[st.UNKNOWN] += sum(moved)
        resolved = [key for (key, _), done in zip(batch, moved, strict=True) if not done]
        for item in ledger.read(resolved, _READS).values():
            counted[st.bucket(item["status"]["S"], item["reason"]["S"] if "reason" in item else None)] += 1
    return counted


def conclude(run: store.Run, wave: int) -> dict[str, Any]:
    """Compare the counters with the shards' counts, mend them, and say whether all adds up.

    Returns {balanced, ledger, counters, at}; balanced means that every targeted customer is in one bucket and that the
    counters said the same as the ledger.
    """
    counted: Counter[str] = sum((Counter(shard) for shard in store.shards(run.run_id, f"ledger-w{wave}")), Counter())
    live = counters.read(run.run_id, wave)
    mend = {name: counted[name] - live[name] for name in {*counted, *live}}
    counters.add(run.run_id, wave, mend)
    result = {
        "balanced": st.total(counted) == counted["targeted"] and not any(mend.values()),
        "ledger": st.ledger(counted),
        "counters": st.ledger(live),
        "at": clock.iso(clock.now()),
    }
    store.update(run.run_id, reconciled=result)
    return result


def reconcile(run_id: str, wave: int = 1) -> dict[str, Any]:
    """Reconcile a whole run; while messages are under way it looks again, for some seconds, before it says no."""
    run = store.get_run(run_id)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        for shard in range(run.shards):
            reconcile_shard(run_id, wave, shard)
        result = conclude(run, wave)
        if result["balanced"] or time.monotonic() > deadline:
            return result
