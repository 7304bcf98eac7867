"""Rates in any one second: a sliding window over the monotonic clock, not calendar seconds."""

import math
from collections import deque

WINDOW_SECONDS = 1.0


class SlidingSecond:
    """The events of the last second, and the most that any one second ever held."""

    def __init__(self) -> None:
        self._times: deque[float] = deque()
        self.highest = 0

    def count(self, now: float) -> int:
        """How many events lie in the second that ends at `now` (seconds, monotonic)."""
        times = self._times
        while times and times[0] <= now - WINDOW_SECONDS:
            times.popleft()
        return len(times)

    def add(self, now: float) -> None:
        """Note an event at `now`."""
        self.highest = max(self.highest, self.count(now) + 1)
        self._times.append(now)

    def has_room(self, rate: float, now: float) -> bool:
        """May one more event happen at `now` under `rate` whole events a second?"""
        return self.count(now) < math.floor(rate)
