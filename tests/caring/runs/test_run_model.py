"""A run under whatever people, providers and crashes do to it, in any order: nobody twice, nobody lost, all adds up."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from caring import clock
from caring.channels.types import Receipt
from caring.errors import CaringError
from caring.ids import split_reference
from caring.messages import status as statuses
from caring.replies import events
from caring.runs import control, guards, reconcile, results, store
from tests.caring.runs.conftest import person
from tests.caring.runs.world import World, deploy
from tests.dying import Death, Killed, Process

WAVES = [{"after_hours": 0, "until": "read"}, {"after_hours": 1, "until": "read"}]
IDS = [f"13100000000{n}" for n in range(7)]
DOES = ("ok", "ok", "ok", "lost", "throttled")
DEADLY = (
    ("batch_execute_statement", "messages.ledger._run"),
    ("update_item", "runs.counters._add"),
    ("send_email", "channels.outcomes.attempt"),
    ("send_whatsapp_message", "channels.outcomes.attempt"),
    ("update_item", "messages.receipts._update"),
    ("send_message_batch", "runs.release.enqueue"),
    ("update_item", "runs.store.update"),
)


class Stop(BaseException):
    """The example is over."""


class Walker:
    """The state machine in a thread of its own that moves only when it is told to: from one Wait to the next."""

    def __init__(self, walk: Callable[[Callable[[str], None]], str]) -> None:
        self._go, self._stands = threading.Event(), threading.Event()
        self.until: str | None = None
        self.end: str | None = None
        self.error: BaseException | None = None
        self._over = False
        self._thread = threading.Thread(target=self._run, args=(walk,), daemon=True)
        self._thread.start()
        self._stands.wait(20)

    def _run(self, walk: Callable[[Callable[[str], None]], str]) -> None:
        try:
            self.end = walk(self._wait)
        except Stop:
            pass
        except BaseException as error:  # noqa: BLE001 - shown by the test's own thread
            self.error = error
        self._stands.set()

    def _wait(self, until: str) -> None:
        self.until = until
        self._stands.set()
        self._go.wait()
        self._go.clear()
        if self._over:
            raise Stop

    def go_on(self) -> None:
        """Let it go to its next Wait, or its end."""
        if self.end is None:
            self._stands.clear()
            self._go.set()
            assert self._stands.wait(20)
        if self.error:
            raise self.error

    def stop(self) -> None:
        """End the thread."""
        self._over = True
        self._go.set()
        self._thread.join(20)


class Runs(RuleBasedStateMachine):
    """One run of two waves."""

    walker: Walker

    @initialize(does=st.lists(st.sampled_from(DOES), min_size=len(IDS), max_size=len(IDS)))
    def launch(self, does: list[str]) -> None:
        self.patch = pytest.MonkeyPatch()
        said = {(i, c): (what,) for i, what in zip(IDS, does, strict=True) for c in ("email", "whatsapp")}
        self.world = World(said, back_after=60, process=Process())
        deploy(self.patch, self.world, guards={"canary_least": 1, "canary_minutes": 1}, queues={"retry_seconds": 1})
        self.world.add([person(i) for i in IDS])

        def walk(wait: Callable[[str], None]) -> str:
            self.patch.setattr(self.world, "wait", wait)
            return self.world.walk(waves=WAVES)

        self.walker = Walker(walk)

    def teardown(self) -> None:
        try:
            if hasattr(self, "walker"):
                self.settle_everything()
        finally:
            if hasattr(self, "walker"):
                self.walker.stop()
            self.patch.undo()

    @property
    def held(self) -> bool:
        run = store.get_run("r1")
        return run.state == "paused" or run.state in store.ENDED or guards.shown()["on"]

    @rule()
    def the_state_machine_goes_on(self) -> None:
        if self.walker.until and self.walker.end is None:
            self.world.time = max(self.world.time, clock.parse(self.walker.until))
        self.walker.go_on()

    @rule(
        place=st.integers(0, 20),
        death=st.none() | st.tuples(st.sampled_from(DEADLY), st.sampled_from(["before", "after"])),
    )
    def a_chunk_is_delivered(self, place: int, death: tuple[tuple[str, str], str] | None) -> None:
        lying = [(url, queued) for url, chunks in self.world.sqs.queues.items() for queued in chunks]
        if not lying:
            return
        url, queued = lying[place % len(lying)]
        before, held, process = self.world.providers.taken.total(), self.held, self.world.process
        if death:
            process.seen.clear()
            process.died, process.death = False, Death(death[0], 1, death[1])
        self.world._deliver(url, queued)
        process.death = None
        if held:
            assert self.world.providers.taken.total() == before, "sent although it was held"

    @rule(place=st.integers(0, 20), said=st.sampled_from(["delivered", "read", "failed"]))
    def a_receipt_comes(self, place: int, said: str) -> None:
        references = sorted(self.world.providers.taken)
        if references:
            self.receive(references[place % len(references)], said)

    def receive(self, reference: str, said: str) -> None:
        cause, _ = split_reference(reference) or ("", "")
        channel = "email" if cause.endswith("w1") else "whatsapp"
        events.take_receipts([Receipt(reference, "p", channel, said, "other", self.world.time)])  # type: ignore[arg-type]

    @rule(act=st.sampled_from([control.pause, control.resume, control.resume]))
    def a_person_pauses_or_resumes(self, act: Callable[[str, str], None]) -> None:
        with contextlib.suppress(CaringError):
            act("r1", "rina")

    @precondition(lambda self: not self.held)
    @rule(sure=st.integers(0, 9))
    def a_person_cancels(self, sure: int) -> None:
        if sure == 0:
            control.cancel("r1", "rina")

    @rule(on=st.booleans())
    def the_switch_is_turned(self, on: bool) -> None:
        guards.switch(on, "test", "rina")

    @rule(customer_id=st.sampled_from(IDS))
    def a_customer_pays(self, customer_id: str) -> None:
        self.world.change(customer_id, paid_on="2026-11-24", amount_due=0)

    @rule(base=st.sampled_from([0, 1]))
    def somebody_reconciles(self, base: int) -> None:
        reconcile.reconcile_shard(store.get_run("r1"), base)

    @invariant()
    def nobody_gets_a_wave_twice(self) -> None:
        if hasattr(self, "world"):
            assert max(self.world.providers.taken.values(), default=0) <= 1

    def settle_everything(self) -> None:
        """Let all go on to its end; then everybody stands in one bucket, and the counters say the same."""
        guards.switch(False, "over", "rina")
        for _ in range(300):
            with contextlib.suppress(CaringError):
                control.resume("r1", "rina")
            for url, chunks in list(self.world.sqs.queues.items()):
                for queued in list(chunks):
                    with contextlib.suppress(Killed):
                        self.world._deliver(url, queued)
            if self.walker.end:
                break
            self.the_state_machine_goes_on()
        assert self.walker.end in ("Finished", "Cancelled")
        for reference in self.world.providers.taken:
            self.receive(reference, "delivered")
        reconcile.reconcile("r1")
        result = reconcile.reconcile("r1")
        assert result["balanced"], result
        rows, _ = results.list_messages(store.get_run("r1"), status=None, channel=None, limit=100)
        assert sorted(row["customer_id"] for row in rows) == IDS
        found = {row["status"] for row in rows}
        if self.walker.end == "Finished":
            assert not found & {statuses.PENDING, statuses.SENDING}, rows
        self.nobody_gets_a_wave_twice()


Runs.TestCase.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestRuns: Any = Runs.TestCase
