"""The order of a message's statuses."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as some

from caring.messages import status as st

LATER = some.sampled_from([st.ACCEPTED, st.DELIVERED, st.READ, st.FAILED])


def after(statuses: list[str], channel: str) -> str:
    """The plain reference: the highest status wins."""
    reached = st.SENDING
    for status in statuses:
        if st.rank(status, channel) > st.rank(reached, channel):
            reached = status
    return reached


@given(some.lists(LATER, max_size=6), some.sampled_from(["whatsapp", "sms", "email"]), some.randoms())
def test_the_order_in_which_receipts_come_does_not_matter(statuses: list[str], channel: str, random: object) -> None:
    shuffled = list(statuses)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert after(statuses, channel) == after(shuffled, channel) == after(statuses + statuses, channel)


def test_failed_wins_over_unknown_and_accepted_but_not_over_what_reached_the_phone() -> None:
    assert after([st.FAILED, st.ACCEPTED], "sms") == st.FAILED
    assert after([st.FAILED, st.DELIVERED], "sms") == st.DELIVERED


def test_an_email_bounce_wins_over_delivered_but_not_over_read() -> None:
    assert after([st.DELIVERED, st.FAILED], "email") == st.FAILED
    assert after([st.FAILED, st.READ], "email") == st.READ


def test_skipped_and_held_out_are_final() -> None:
    assert all(st.rank(st.SKIPPED, channel) > st.rank(st.READ, channel) for channel in ("sms", "email"))


def test_a_ledger_names_the_reasons_of_what_was_skipped_rejected_or_failed() -> None:
    buckets = Counter({"targeted": 5, "read": 1, "skipped:paid": 2, "failed:bounced_hard": 1, "held_out": 1})
    form = st.ledger(buckets)
    assert form["skipped"] == {"total": 2, "by_reason": {"paid": 2}}
    assert form["failed"] == {"total": 1, "by_reason": {"bounced_hard": 1}}
    assert form["rejected"] == {"total": 0, "by_reason": {}}
    assert st.total(buckets) == form["targeted"] == 5
