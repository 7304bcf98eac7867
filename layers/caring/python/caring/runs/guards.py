"""Guards over all runs: a switch that stops all sending, and a breaker for each channel that is in trouble.

Both are single items of the runs table, which a sender reads together with its run and its customers, so that they cost
no request and take effect on what is queued. A channel's breaker opens when much of what was called lately came to
nothing that anybody knows (no answer, an error, throttled); chunks then wait. After a cool-down one worker tries a few.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError

from caring import aws, clock, configuration, environment
from caring.channels.types import Receipt
from caring.customers.model import CHANNELS
from caring.ids import new_id
from caring.observability import logger
from caring.runs.store import key

_SWITCH, _BREAKER = "kill-switch", "breaker"
CLOSED, OPEN, HALF_OPEN = "closed", "open", "half_open"
_TROUBLES = ("provider_error", "provider_unavailable", "throttled")  # a receipt's reasons that tell of the channel
_LATEST_DELAY = 900  # the longest that SQS lets a message wait


@dataclass(frozen=True, slots=True)
class Breaker:
    """A channel's breaker: its state, how often it opened in a row, and until when (real time) it holds."""

    channel: str
    state: str = CLOSED
    opened: int = 0
    until: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Guards:
    """What a sender obeys before each batch."""

    stopped: bool
    breaker: Breaker


def keys(channel: str) -> list[dict[str, Any]]:
    """The guards' keys in the runs table."""
    return [key(_SWITCH), _breaker_key(channel)]


def _breaker_key(channel: str) -> dict[str, Any]:
    return key(f"channel#{channel}", _BREAKER)


def of_items(channel: str, items: Iterable[Mapping[str, Any]]) -> Guards:
    """The guards among items of the runs table; one that is not there does not hold anything."""
    stopped, breaker = False, Breaker(channel)
    for item in items:
        if item["run_id"]["S"] == _SWITCH:
            stopped = item["on"]["BOOL"]
        elif item["part"]["S"] == _BREAKER:
            breaker = _breaker(channel, item)
    return Guards(stopped, breaker)


def _breaker(channel: str, item: Mapping[str, Any]) -> Breaker:
    text = {name: item[name]["S"] for name in ("until", "reason") if name in item}
    return Breaker(channel, item["state"]["S"], int(item["opened"]["N"]), **text)


def switch(on: bool, reason: str, actor: str) -> None:
    """Stop all sending at once, or let it go on where it was."""
    item = key(_SWITCH) | {
        "on": {"BOOL": on},
        "reason": {"S": reason},
        "by": {"S": actor},
        "at": {"S": clock.iso(clock.now())},
    }
    aws.client("dynamodb").put_item(TableName=environment.table("runs"), Item=item)
    logger().warning("the kill switch was turned", extra={"on": on})


def shown() -> dict[str, Any]:
    """The switch and the breakers: {on, reason, by, at, channels: {name: {state, until, reason}}}."""
    table = environment.table("runs")
    wanted = [key(_SWITCH), *(_breaker_key(channel) for channel in CHANNELS)]
    answer = aws.client("dynamodb").batch_get_item(RequestItems={table: {"Keys": wanted, "ConsistentRead": True}})
    items = {item["run_id"]["S"]: item for item in answer["Responses"][table]}
    turned = items.get(_SWITCH, {})
    breakers = [of_items(c, [items[f"channel#{c}"]] if f"channel#{c}" in items else []).breaker for c in CHANNELS]
    return {
        "on": turned["on"]["BOOL"] if turned else False,
        **{name: turned[name]["S"] if name in turned else None for name in ("reason", "by", "at")},
        "channels": {b.channel: {"state": b.state, "until": b.until, "reason": b.reason} for b in breakers},
    }


@dataclass(slots=True)
class Health:
    """What one worker saw of a channel in the last while; kept between its chunks."""

    seen: deque[tuple[float, int, int]] = field(default_factory=deque)  # (real time, calls, those in trouble)

    def note(self, calls: int, troubled: int) -> bool:
        """Remember a batch; whether the channel now is in trouble. A worker that says so begins to count anew."""
        settings, now = configuration.get().guards, clock.to_wall(clock.now()).timestamp()
        self.seen.append((now, calls, troubled))
        while self.seen[0][0] < now - settings.breaker_window_seconds:
            self.seen.popleft()
        called, bad = sum(one[1] for one in self.seen), sum(one[2] for one in self.seen)
        if called < settings.breaker_least or bad < settings.breaker_share * called:
            return False
        self.seen.clear()
        return True


def trip(channel: str, reason: str) -> None:
    """Open a channel's breaker, unless it is open or being tried."""
    values = _opening(0, reason) | {":closed": {"S": CLOSED}}
    if _turn(channel, "attribute_not_exists(#state) OR #state = :closed", values):
        logger().error("a channel's breaker opened", extra={"channel": channel, "reason": reason})


def permit(breaker: Breaker) -> tuple[int, str | None]:
    """Whether a chunk may go: (seconds it must wait, or 0; a token for the one worker who tries an open channel).

    A worker that dies while it tries leaves the breaker half open; when its time is over another takes its place.
    """
    if breaker.state == CLOSED or breaker.until is None:
        return 0, None
    least = configuration.get().send.held_delay_seconds
    left = (clock.parse(breaker.until) - clock.to_wall(clock.now())).total_seconds()
    if left > 0:
        return min(_LATEST_DELAY, max(int(left) + 1, least)), None
    token = new_id()
    until = clock.to_wall(clock.now()) + timedelta(seconds=configuration.get().send.stale_claim_seconds)
    values = {
        ":state": {"S": HALF_OPEN},
        ":until": {"S": clock.iso(until)},
        ":token": {"S": token},
        ":old": {"S": breaker.until},
    }
    mine = _turn(breaker.channel, "#until = :old", values, "SET #state = :state, #until = :until, #token = :token")
    return (0, token) if mine else (least, None)


def learn(breaker: Breaker, probe: str | None, health: Health, calls: int, troubled: int) -> None:
    """After a batch: open the breaker if the channel is in trouble; after a try, close it or hold for twice as long.

    A try that called nobody tells nothing: the next chunk tries again.
    """
    if probe is None:
        if calls and health.note(calls, troubled):
            trip(breaker.channel, "calls")
        return
    values = {":token": {"S": probe}, ":trying": {"S": HALF_OPEN}}
    if calls and troubled < configuration.get().guards.breaker_share * calls:
        values |= {":state": {"S": CLOSED}, ":opened": {"N": "0"}}
        sets = "SET #state = :state, opened = :opened REMOVE #until"
    else:
        values |= _opening(breaker.opened, breaker.reason or "", cools=calls > 0)
        sets = _OPEN_IT
    _turn(breaker.channel, "#state = :trying AND #token = :token", values, sets)


def _opening(opened: int, reason: str, *, cools: bool = True) -> dict[str, Any]:
    settings = configuration.get().guards
    cool = min(settings.breaker_cool_limit_seconds, settings.breaker_cool_seconds * 2**opened) if cools else 0
    return {
        ":state": {"S": OPEN},
        ":opened": {"N": str(opened + cools)},
        ":until": {"S": clock.iso(clock.to_wall(clock.now()) + timedelta(seconds=cool))},
        ":reason": {"S": reason},
    }


_OPEN_IT = "SET #state = :state, opened = :opened, #until = :until, #reason = :reason"


def _turn(channel: str, condition: str, values: dict[str, Any], sets: str = _OPEN_IT) -> bool:
    """Change a breaker's item; False if it is no longer as the condition says."""
    names = {"#state": "state", "#until": "until", "#reason": "reason", "#token": "token"}
    try:
        aws.client("dynamodb").update_item(
            TableName=environment.table("runs"),
            Key=_breaker_key(channel),
            UpdateExpression=sets,
            ConditionExpression=condition,
            ExpressionAttributeNames={sign: name for sign, name in names.items() if sign in sets + condition},
            ExpressionAttributeValues=values,
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True


def hear(receipts: Iterable[Receipt], health: Mapping[str, Health]) -> None:
    """Let receipts speak for their channel too: WhatsApp tells later what others answer at once."""
    told: dict[str, list[bool]] = {}
    for receipt in receipts:
        if receipt.status in ("delivered", "failed") and receipt.channel in health:
            bad = receipt.status == "failed" and receipt.reason in _TROUBLES
            told.setdefault(receipt.channel, []).append(bad)
    for channel, troubles in told.items():
        if health[channel].note(len(troubles), sum(troubles)):
            trip(channel, "receipts")
