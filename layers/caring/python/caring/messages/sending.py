"""Sending a batch at most once: claim, call the provider, write the outcome.

The order is the safety: a message is in the ledger as SENDING before its provider hears of it, so that a crash at any
step leaves it either untouched, or SENDING and later UNKNOWN, but never sent a second time.
"""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from caring import configuration
from caring.channels.types import Outcome, Outgoing
from caring.ids import new_id
from caring.messages import ledger
from caring.messages import status as st
from caring.messages.ledger import Change, Entry, Key
from caring.messages.pacing import Pacer
from caring.observability import logger, safe

Deliver = Callable[[Outgoing], Outcome]
DeliverMany = Callable[[Sequence[Outgoing]], Sequence[Outcome]]  # one call for many: an outcome each, in their order


@dataclass(slots=True)
class Draft:
    """What to do for one customer: send `outgoing`; without one, enter the entry's own status (skipped, rejected)."""

    entry: Entry
    outgoing: Outgoing | None = None


@dataclass(slots=True)
class BatchResult:
    """What a batch came to: bucket changes, customers given back for another try, and whether the run must stop.

    `called` counts the messages for which a provider was called, `troubled` those of them that came to no answer;
    `refused` names those that the provider refused for good, now or when the batch came before.
    """

    deltas: Counter[str] = field(default_factory=Counter)
    given_back: list[str] = field(default_factory=list)
    halted: str | None = None
    called: int = 0
    troubled: int = 0
    refused: list[Key] = field(default_factory=list)


def send_batch(
    drafts: Sequence[Draft],
    pacer: Pacer,
    pool: ThreadPoolExecutor,
    deliver: Deliver,
    bulk: DeliverMany | None = None,
) -> BatchResult:
    """Send at most 25 drafts, each once at most however often and by however many workers this is called.

    With `bulk` several go in one provider's call. Raises tables.Refused when claims or outcomes can't be written;
    the queue then brings the batch back.
    """
    result = BatchResult()
    claim = new_id()
    attempts = _claim(drafts, claim, result)
    todo = [draft for draft in drafts if draft.outgoing is not None and draft.entry.key in attempts]
    size = pacer.at_once(configuration.get().send.bulk_entries) if bulk else 1
    groups = [todo[start : start + size] for start in range(0, len(todo), size)]
    outcomes = _call_providers(groups, pacer, pool, bulk or (lambda single: [deliver(single[0])]), result)
    result.called = len(outcomes)
    result.troubled = sum(o.status in ("unknown", "not_taken") and not o.stop_run for o in outcomes.values())
    changes = [_change(draft, outcomes.get(draft.entry.key), attempts[draft.entry.key]) for draft in todo]
    # What was given back and may not be sent any more (paid, opted out since) ends as what it now is.
    changes += [_passed_over(draft.entry) for draft in drafts if draft.outgoing is None and draft.entry.key in attempts]
    for change, written in zip(changes, ledger.settle(changes, claim), strict=True):
        if not written:  # a receipt was faster, and has counted itself from SENDING onwards
            result.deltas[st.SENDING] += 1
            continue
        result.deltas[st.bucket(change.status, change.reason)] += 1
        if change.status == st.PENDING:
            result.given_back.append(change.key[0])
        elif change.status == st.REJECTED and change.key in outcomes:
            result.refused.append(change.key)
    return result


def _claim(drafts: Sequence[Draft], claim: str, result: BatchResult) -> dict[Key, int]:
    """Claim what may be sent now: {key: which try this is}."""
    attempts: dict[Key, int] = {}
    standing = []
    for draft, entered in zip(drafts, ledger.insert([draft.entry for draft in drafts], claim), strict=True):
        if not entered:
            standing.append(draft)
        elif draft.outgoing is None:
            result.deltas[st.PENDING] -= 1
            result.deltas[st.bucket(draft.entry.status, draft.entry.reason)] += 1
        else:
            result.deltas[st.PENDING] -= 1
            attempts[draft.entry.key] = 1
    if standing:
        _take_up(standing, claim, attempts, result)
    return attempts


def _take_up(standing: Sequence[Draft], claim: str, attempts: dict[Key, int], result: BatchResult) -> None:
    """Messages that stood in the ledger: take up what was given back, give up what its worker never finished."""
    items = ledger.read([draft.entry.key for draft in standing])
    back: list[tuple[Key, int]] = []
    dead: list[tuple[Key, str]] = []
    for draft in standing:
        item = items.get(draft.entry.key)
        if item is None:
            continue
        if item["status"]["S"] == st.PENDING:
            back.append((draft.entry.key, int(item["attempt"]["N"])))
        elif item["status"]["S"] == st.REJECTED:
            result.refused.append(draft.entry.key)
        elif ledger.stale(item):
            dead.append((draft.entry.key, item["claim"]["S"]))
    for (key, attempt), taken in zip(back, ledger.reclaim(back, claim), strict=True):
        if taken:
            attempts[key] = attempt + 1
            result.deltas[st.PENDING] -= 1
    # The worker that died had not counted these yet: its batch counts at the end.
    given_up = sum(ledger.give_up(dead))
    result.deltas[st.PENDING] -= given_up
    result.deltas[st.UNKNOWN] += given_up


def _call_providers(
    groups: Sequence[Sequence[Draft]], pacer: Pacer, pool: ThreadPoolExecutor, deliver: DeliverMany, result: BatchResult
) -> dict[Key, Outcome]:
    """Call the provider once for each group; what is not in the answer was never called."""
    outcomes: dict[Key, Outcome] = {}
    waiting, turn = iter(groups), threading.Lock()

    def next_group() -> Sequence[Draft]:
        # Who has an answer asks for the pace: slow answers would else queue calls up and let them out at once.
        with turn:
            group = () if result.halted else next(waiting, ())
            if group:
                pacer.wait(len(group))
            return group

    def work() -> None:
        while group := next_group():
            outgoing = [draft.outgoing for draft in group if draft.outgoing is not None]
            for draft, outcome in zip(group, _called(deliver, outgoing), strict=True):
                outcomes[draft.entry.key] = outcome
                if outcome.stop_run:
                    result.halted = result.halted or outcome.reason or "provider_error"

    workers = min(len(groups), configuration.get().send.threads)
    for future in [pool.submit(work) for _ in range(workers)]:
        future.result()
    return outcomes


def _called(deliver: DeliverMany, outgoing: Sequence[Outgoing]) -> Sequence[Outcome]:
    """The call's outcomes; a call that broke in an unforeseen way may have been taken, so it is UNKNOWN."""
    try:
        return deliver(outgoing)
    except BaseException as error:  # noqa: BLE001 - whatever it was, it proves nothing
        logger().error("a provider call broke", extra={"error": safe(error)})
        return [Outcome(status="unknown", reason="unforeseen_error")] * len(outgoing)


def _passed_over(entry: Entry) -> Change:
    return Change(entry.key, entry.channel, entry.status, entry.reason)


def _change(draft: Draft, outcome: Outcome | None, attempt: int) -> Change:
    entry = draft.entry
    if outcome is None:  # the run was stopped before this one's turn
        return Change(entry.key, entry.channel, st.PENDING)
    if outcome.status == "not_taken":
        if attempt < configuration.get().send.attempts:
            return Change(entry.key, entry.channel, st.PENDING, outcome.reason)
        return Change(entry.key, entry.channel, st.REJECTED, outcome.reason)
    return Change(entry.key, entry.channel, outcome.status, outcome.reason, outcome.provider_message_id)
