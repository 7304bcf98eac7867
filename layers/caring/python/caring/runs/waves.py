"""Waves: a run's further tries, over the next channel, for those whom the last one did not reach.

Wave 1 goes out at the launch. Wave k follows its program's after_hours later, for customers who have not done what it
waits for (`until`); those for whom wave k-1 has failed for good get it at once. A wave therefore has two parts: "early"
(shards 0 … n-1) and "late" (shards n … 2n-1), each planned from the shards of the wave before.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from caring import clock
from caring.customers.bulk import read_customers
from caring.customers.model import Item, choice, text
from caring.ids import run_cause
from caring.messages import ledger
from caring.messages import status as st
from caring.runs import store
from caring.runs.eligibility import Decision, Rules, decide
from caring.runs.shards import Group, read_shard
from caring.runs.windows import zone_of

Planned = tuple[str, str, Decision, str | None]  # customer_id, zone, decision, the bucket he leaves
_READS = ("status", "reason", "channel", "at")
_WITHOUT_READ = ("sms", "voice")  # channels whose best word is "delivered"


@dataclass(frozen=True, slots=True)
class Sent:
    """What a customer's message of one wave came to; `status` pending when it never left."""

    wave: int
    channel: str
    status: str
    reason: str | None
    at: str | None

    @property
    def bucket(self) -> str:
        """Its ledger bucket."""
        return st.bucket(self.status, self.reason)


def count(program: Mapping[str, Any]) -> int:
    """How many waves a program has: at least one."""
    return max(1, len(program.get("waves") or ()))


def hours(program: Mapping[str, Any], wave: int) -> float:
    """How many hours a wave waits after the one before (wave 1: none, the launch is its time)."""
    listed = program.get("waves") or ()
    return float(listed[wave - 1]["after_hours"]) if wave <= len(listed) else 0.0


def until(program: Mapping[str, Any], wave: int) -> str:
    """What spares a customer the wave: read, reply, paid or ordered."""
    listed = program.get("waves") or ({"until": "read"},)
    return str(listed[min(wave, len(listed)) - 1]["until"])


def shards_of(run: store.Run, wave: int) -> list[int]:
    """The shards in which a wave was planned."""
    return list(range(run.shards if wave == 1 else 2 * run.shards))


def next_step(run: store.Run, step: Mapping[str, Any]) -> dict[str, Any]:
    """What a run does after a step.

    `step` is {wave, part: first|early|late|waited, late_at}. Returns the next one with an `outcome`: plan (shards of
    wave and part), wait (until `wait_until`, real time, then ask again), close (make work items), finish or stopped.
    """
    wave, part = int(step["wave"]), step["part"]
    if run.state in store.ENDED:
        return {**step, "outcome": "stopped"}
    first, second = list(range(run.shards)), list(range(run.shards, 2 * run.shards))
    if part == "early":
        return {**step, "outcome": "wait", "part": "early_waited", "wait_until": step["late_at"]}
    if part == "early_waited":
        return {**step, "outcome": "plan", "part": "late", "shards": second}
    if part == "waited":
        closes = count(run.program) > 1
        return {**step, "outcome": "close" if closes else "finish", "shards": first}
    if wave < count(run.program):
        late_at = clock.iso(clock.to_wall(clock.now() + timedelta(hours=hours(run.program, wave + 1))))
        return {"outcome": "plan", "wave": wave + 1, "part": "early", "shards": first, "late_at": late_at}
    over = clock.iso(clock.to_wall(clock.now() + timedelta(hours=hours(run.program, wave))))
    return {**step, "outcome": "wait", "part": "waited", "wait_until": over}


def history(run: store.Run, base: int, waves: int) -> dict[str, list[Sent]]:
    """What each customer of a base shard was sent in the first `waves` waves, oldest first."""
    found: dict[str, list[Sent]] = {}
    for wave in range(1, waves + 1):
        cause = run_cause(run.run_id, wave)
        planned = {
            customer_id: group
            for shard in ([base] if wave == 1 else [base, run.shards + base])
            for group in read_shard(run.run_id, wave, shard)
            if group["status"] == st.PENDING
            for customer_id in group["ids"]
        }
        messages = ledger.read(((customer_id, cause) for customer_id in planned), _READS)
        for customer_id, group in planned.items():
            message = messages.get((customer_id, cause))
            found.setdefault(customer_id, []).append(_sent(wave, group, message))
    return found


def _sent(wave: int, group: Group, message: Mapping[str, Any] | None) -> Sent:
    if message is None:
        return Sent(wave, group["channel"], st.PENDING, None, None)
    reason = message["reason"]["S"] if "reason" in message else None
    return Sent(wave, group["channel"], message["status"]["S"], reason, message["at"]["S"])


def reached(last: Sent, customer: Item, goal: str) -> bool:
    """Whether a customer needs no further wave: he did what it waits for, or answered.

    `read` without `delivered` counts as reached; where a channel knows no `read`, `delivered` does.
    """
    replied = text(customer, "last_reply_at")
    if replied and last.at and replied >= last.at:
        return True
    if goal != "read":
        return False  # a payment is for the rules to see, an answer was looked for above
    return last.status == st.READ or (last.status == st.DELIVERED and last.channel in _WITHOUT_READ)


def opted_out(tries: Sequence[Sent], customer: Item, purpose: str) -> bool:
    """Whether the customer has said no to such messages on a channel that the run has tried, to us or its provider."""
    return any(choice(customer, one.channel, purpose) is False for one in tries)


def failed_for_good(last: Sent) -> bool:
    """Whether the channel has proven not to reach him; what nobody can know is never followed by another message."""
    return last.status == st.FAILED or (last.status == st.REJECTED and last.reason != "not_worded")


def followers(run: store.Run, rules: Rules, wave: int, shard: int) -> Iterator[Planned]:
    """Each customer whom one shard of a later wave writes to."""
    early = shard < run.shards
    base = shard if early else shard - run.shards
    sent = history(run, base, wave - 1)
    if not early:
        for group in read_shard(run.run_id, wave, base):
            for customer_id in group["ids"]:
                sent.pop(customer_id, None)
    goal = until(run.program, wave)
    waiting = {
        customer_id: tries
        for customer_id, tries in sent.items()
        if tries[-1].wave == wave - 1 and (failed_for_good(tries[-1]) or (not early and _unanswered(tries[-1])))
    }
    customers = read_customers(list(waiting), (*rules.reads, "last_reply_at"))
    for customer_id, tries in waiting.items():
        customer = customers.get(customer_id)
        if customer is None or reached(tries[-1], customer, goal) or opted_out(tries, customer, rules.purpose):
            continue
        decision = decide(rules, customer, tried=frozenset(one.channel for one in tries))
        if decision.status == st.PENDING:
            yield customer_id, zone_of(text(customer, "witel_key")), decision, tries[-1].bucket


def _unanswered(last: Sent) -> bool:
    return last.status in (st.ACCEPTED, st.DELIVERED, st.READ)
