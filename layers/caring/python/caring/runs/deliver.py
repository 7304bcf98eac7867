"""Delivering a chunk of a run: the customers read anew, asked about again, written to, and counted.

Before every claim of at most 25 messages the run, its customers and their contacts are read consistently, so that a
pause, a payment, a withdrawn consent or another run's message takes effect on what is already queued.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from caring import channels, clock, configuration, environment, tables
from caring.channels.types import Outgoing
from caring.customers.model import Item, text
from caring.errors import CaringError
from caring.ids import run_cause
from caring.messages import refusals
from caring.messages import status as st
from caring.messages.ledger import Entry
from caring.messages.pacing import Pacer
from caring.messages.sending import BatchResult, Deliver, DeliverMany, Draft, send_batch
from caring.observability import logger, safe
from caring.programs.kinds import KINDS
from caring.runs import control, counters, guards, prepare, pressure, release, store, tiers, windows
from caring.runs.compose import Composer
from caring.runs.eligibility import Rules, recheck


@dataclass(slots=True)
class Delivered:
    """What became of a chunk: `left` go back on the queue after `delay_seconds`."""

    deltas: Counter[str] = field(default_factory=Counter)
    left: list[str] = field(default_factory=list)
    delay_seconds: int = 0


@dataclass(slots=True)
class Worker:
    """What a warm sender keeps between chunks: its pace, its threads, its way to the provider, and its deadline.

    `bulk` is the way for many at once, for matters that are not critical, where the channel has one.
    """

    channel: str
    pacer: Pacer
    pool: ThreadPoolExecutor
    deliver: Deliver = channels.send
    seconds_left: Callable[[], float] = lambda: 1e9
    health: guards.Health = field(default_factory=guards.Health)
    bulk: DeliverMany | None = None


def deliver_chunk(chunk: dict[str, Any], worker: Worker) -> Delivered:
    """Send one chunk's messages, each once at most, and put what is left of it back on the queue.

    Raises when stores or queues can't be reached: the queue then brings the whole chunk back, which is harmless.
    """
    run_id, wave, ids = chunk["run_id"], chunk["wave"], list(chunk["ids"])
    done = Delivered()
    while ids:
        settings = configuration.get().send
        batch, ids = ids[: settings.claim_batch], ids[settings.claim_batch :]
        run, customers, contacts, guard = _read(run_id, batch, worker.channel)
        if run.state == "paused" or (guard.stopped and run.state not in store.ENDED):
            _put_back(done, [*batch, *ids], settings.held_delay_seconds)
            break
        if run.state in store.ENDED:
            logger().info(
                "chunk dropped", extra={"run_id": run_id, "state": run.state, "customers": len(batch) + len(ids)}
            )
            break
        if worker.seconds_left() < settings.read_timeout_seconds + 15:
            _put_back(done, [*batch, *ids], 0)
            break
        wait, probe = guards.permit(guard.breaker)
        if wait:
            _put_back(done, [*batch, *ids], wait)
            break
        if probe:
            tried = configuration.get().guards.breaker_probe
            batch, ids = batch[:tried], [*batch[tried:], *ids]
        task = _Task(
            run,
            wave,
            worker.channel,
            customers,
            contacts,
            prepare.rules(run),
            prepare.composer(run),
            clock.now(),
            chunk.get("booked"),
        )
        result = _deliver_batch(task, batch, worker, done)
        guards.learn(guard.breaker, probe, worker.health, result.called, result.troubled)
        if result.halted:
            control.halt(run_id, result.halted)
    if done.left:
        booked, delay = chunk.get("booked"), done.delay_seconds
        release.enqueue(run_id, wave, worker.channel, [done.left], booked=booked, delay_seconds=delay)
    return done


def _put_back(done: Delivered, ids: Sequence[str], delay_seconds: int) -> None:
    done.left += ids
    done.delay_seconds = max(done.delay_seconds, delay_seconds)


def _read(
    run_id: str, ids: Sequence[str], channel: str
) -> tuple[store.Run, dict[str, Item], pressure.Known, guards.Guards]:
    """The run, the customers, their latest contacts and the guards as they are now, in one consistent read."""
    customers, messages, runs = (environment.table(name) for name in ("customers", "messages", "runs"))
    wanted = list(dict.fromkeys(ids))
    requests: dict[str, Any] = {
        customers: {"Keys": [{"customer_id": {"S": i}} for i in wanted], "ConsistentRead": True},
        messages: {"Keys": [pressure.key(i) for i in wanted], "ConsistentRead": True},
        runs: {"Keys": [store.key(run_id), *guards.keys(channel)], "ConsistentRead": True},
    }
    found = tables.read_many(requests)
    run = next((item for item in found[runs] if item["run_id"]["S"] == run_id), None)
    if run is None:
        raise LookupError(f"run {run_id} is not in the runs table: its chunk cannot be sent")
    by_id = {item["customer_id"]["S"]: item for item in found[customers]}
    contacts = pressure.of_items(wanted, found[messages])
    return store.from_item(run), by_id, contacts, guards.of_items(channel, found[runs])


def _deliver_batch(task: "_Task", ids: Sequence[str], worker: Worker, done: Delivered) -> BatchResult:
    """Send at most a claim's batch; what is left of it is put back."""
    drafts: list[Draft] = []
    for customer_id in dict.fromkeys(ids):
        draft = task.draft(customer_id)
        if draft is None:
            _put_back(done, [customer_id], _until_the_next_look())
        else:
            drafts.append(draft)
    if not drafts:
        return BatchResult()
    drafts = _keep_to_the_tier(task, drafts, done)
    _keep_to_the_cap(task, drafts)
    bulk = worker.bulk if task.rules.purpose == "offers" else None
    result = send_batch(drafts, worker.pacer, worker.pool, worker.deliver, bulk)
    counters.add(task.run.run_id, task.wave, result.deltas)
    refusals.tell(result.refused)
    done.deltas += result.deltas
    _put_back(done, result.given_back, configuration.get().send.retry_delay_seconds if result.given_back else 0)
    return result


def _until_the_next_look() -> int:
    """Real seconds until a chunk that may not go out now is looked at again."""
    return int(clock.wall_seconds(timedelta(seconds=configuration.get().send.window_delay_seconds)))


def _keep_to_the_tier(task: "_Task", drafts: list[Draft], done: Delivered) -> list[Draft]:
    """Book those about to be claimed whose booking has lapsed while they were held; who finds no room is put back."""
    if not tiers.lapsed(task.channel, task.booked, task.now):
        return drafts
    sendable = [draft.entry.customer_id for draft in drafts if draft.outgoing is not None]
    without = set(sendable[tiers.book(task.channel, len(sendable), task.now) :])
    if without:
        _put_back(done, sorted(without), _until_the_next_look())
    return [draft for draft in drafts if draft.entry.customer_id not in without]


def _keep_to_the_cap(task: "_Task", drafts: Sequence[Draft]) -> None:
    """Reserve the contact of each message about to be claimed; who has been contacted often enough is skipped."""
    if task.rules.cap is None:
        return
    sendable = {draft.entry.customer_id: draft for draft in drafts if draft.outgoing is not None}
    cause = run_cause(task.run.run_id, task.wave)
    for customer_id in pressure.reserve(task.rules, task.contacts, cause, list(sendable), task.now):
        draft = sendable[customer_id]
        draft.outgoing, draft.entry.status, draft.entry.reason = None, st.SKIPPED, "cap_reached"
        draft.entry.attributes["why"] = pressure.sentence(task.rules)


@dataclass(frozen=True, slots=True)
class _Task:
    """One batch's circumstances: the run, its customers and their contacts as they are, the rules, wording and time."""

    run: store.Run
    wave: int
    channel: str
    customers: Mapping[str, Item]
    contacts: pressure.Known
    rules: Rules
    composer: Composer
    now: datetime
    booked: str | None  # the hour in which the chunk was counted against the account's tier

    def draft(self, customer_id: str) -> Draft | None:
        """What to do for one customer; None while his window is closed."""
        attributes = {"program_id": self.run.program_id, "script": self.composer.name}
        if question := KINDS[self.run.program["kind"]].question:
            attributes["question"] = question
        if question == "survey":  # so that who was asked can be told apart without asking for every customer again
            attributes["segment"] = text(self.customers.get(customer_id, {}), "segment") or "REGULAR"
        entry = Entry(customer_id, run_cause(self.run.run_id, self.wave), self.channel, attributes=attributes)

        def word(customer: Item, ttl_seconds: int) -> Outgoing:
            return self.composer.compose(customer, self.channel, entry.cause, ttl_seconds=ttl_seconds)

        return draft_for(entry, self.customers.get(customer_id), self.rules, self.now, word)


def draft_for(
    entry: Entry, customer: Item | None, rules: Rules, now: datetime, word: Callable[[Item, int], Outgoing]
) -> Draft | None:
    """What to do about an entry by the rules as they are now; None while the customer's window is closed.

    `word` words the message for the customer, who has so many real seconds until his window closes. The entry gets the
    status, reason and language that come of it, and says why unless it says so already.
    """
    decision = recheck(rules, customer, entry.channel, now)
    if decision.status == "wait":
        return None
    if customer is None or decision.status == st.SKIPPED:
        entry.status, entry.reason = st.SKIPPED, decision.reason
        entry.attributes["why"] = decision.why
        return Draft(entry)
    entry.attributes.setdefault("why", decision.why)
    closes = windows.closes_at(rules.hours, windows.zone_of(text(customer, "witel_key")), now)
    left = clock.wall_seconds(closes - now)
    if left < configuration.get().windows["margin_seconds"]:
        return None  # paced and on its way it would come after the closing
    try:
        outgoing = word(customer, int(left))
    except (CaringError, KeyError, ValueError) as error:
        about = {"customer_id": entry.customer_id, "cause": entry.cause, "error": safe(error)}
        logger().error("a message could not be worded", extra=about)
        entry.status, entry.reason = st.REJECTED, "not_worded"
        return Draft(entry)
    entry.attributes["language"] = outgoing.language
    return Draft(entry, outgoing)
