"""Sending at most once."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from caring import aws as clients
from caring import clock
from caring.channels.types import Outcome, Outgoing
from caring.messages import ledger
from caring.messages import status as st
from caring.messages.ledger import Entry
from caring.messages.pacing import Pacer, worker_rate
from caring.messages.sending import BatchResult, Draft, send_batch
from tests.emulator import Cloud

CAUSE = "run-r1-w1"


class Provider:
    """A provider that keeps what it took and answers as told."""

    def __init__(self, answer: Callable[[Outgoing], Outcome] | None = None) -> None:
        self.taken: list[str] = []
        self._answer = answer or (lambda outgoing: Outcome("accepted", f"id-{outgoing.to}"))
        self._lock = threading.Lock()

    def __call__(self, outgoing: Outgoing) -> Outcome:
        outcome = self._answer(outgoing)
        if outcome.status in ("accepted", "unknown"):
            with self._lock:
                self.taken.append(outgoing.to)
        return outcome


@pytest.fixture(autouse=True)
def stores(aws: Cloud) -> Iterator[Cloud]:
    clients.reset()
    yield aws
    clients.reset()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as threads:
        yield threads


def drafts(*customers: str) -> list[Draft]:
    return [
        Draft(Entry(c, CAUSE, "sms"), Outgoing(channel="sms", to=c, reference=f"{CAUSE}_{c}", body="Halo"))
        for c in customers
    ]


def send(batch: list[Draft], provider: Provider, pool: ThreadPoolExecutor) -> BatchResult:
    return send_batch(batch, Pacer(1e6), pool, provider)


def status(customer: str) -> str:
    return str(ledger.read([(customer, CAUSE)])[customer, CAUSE]["status"]["S"])


def make_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    later = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)


def test_an_accepted_message_is_in_the_ledger_with_the_providers_id(pool: ThreadPoolExecutor) -> None:
    result = send(drafts("a", "b"), Provider(), pool)
    assert result.deltas == Counter({"pending": -2, "accepted": 2})
    item = ledger.read([("a", CAUSE)])["a", CAUSE]
    assert item["status"]["S"] == st.ACCEPTED
    assert item["provider_message_id"]["S"] == "id-a"
    assert item["reference"]["S"] == "run-r1-w1_a"


def test_the_same_batch_again_sends_nothing(pool: ThreadPoolExecutor) -> None:
    provider = Provider()
    send(drafts("a", "b"), provider, pool)
    again = send(drafts("a", "b"), provider, pool)
    assert sorted(provider.taken) == ["a", "b"]
    assert not +again.deltas
    assert again.given_back == []


def test_two_senders_racing_for_the_same_messages_send_each_once(pool: ThreadPoolExecutor) -> None:
    provider = Provider()
    names = [f"c{n}" for n in range(20)]
    racers = [threading.Thread(target=send, args=(drafts(*names), provider, pool)) for _ in range(4)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(provider.taken) == sorted(names)


def test_a_message_proven_not_taken_is_given_back_and_sent_on_its_next_try(pool: ThreadPoolExecutor) -> None:
    first = send(drafts("a"), Provider(lambda _: Outcome("not_taken", None, "throttled")), pool)
    assert first.given_back == ["a"]
    assert first.deltas["pending"] == 0
    assert status("a") == st.PENDING
    provider = Provider()
    second = send(drafts("a"), provider, pool)
    assert provider.taken == ["a"]
    assert second.deltas == Counter({"pending": -1, "accepted": 1})
    assert ledger.read([("a", CAUSE)])["a", CAUSE]["attempt"]["N"] == "2"


def test_tries_end_and_the_message_is_rejected_with_the_last_reason(
    pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARING_OVERRIDES", '{"send": {"attempts": 2}}')
    throttle = Provider(lambda _: Outcome("not_taken", None, "throttled"))
    send(drafts("a"), throttle, pool)
    last = send(drafts("a"), throttle, pool)
    assert last.deltas == Counter({"pending": -1, "rejected:throttled": 1})
    assert send(drafts("a"), Provider(), pool).given_back == []
    assert status("a") == st.REJECTED


def test_an_answer_that_never_comes_is_unknown_and_never_sent_again(pool: ThreadPoolExecutor) -> None:
    provider = Provider(lambda _: Outcome("unknown", None, "timeout"))
    assert send(drafts("a"), provider, pool).deltas == Counter({"pending": -1, "unknown": 1})
    for _ in range(3):
        send(drafts("a"), provider, pool)
    assert provider.taken == ["a"]


def test_a_call_that_breaks_in_an_unforeseen_way_is_unknown(pool: ThreadPoolExecutor) -> None:
    def broken(_: Outgoing) -> Outcome:
        raise RuntimeError("a bug, or the end of memory")

    send(drafts("a"), Provider(broken), pool)
    assert status("a") == st.UNKNOWN


def test_a_sender_killed_between_claim_and_answer_leaves_unknown_and_no_second_send(
    pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(_: list[object], __: str) -> list[bool]:
        raise Killed

    provider = Provider()
    with monkeypatch.context() as crash:
        crash.setattr(ledger, "settle", die)
        with pytest.raises(Killed):
            send(drafts("a"), provider, pool)
    assert status("a") == st.SENDING
    send(drafts("a"), provider, pool)
    assert status("a") == st.SENDING, "its worker may still be alive"
    make_stale(monkeypatch)
    result = send(drafts("a"), provider, pool)
    assert status("a") == st.UNKNOWN
    assert result.deltas == Counter({"pending": -1, "unknown": 1})
    assert provider.taken == ["a"]


def test_an_outcome_never_overwrites_a_receipt_that_was_faster(pool: ThreadPoolExecutor) -> None:
    from caring.channels.types import Receipt  # noqa: PLC0415
    from caring.messages import receipts  # noqa: PLC0415

    def receipt_first(outgoing: Outgoing) -> Outcome:
        receipts.record([Receipt(outgoing.reference, "p1", "sms", "delivered", None, clock.now())])
        return Outcome("accepted", "p1")

    result = send(drafts("a"), Provider(receipt_first), pool)
    assert status("a") == st.DELIVERED
    assert result.deltas == Counter({"pending": -1, "sending": 1}), "the receipt counted sending → delivered itself"


def test_a_provider_that_stops_the_run_stops_the_batch_and_gives_the_rest_back() -> None:
    answers = iter([Outcome("rejected", None, "template_paused", stop_run=True)])
    with ThreadPoolExecutor(1) as one:
        monkey = Provider(lambda _: next(answers))
        result = send_batch(drafts(*[f"c{n}" for n in range(12)]), Pacer(50), one, monkey)
    assert result.halted == "template_paused"
    assert result.deltas["rejected:template_paused"] == 1
    assert len(result.given_back) >= 3
    assert monkey.taken == []


def test_what_a_provider_refused_is_named_and_again_when_the_batch_comes_back(pool: ThreadPoolExecutor) -> None:
    answers = {"a": Outcome("rejected", None, "not_on_whatsapp"), "c": Outcome("not_taken", None, "throttled")}
    provider = Provider(lambda outgoing: answers.get(outgoing.to, Outcome("accepted", "x")))
    assert send(drafts("a", "b", "c"), provider, pool).refused == [("a", CAUSE)]
    assert send(drafts("a", "b", "c"), provider, pool).refused == [("a", CAUSE)], "its worker may have died before"
    assert send(drafts("b"), provider, pool).refused == []


def test_a_skip_is_entered_with_its_reason_and_is_final(pool: ThreadPoolExecutor) -> None:
    skip = Draft(Entry("a", CAUSE, "sms", st.SKIPPED, "paid"))
    assert send([skip], Provider(), pool).deltas == Counter({"pending": -1, "skipped:paid": 1})
    provider = Provider()
    send(drafts("a"), provider, pool)
    assert provider.taken == []
    assert status("a") == st.SKIPPED


def test_a_message_given_back_that_may_not_be_sent_any_more_ends_as_skipped(pool: ThreadPoolExecutor) -> None:
    first = send(drafts("a"), Provider(lambda _: Outcome("not_taken", None, "throttled")), pool)
    again = send([Draft(Entry("a", CAUSE, "sms", st.SKIPPED, "paid"))], Provider(), pool)
    assert status("a") == st.SKIPPED
    assert first.deltas + again.deltas == Counter({"skipped:paid": 1})
    assert (first.deltas["pending"] + again.deltas["pending"]) == -1


def test_a_pacer_lets_messages_through_one_interval_apart_and_saves_no_time_up() -> None:
    now = [100.0]
    passed: list[float] = []

    def sleep(seconds: float) -> None:
        now[0] += seconds

    pacer = Pacer(10, lambda: now[0], sleep)
    for _ in range(5):
        pacer.wait()
        passed.append(now[0])
    now[0] += 60
    for _ in range(20):
        pacer.wait()
        passed.append(now[0])
    gaps = [later - earlier for earlier, later in itertools.pairwise(passed)]
    assert min(gaps) >= 0.0999
    assert passed[0] >= 100.1, "the worker before may have sent a moment ago"


def test_all_workers_of_a_source_together_keep_its_share_of_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKER_SHARE", "0.8")
    monkeypatch.setenv("WORKER_CONCURRENCY", "4")
    assert worker_rate("whatsapp") * 4 == pytest.approx(80 * 0.9 * 0.8)


def test_slow_answers_do_not_let_a_burst_out() -> None:
    started: list[float] = []

    def slow(_: Outgoing) -> Outcome:
        started.append(time.monotonic())
        time.sleep(0.15)
        return Outcome("accepted", "x")

    with ThreadPoolExecutor(8) as many:
        send_batch(drafts(*[f"c{n}" for n in range(24)]), Pacer(100), many, slow)
    in_any_tenth = max(sum(1 for other in started if one <= other < one + 0.1) for one in started)
    assert in_any_tenth <= 12, "the pace is 10 in a tenth of a second"


def test_a_bulk_call_keeps_the_order_of_claim_call_and_outcome_and_answers_for_each(pool: ThreadPoolExecutor) -> None:
    calls: list[list[str]] = []
    answers = {"a": "accepted", "b": "rejected", "c": "not_taken", "d": "unknown"}

    def bulk(many: Sequence[Outgoing]) -> list[Outcome]:
        calls.append([one.to for one in many])
        assert {status(one.to) for one in many} == {st.SENDING}
        return [Outcome(answers[one.to], None, "r") for one in many]  # type: ignore[arg-type]

    result = send_batch(drafts(*answers), Pacer(1e6), pool, Provider(), bulk)
    assert calls == [["a", "b", "c", "d"]]
    assert [status(name) for name in answers] == [st.ACCEPTED, st.REJECTED, st.PENDING, st.UNKNOWN]
    assert result.given_back == ["c"]
    assert (result.called, result.troubled) == (4, 2)


def test_a_bulk_call_holds_no_more_than_a_quarter_of_a_seconds_work() -> None:
    assert [Pacer(rate, sleep=lambda _: None).at_once(25) for rate in (1.0, 18.0, 40.0, 1000.0)] == [1, 4, 10, 25]
    now = [0.0]
    pacer = Pacer(10.0, clock=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds))
    for _ in range(10):
        pacer.wait(2)
    assert now[0] == pytest.approx(0.1 + 9 * 0.2)
