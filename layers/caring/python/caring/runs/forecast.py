"""The forecast of a planned run: how many by channel, skips by reason, cost, when it finishes and what limits it."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from caring import clock, configuration
from caring.messages import status as st
from caring.runs import canary, counters, store, tiers, waves, windows
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
    finishes_at, limit = _finish(rules, work, {name.partition("|")[2] for name in canary.begin(groups)})
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


def _finish(rules: Rules, work: Counter[tuple[str, str]], with_canary: set[str]) -> tuple[str, str]:
    """When the slowest channel is done, and the limit that makes it so late; `with_canary` channels wait for theirs."""
    now = clock.now()
    latest, limit = now, "none"
    for channel in sorted({channel for _, channel in work}):
        spans = {z: timedelta(seconds=n / rate(channel)) for (z, c), n in sorted(work.items()) if c == channel}
        sends = sum(spans.values(), timedelta())
        pause = timedelta(minutes=configuration.get().guards.canary_minutes if channel in with_canary else 0)
        finish, zone = _finish_of_channel(rules, spans, now, pause)
        if finish > latest:
            waits = finish - now - pause - sends > timedelta(seconds=1)
            by_itself = f"canary:{channel}" if pause > sends else f"rate:{channel}"
            latest, limit = finish, f"window:{zone}" if waits else by_itself
    by_tier = _finish_of_tier(rules, {zone: n for (zone, channel), n in work.items() if channel == tiers.CHANNEL}, now)
    if by_tier and by_tier > latest:
        latest, limit = by_tier, f"tier:{tiers.CHANNEL}"
    return clock.iso(latest), limit


def _finish_of_channel(
    rules: Rules, spans: Mapping[str, timedelta], now: datetime, pause: timedelta
) -> tuple[datetime, str]:
    """When a channel has sent what it would take `spans` of each zone alone, and the zone that comes last.

    The zones share the channel's rate: as in the release, the first of those that are open has it to itself. `pause` is
    the canary's, as soon as a zone opens.
    """
    moment = min(windows.next_open(rules.hours, zone, now) for zone in spans) + pause
    left, zone = dict(spans), ""
    while left:
        opens = {name: windows.next_open(rules.hours, name, moment) for name in left}
        zone = min(left, key=lambda name: opens[name])  # the first of several that are open
        before = list(left)[: list(left).index(zone)]
        moment = opens[zone]
        done, closes = moment + left[zone], windows.closes_at(rules.hours, zone, moment)
        until = min(done, closes, *(opens[name] for name in before))
        left[zone] -= until - moment
        moment = until
        if not left[zone]:
            del left[zone]
    return moment, zone


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
