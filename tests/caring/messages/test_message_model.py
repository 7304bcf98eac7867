"""A message's life against a plain model: claims, outcomes, receipts, redeliveries and deaths in any order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from caring import aws, clock, configuration
from caring.channels.types import Outcome, Outgoing, Receipt
from caring.messages import ledger, receipts, sending, status
from caring.messages.pacing import Pacer
from caring.messages.sending import Draft
from tests.caring.runs.world import Inline
from tests.dying import Killed
from tests.fakes import DynamoDB

CAUSE, CUSTOMERS = "run-r1-w1", ("a", "b", "c", "d")
OUTCOMES = ("accepted", "rejected", "unknown", "not_taken")
PROVEN = {"accepted": status.ACCEPTED, "rejected": status.REJECTED, "unknown": status.UNKNOWN}


@dataclass
class Model:
    """What should be in the ledger of one customer."""

    status: str = status.PENDING
    attempt: int = 0
    claimed: float = 0.0
    calls_that_may_have_been_taken: int = 0

    @property
    def rank(self) -> int:
        return status.rank(self.status, "sms") if self.attempt else -1


class Messages(RuleBasedStateMachine):
    """The ledger beside the model."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.time = clock.parse("2026-11-24T03:00:00Z")
        self.dynamodb = DynamoDB({"messages": ("customer_id", "cause")})
        self.patch.setenv("MESSAGES_TABLE", "messages")
        self.patch.setenv("POWERTOOLS_LOG_LEVEL", "CRITICAL")
        self.patch.delenv("CARING_OVERRIDES", raising=False)
        self.patch.setattr("boto3.client", lambda service, **_: self.dynamodb)
        self.patch.setattr("caring.wire.clients.Dynamo", lambda **_: self.dynamodb)
        self.patch.setattr(clock, "now", lambda: self.time)
        self.patch.setattr(clock, "to_wall", lambda moment: moment)
        aws.reset()
        self.models = {customer: Model() for customer in CUSTOMERS}
        self.counters = Counter({status.PENDING: len(CUSTOMERS)})
        self.counted = True  # until a worker dies before it has counted
        self.highest = dict.fromkeys(CUSTOMERS, -1)

    def teardown(self) -> None:
        self.patch.undo()
        aws.reset()

    @rule(
        batch=st.lists(st.sampled_from(CUSTOMERS), min_size=1, unique=True),
        answers=st.fixed_dictionaries({c: st.sampled_from(OUTCOMES) for c in CUSTOMERS}),
        dies=st.sampled_from(["", "", "", "before the call", "after the call"]),
    )
    def a_batch_is_delivered(self, batch: list[str], answers: dict[str, str], dies: str) -> None:
        called: list[str] = []

        def deliver(outgoing: Outgoing) -> Outcome:
            called.append(outgoing.to)
            return Outcome(answers[outgoing.to])  # type: ignore[arg-type]

        def die(*_: object) -> None:
            raise Killed

        drafts = [Draft(ledger.Entry(c, CAUSE, "sms"), Outgoing("sms", c, f"{CAUSE}_{c}", "Halo")) for c in batch]
        pacer = Pacer(1e9)
        with pytest.MonkeyPatch.context() as patch:
            if dies == "before the call":
                patch.setattr(Pacer, "wait", die)
            elif dies:
                patch.setattr(ledger, "settle", die)
            claimed = [c for c in batch if self._claim(c)]
            try:
                result = sending.send_batch(drafts, pacer, Inline(), deliver)  # type: ignore[arg-type]
                self.counters.update(result.deltas)
            except Killed:
                self.counted = False
        died = bool(dies) and (dies == "after the call" or bool(claimed))
        assert called == ([] if dies == "before the call" else claimed)
        for customer in claimed:
            self._outcome(customer, answers[customer], dies if died else "")

    def _claim(self, customer: str) -> bool:
        model = self.models[customer]
        stale = self.time.timestamp() - model.claimed > configuration.get().send.stale_claim_seconds
        if model.status == status.PENDING:
            model.status, model.attempt, model.claimed = status.SENDING, model.attempt + 1, self.time.timestamp()
            return True
        if model.status == status.SENDING and stale:
            model.status = status.UNKNOWN
        return False

    def _outcome(self, customer: str, answer: str, dies: str) -> None:
        model = self.models[customer]
        if dies != "before the call" and answer in ("accepted", "unknown"):
            model.calls_that_may_have_been_taken += 1
        if dies:
            return
        if answer == "not_taken":
            again = model.attempt < configuration.get().send.attempts
            model.status = status.PENDING if again else status.REJECTED
        else:
            model.status = PROVEN[answer]

    @rule(customer=st.sampled_from(CUSTOMERS), said=st.sampled_from(["accepted", "delivered", "read", "failed"]))
    def a_receipt_comes(self, customer: str, said: str) -> None:
        model = self.models[customer]
        if not model.calls_that_may_have_been_taken:
            return  # a provider tells of what it took
        receipt = Receipt(f"{CAUSE}_{customer}", "p", "sms", said, None, self.time)  # type: ignore[arg-type]
        recorded = receipts.record([receipt])
        for changes in recorded.deltas.values():
            self.counters.update(changes)
        if status.rank(said, "sms") > model.rank:
            model.status = said

    @rule(seconds=st.sampled_from([1, 60, 200]))
    def time_passes(self, seconds: int) -> None:
        self.time += timedelta(seconds=seconds)

    @rule()
    def reconciling_gives_up_what_outlived_its_function(self) -> None:
        items = ledger.read([(customer, CAUSE) for customer in CUSTOMERS])
        stale = [(key, item["claim"]["S"]) for key, item in items.items() if ledger.stale(item)]
        if stale:
            assert all(ledger.give_up(stale))
            self.counters.update({status.SENDING: -len(stale), status.UNKNOWN: len(stale)})
        for (customer, _), _claim in stale:
            self.models[customer].status = status.UNKNOWN

    @invariant()
    def the_ledger_is_as_the_model_says(self) -> None:
        items = ledger.read([(customer, CAUSE) for customer in CUSTOMERS])
        found = {key[0]: item["status"]["S"] for key, item in items.items()}
        assert {c: found.get(c, status.PENDING) for c in CUSTOMERS} == {c: m.status for c, m in self.models.items()}

    @invariant()
    def nobody_gets_two(self) -> None:
        assert all(model.calls_that_may_have_been_taken <= 1 for model in self.models.values())

    @invariant()
    def a_status_only_moves_forward(self) -> None:
        for customer, model in self.models.items():
            if model.status not in (status.PENDING, status.SENDING):  # a claim may be given back by its owner
                assert model.rank >= self.highest[customer]
                self.highest[customer] = model.rank

    @invariant()
    def what_was_counted_is_what_stands_in_the_ledger(self) -> None:
        if self.counted:
            buckets = Counter(status.bucket(model.status, None) for model in self.models.values())
            assert +self.counters == buckets


Messages.TestCase.settings = settings(
    max_examples=150, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestMessages = Messages.TestCase
