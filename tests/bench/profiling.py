"""Where the CPU time of sending goes: the functions that take most of it, for `make bench ARGS="--profile sms"`."""

from __future__ import annotations

import cProfile
import io
import pstats
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from tests.bench.cloud import CannedCloud
from tests.bench.drive import Driver, deployed
from tests.bench.meter import Meter

_LINES = 30


def show(cloud: CannedCloud, channel: str, customers: int) -> str:
    """The tables of the profiler, by own time and by time with callees. Its own cost inflates small functions."""
    profile = cProfile.Profile(time.process_time)  # waiting for an answer is not work
    with deployed(cloud, channel, 500):
        Driver(cloud, channel, 500, receipt_messages=0).run()  # what happens once in a warm function's life
    with deployed(cloud, channel, customers), _in_one_thread():
        driver = Driver(cloud, channel, customers, receipt_messages=0)
        driver.meter = _Profiled(driver.meter, profile)
        driver.run()
    out = io.StringIO()
    stats = pstats.Stats(profile, stream=out).strip_dirs()
    stats.sort_stats("tottime").print_stats(_LINES)
    stats.sort_stats("cumtime").print_stats(2 * _LINES)
    return out.getvalue()


class _Profiled(Meter):
    """A meter that watches the sender from within."""

    def __init__(self, meter: Meter, profile: cProfile.Profile) -> None:
        self.costs, self._log, self._requests = meter.costs, meter._log, meter._requests
        self._profile = profile

    def call(self, folder: str, handler: Any, event: Any) -> Any:
        """As the meter's."""
        if folder != "send_messages":
            return super().call(folder, handler, event)
        self._profile.enable()
        try:
            return super().call(folder, handler, event)
        finally:
            self._profile.disable()


@contextmanager
def _in_one_thread() -> Iterator[None]:
    """Let pools run what is submitted to them at once: the profiler sees its own thread only."""
    submit = ThreadPoolExecutor.submit

    def at_once(self: ThreadPoolExecutor, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(call(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 - a future keeps whatever was raised
            future.set_exception(error)
        return future

    ThreadPoolExecutor.submit = at_once  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        ThreadPoolExecutor.submit = submit  # type: ignore[method-assign]
