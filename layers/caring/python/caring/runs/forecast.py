"""The forecast of a planned run: how many by channel, skips by reason, cost, when it finishes and what limits it."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from caring import clock, configuration
from caring.messages import status as st
from caring.runs import counters, store, tiers, waves, windows
from caring.runs.eligibility import Rules
from caring.runs.shards import Group, buckets


def rate(channel: str) -> float:
    """Messages per second that all blast workers of a channel send together."""
    rates = configuration.get().rates
    return float(rates[channel]) * float(rates["headroom"]) * float(rates["blast_share"])


def make_forecast(run: store.Run, rules: Rules, wave: int) -> dict[str, Any]:
    """Sum up the plan of every shard, begin the wave's counters with it, and keep the forecast with the run.

    {targeted, by_channel, skipped: {total, by_reason}, held_out, cost (rupiah), cost_at_most, finishes_at, limit};
    `cost_at_most` if every further wave goes to all of them over the dearest channel.
    """
    groups: list[Group] = [group for shard in store.shards(run.run_id, f"plan-w{wave}") for group in shard]
    counted = buckets(groups)
    by_channel: Counter[str] = Counter()
    work: Counter[tuple[str, str]] = Counter()
    for group in groups:
        if group["status"] == st.PENDING:
            by_channel[group["channel"]] += group["n"]
            work[group["zone"], group["channel"]] += group["n"]
    finishes_at, limit = _finish(rules, work)
    form = st.ledger(counted)
    prices = configuration.get().prices
    dearest = max(prices[channel] for channel in rules.channels)
    forecast = {
        "targeted": counted["targeted"],
        "by_channel": dict(sorted(by_channel.items())),
        "skipped": form[st.SKIPPED],
        "held_out": counted[st.HELD_OUT],
        "cost": (cost := round(sum(n * prices[channel] for channel, n in by_channel.items()))),
        "cost_at_most": cost + round((waves.count(run.program) - 1) * by_channel.total() * dearest),
        "prices_as_of": prices["as_of"],
        "finishes_at": finishes_at,
        "limit": limit,
    }
    counters.begin(run.run_id, counters.part(wave), counted, once=f"w{wave}")
    store.update(run.run_id, forecast=forecast, targeted=counted["targeted"])
    return forecast


def _finish(rules: Rules, work: Counter[tuple[str, str]]) -> tuple[str, str]:
    """When the slowest channel of the last zone is done, and the limit that makes it so late."""
    now = clock.now()
    latest, limit = now, "none"
    for (zone, channel), n in work.items():
        span = timedelta(seconds=n / rate(channel))
        finish = windows.finish_of(span, rules.hours, zone, now)
        if finish > latest:
            waits = finish - now - span > timedelta(seconds=1)
            latest, limit = finish, f"window:{zone}" if waits else f"rate:{channel}"
    by_tier = _finish_of_tier(rules, {zone: n for (zone, channel), n in work.items() if channel == tiers.CHANNEL}, now)
    if by_tier and by_tier > latest:
        latest, limit = by_tier, f"tier:{tiers.CHANNEL}"
    return clock.iso(latest), limit


def _finish_of_tier(rules: Rules, work: dict[str, int], now: datetime) -> datetime | None:
    """When the account's daily tier has let the last customer through; None where it does not matter."""
    total, most, left = sum(work.values()), tiers.limit(tiers.CHANNEL), tiers.left(tiers.CHANNEL, now)
    if most is None or left is None or total <= left:
        return None
    zone = max(work, key=lambda name: work[name])
    days, rest = divmod(total - left - 1, most)
    day = windows.next_open(rules.hours, zone, now)
    for _ in range(days + 1):
        day = windows.next_open(rules.hours, zone, windows.closes_at(rules.hours, zone, day))
    return windows.finish_of(timedelta(seconds=(rest + 1) / rate(tiers.CHANNEL)), rules.hours, zone, day)
