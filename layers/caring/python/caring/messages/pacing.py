"""Pacing: each worker keeps its own share of a channel's rate, so that no second goes above what the provider takes."""

import threading
import time
from collections.abc import Callable

from caring import configuration, environment


def worker_rate(channel: str) -> float:
    """Messages per second that one worker of this event source may send: rate · headroom · share / concurrency."""
    rates = configuration.get().rates
    share = float(environment.get("WORKER_SHARE", "1"))
    workers = int(environment.get("WORKER_CONCURRENCY", "1"))
    return float(rates[channel]) * float(rates["headroom"]) * share / workers


class Pacer:
    """Lets one caller at a time through, `interval` real seconds apart; time not used is not saved up for a burst."""

    def __init__(
        self,
        rate: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 1.0 / rate
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        # The first message waits too: the worker before this one may have sent its last a moment ago.
        self._next = clock() + self._interval

    def at_once(self, most: int) -> int:
        """How many messages one call may hold: a quarter of a second's, so that no second goes above the rate."""
        return max(1, min(most, int(0.25 / self._interval)))

    def wait(self, messages: int = 1) -> None:
        """Return when the caller may send that many."""
        with self._lock:
            now = self._clock()
            at = max(self._next, now)
            self._next = at + self._interval * messages
        if at > now:
            self._sleep(at - now)
