"""Running a simulator: in this process until a signal, or in a thread of a test."""

import asyncio
import signal
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from infra.local.simulator.app import App
from infra.local.simulator.core import Simulator
from infra.local.simulator.publishing import AwsPublisher, Outbox, Publisher, Topics
from infra.local.simulator.server import Server
from infra.local.simulator.settings import Settings


async def serve(
    port: int,
    settings: Settings,
    *,
    publisher: Publisher,
    topics: Topics,
    stop: asyncio.Event,
    ready: Callable[[int], None],
) -> None:
    """Serve until `stop` is set; `ready` is told the port once connections are taken."""
    outbox = Outbox(publisher)
    outbox.topics = topics
    server = Server(App(Simulator(settings, outbox)), settings.hold_seconds)
    ready(await server.listen(port))
    publishing = asyncio.create_task(outbox.run())
    stopping = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait({publishing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        publishing.cancel()
        stopping.cancel()
        await server.close()
        await asyncio.to_thread(outbox.close)


async def serve_until_signal(port: int, settings: Settings, topics: Topics, ready: Callable[[int], None]) -> None:
    """Serve until SIGTERM or SIGINT, publishing through boto3."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(port, settings, publisher=AwsPublisher(), topics=topics, stop=stop, ready=ready)


class Running:
    """A simulator in a thread of this process; a context manager that stops it."""

    def __init__(self, settings: Settings, publisher: Publisher, topics: Topics, port: int = 0) -> None:
        self.port = port
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._failure: BaseException | None = None
        self._thread = threading.Thread(
            target=self._run, args=(settings, publisher, topics), daemon=True, name="simulator"
        )
        self._thread.start()
        self._ready.wait(10)
        if self._failure is not None:
            raise RuntimeError("the simulator did not start; is its port free?") from self._failure

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Stop and wait for the end."""
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self, settings: Settings, publisher: Publisher, topics: Topics) -> None:
        async def main() -> None:
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            await serve(self.port, settings, publisher=publisher, topics=topics, stop=self._stop, ready=self._started)

        try:
            asyncio.run(main())
        except OSError as failure:  # the port is taken
            self._failure = failure
            self._ready.set()

    def _started(self, port: int) -> None:
        self.port = port
        self._ready.set()


def start(
    settings: Settings | None = None, publisher: Publisher | None = None, topics: Topics | None = None, port: int = 0
) -> Running:
    """Start a simulator in a thread; port 0 takes a free one."""
    return Running(settings or Settings(), publisher or AwsPublisher(), topics or Topics(), port)
