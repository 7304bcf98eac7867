"""What a run achieved: those it meant to reach against its holdout, and what came of each choice of channel.

Everybody whom the plan meant to reach counts as treated, whether or not a message arrived: only so are the two groups
alike but for the run. Counts are made shard by shard, of plans, ledger and customers as they are when asked.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from caring import clock, configuration
from caring.customers.bulk import read_customers
from caring.customers.model import Item, number, text
from caring.errors import CaringError
from caring.ids import run_cause
from caring.messages import ledger
from caring.messages import status as st
from caring.proportions import difference
from caring.runs import store
from caring.runs.shards import Group, read_shard

Counts = dict[str, Any]  # of a shard: {at, groups: {treated|held_out: counts}, choices: {"channel|why": counts}, …}

METHOD = (
    "treated: all whom the plan meant to reach; interval: 95 %, Newcombe's hybrid score (1998, method 10), by Wilson's"
)
OUTCOMES = ("paid", "tickets", "churned")
_WANTED = {"paid": 1, "tickets": -1, "churned": -1}  # whether more or less of it is better
_READS = ("customer_id", "paid_on", "open_tickets", "last_ticket_at", "episode")
_LEFT = (st.UNKNOWN, st.ACCEPTED, st.DELIVERED, st.READ, st.FAILED)  # statuses of what left for its provider
_PART = "effect"


def effect(run: store.Run, began: str | None = None) -> dict[str, Any]:
    """The effect of a run so far, and its outcomes by choice, within some seconds.

    Of a large run one request counts some shards only: `complete` is false, and `next` is what `began` takes to go on.
    Raises CaringError 409 when the plan is not made yet, or gone.
    """
    now = clock.iso(clock.now())
    kept = _kept(run, began) if began else {}
    began = began or now
    deadline = time.monotonic() + configuration.get().effect.seconds
    made: dict[int, Counts] = {}
    for base in range(run.shards):
        if base not in kept:
            made[base] = count_shard(run, base)
            if time.monotonic() > deadline:
                break
    counted = [*kept.values(), *made.values()]
    complete = len(counted) == run.shards
    if not complete:
        for base, counts in made.items():
            store.put_shard(run.run_id, _PART, base, counts)
    answer = _answer(run, counted, complete)
    return {"run_id": run.run_id, "at": now, "complete": complete, "next": None if complete else began} | answer


def _kept(run: store.Run, began: str) -> dict[int, Counts]:
    """The shards that earlier requests of the same pass have counted."""
    try:
        clock.parse(began)
    except ValueError:
        raise CaringError("bad_next", "next: give back the `next` of the answer before, unchanged") from None
    found = store.shards_by_number(run.run_id, _PART)
    return {base: counts for base, counts in found.items() if counts["at"] >= began}


def count_shard(run: store.Run, base: int) -> Counts:
    """Count one base shard: its groups by what they did since the run began, and its messages by choice."""
    planned = read_shard(run.run_id, 1, base)
    ids = {
        status: [i for g in planned if g["status"] == status for i in g["ids"]] for status in (st.PENDING, "held_out")
    }
    customers = read_customers([i for listed in ids.values() for i in listed], _READS)
    did = {customer_id: _did(run, customer) for customer_id, customer in customers.items()}
    choices: dict[str, Counter[str]] = {}
    first: Counter[str] = Counter()
    last_sent_at = ""
    for wave, customer_id, group, message in _messages(run, base, planned):
        counts = choices.setdefault(f"{group['channel']}|{group['why']}", Counter())
        counts["planned"] += 1
        status = message["status"]["S"] if message else st.PENDING
        counts["sent"] += status in _LEFT
        counts["delivered"] += status in (st.DELIVERED, st.READ)
        counts["read"] += status == st.READ
        counts["failed"] += status in (st.FAILED, st.REJECTED)
        counts["paid"] += status in _LEFT and "paid" in did.get(customer_id, ())
        if wave == 1:
            first[group["channel"]] += status in _LEFT
            last_sent_at = max(last_sent_at, text(message or {}, "accepted_at") or "")
    return {
        "at": clock.iso(clock.now()),
        "groups": {"treated": _group(ids[st.PENDING], did), "held_out": _group(ids["held_out"], did)},
        "choices": choices,
        "first_wave": first,
        "last_sent_at": last_sent_at,
    }


def _messages(run: store.Run, base: int, planned: list[Group]) -> Iterator[tuple[int, str, Group, Item | None]]:
    """(wave, customer_id, group, message or None) of all that a base shard's plans wanted to send."""
    for wave in range(1, run.wave + 1):
        cause = run_cause(run.run_id, wave)
        later = (base, run.shards + base) if wave > 1 else ()
        plans = [group for shard in later for group in read_shard(run.run_id, wave, shard, missing_ok=True)]
        groups = [group for group in (planned if wave == 1 else plans) if group["status"] == st.PENDING]
        keys = [(customer_id, cause) for group in groups for customer_id in group["ids"]]
        messages = ledger.read(keys, ("status", "accepted_at"))
        for group in groups:
            for customer_id in group["ids"]:
                yield wave, customer_id, group, messages.get((customer_id, cause))


def _did(run: store.Run, customer: Item) -> tuple[str, ...]:
    """What a customer did since the run began: the outcomes that it may have changed."""
    began = clock.local_date(clock.parse(run.created_at), configuration.get().zones.default).isoformat()
    ticket = number(customer, "open_tickets") or (text(customer, "last_ticket_at") or "") >= run.created_at
    done = {
        "paid": (text(customer, "paid_on") or "") >= began,
        "tickets": bool(ticket),
        "churned": text(customer, "episode") == "leave",
    }
    return tuple(name for name, yes in done.items() if yes)


def _group(ids: list[str], did: Mapping[str, tuple[str, ...]]) -> Counter[str]:
    counts = Counter(outcome for customer_id in ids for outcome in did.get(customer_id, ()))
    counts["n"] = len(ids)
    return counts


def _answer(run: store.Run, counted: list[Counts], complete: bool) -> dict[str, Any]:
    groups = {name: _sum(counts["groups"][name] for counts in counted) for name in ("treated", "held_out")}
    choices: dict[str, Counter[str]] = {}
    for counts in counted:
        for choice, found in counts["choices"].items():
            choices.setdefault(choice, Counter()).update(found)
    compared = {name: _difference(name, groups["treated"], groups["held_out"], complete) for name in OUTCOMES}
    by_channel: dict[str, Counter[str]] = {}
    for choice, found in choices.items():
        by_channel.setdefault(choice.partition("|")[0], Counter()).update(found)
    return {
        **{name: _shown_group(group) for name, group in groups.items()},
        "difference": compared,
        "verdict": compared["paid"]["verdict"],
        "method": METHOD,
        "by_channel": [_shown_choice(channel, None, found) for channel, found in sorted(by_channel.items())],
        "by_why": [
            _shown_choice(choice.partition("|")[0], choice.partition("|")[2], found)
            for choice, found in sorted(choices.items())
        ],
        "compared": _beside_forecast(run, counted, by_channel),
    }


def _sum(counts: Any) -> Counter[str]:
    return sum((Counter(one) for one in counts), Counter())


def _shown_group(group: Counter[str]) -> dict[str, Any]:
    n = group["n"]
    return {"n": n, **{name: group[name] for name in OUTCOMES}, "paid_rate": round(group["paid"] / n, 4) if n else None}


def _shown_choice(channel: str, why: str | None, found: Counter[str]) -> dict[str, Any]:
    names = ("planned", "sent", "delivered", "read", "failed", "paid")
    return {"channel": channel, "why": why} | {name: found[name] for name in names}


def _difference(name: str, treated: Counter[str], held_out: Counter[str], complete: bool) -> dict[str, Any]:
    """{points, low, high, verdict}: treated less held out, in percentage points of their shares."""
    n, other = treated["n"], held_out["n"]
    if not n or not other:
        return {"points": None, "low": None, "high": None, "verdict": "not_shown"}
    gap, low, high = difference(treated[name], n, held_out[name], other)
    verdict = "not_proven"
    if not complete or min(n, other) < configuration.get().effect.least:
        verdict = "not_shown"
    elif low > 0 or high < 0:
        verdict = "better" if gap * _WANTED[name] > 0 else "worse"
    points = {key: round(100 * value, 1) for key, value in (("points", gap), ("low", low), ("high", high))}
    return points | {"verdict": verdict}


def _beside_forecast(run: store.Run, counted: list[Counts], sent: Mapping[str, Counter[str]]) -> dict[str, Any]:
    """The first wave's forecast beside what became of it: {by_channel, cost, finish}, each {forecast, outcome}."""
    forecast, prices = run.forecast or {}, configuration.get().prices
    first = _sum(counts["first_wave"] for counts in counted)
    planned = forecast.get("by_channel", {})
    last = max((counts["last_sent_at"] for counts in counted), default="")
    return {
        "by_channel": {
            channel: {"forecast": planned.get(channel, 0), "outcome": first[channel]}
            for channel in sorted({*planned, *first})
        },
        "cost": {
            "forecast": forecast.get("cost"),
            "outcome": round(sum(n * prices[channel] for channel, n in first.items())),
        },
        "cost_of_all_waves": round(sum(found["sent"] * prices[channel] for channel, found in sent.items())),
        "finish": {"forecast": forecast.get("finishes_at"), "outcome": last or None},
    }
