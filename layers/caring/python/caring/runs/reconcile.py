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
from caring.programs.kinds import KINDS
from caring.runs import counters, store
from caring.runs.shards import read_shard

Counted = dict[str, Counter[str]]  # by the counters' names

_PATIENCE_SECONDS = 6.0  # well within a request of the API
_READS = ("status", "reason", "claim", "claimed_at", "channel", "segment")
_ASKED = "asked"  # beside the counters: what a survey's messages were, by channel and segment


def reconcile_shard(run: store.Run, base: int) -> Counted:
    """Count one base shard in all waves from plans and messages, and keep the counts with the run."""
    counted: Counted = {counters.SUPERSEDED: Counter()}
    latest: dict[str, str] = {}
    taken: dict[str, str] = {}
    for wave in range(1, run.wave + 1):
        buckets = _buckets_of(run, wave, base, taken)
        counted[counters.part(wave)] = Counter(buckets.values())
        counted[counters.part(wave)]["targeted"] = len(buckets)
        counted[counters.SUPERSEDED].update(latest[customer_id] for customer_id in buckets if customer_id in latest)
        latest |= buckets
    if taken:
        counted[_ASKED] = Counter(taken.values())
    store.put_shard(run.run_id, "ledger", base, counted)
    return counted


def _buckets_of(run: store.Run, wave: int, base: int, taken: dict[str, str]) -> dict[str, str]:
    """The bucket of each customer whom one base shard of a wave planned.

    `taken` is told of whom a survey has been sent to, by which channel: what his latest wave came to counts.
    """
    cause = run_cause(run.run_id, wave)
    found: dict[str, str] = {}
    for shard in [base] if wave == 1 else [base, run.shards + base]:
        for group in read_shard(run.run_id, wave, shard, missing_ok=wave > 1):
            found |= dict.fromkeys(group["ids"], st.bucket(group["status"], group["reason"]))
            if group["status"] == st.PENDING:
                messages = ledger.read(((customer_id, cause) for customer_id in group["ids"]), _READS)
                found |= {key[0]: _bucket(item) for key, item in messages.items()}
                _note_taken(messages, taken)
                found |= _give_up([(key, item["claim"]["S"]) for key, item in messages.items() if ledger.stale(item)])
    return found


def _bucket(item: dict[str, Any]) -> str:
    return st.bucket(item["status"]["S"], item["reason"]["S"] if "reason" in item else None)


def _note_taken(messages: dict[ledger.Key, dict[str, Any]], taken: dict[str, str]) -> None:
    for (customer_id, _), item in messages.items():
        taken.pop(customer_id, None)
        if "segment" in item and item["status"]["S"] in st.TAKEN:
            taken[customer_id] = counters.kind_of_message(item["channel"]["S"], item["segment"]["S"])


def _give_up(stale: list[tuple[ledger.Key, str]]) -> dict[str, str]:
    """Turn outlived claims into UNKNOWN; one that a receipt resolved meanwhile has the bucket it now is in."""
    found: dict[str, str] = {}
    for start in range(0, len(stale), ledger.BATCH):
        batch = stale[start : start + ledger.BATCH]
        ledger.give_up(batch)
        found |= {key[0]: _bucket(item) for key, item in ledger.read([key for key, _ in batch], _READS).items()}
    return found


def conclude(run: store.Run) -> dict[str, Any]:
    """Compare the counters with the shards' counts, mend them, and say whether all adds up.

    Returns {balanced, ledger, counters, waves, at}; balanced means that every targeted customer is in one bucket and
    that the counters said the same as the ledger.
    """
    counted: Counted = {}
    shards = store.shards(run.run_id, "ledger")
    asked: Counter[str] = Counter()
    for shard in shards:
        asked.update(shard.pop(_ASKED, {}))
        for name, buckets in shard.items():
            counted.setdefault(name, Counter()).update(buckets)
    live = counters.read_all(run.run_id)
    differs = False
    for name in {*counted, *live}:
        ours, theirs = counted.get(name, Counter()), live.get(name, Counter())
        mend = {bucket: ours[bucket] - theirs[bucket] for bucket in {*ours, *theirs}}
        # Whom a customer's later wave supersedes is counted when that is planned; his old bucket may have moved since.
        differs = differs or (name != counters.SUPERSEDED and any(mend.values()))
        counters.add_to(run.run_id, name, mend)
    whole = counters.whole(counted)
    result = {
        "balanced": st.total(whole) == whole["targeted"] and not differs,
        "ledger": st.ledger(whole),
        "counters": st.ledger(
            counters.whole({**live, counters.SUPERSEDED: counted.get(counters.SUPERSEDED, Counter())})
        ),
        "waves": [st.ledger(counted[counters.part(wave)]) for wave in range(1, run.wave + 1)],
        "at": clock.iso(clock.now()),
    }
    is_survey = KINDS[run.program["kind"]].question == "survey"
    store.update(run.run_id, reconciled=result, asked=dict(asked) if is_survey else None)
    return result


def reconcile(run_id: str) -> dict[str, Any]:
    """Reconcile a whole run; while messages are under way it looks again, for some seconds, before it says no."""
    run = store.get_run(run_id)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        for base in range(run.shards):
            reconcile_shard(run, base)
        result = conclude(run)
        if result["balanced"] or time.monotonic() > deadline:
            return result
