"""What is known of a contact point: the same from the same facts, in any order and however often they are heard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caring import clock, configuration
from caring.customers import facts
from caring.customers.facts import Facts, Flaw, Kind
from caring.typed import typed_item

THRESHOLD = configuration.get().repair.soft_failures
Heard = tuple[Kind, str, str]
SAID: list[tuple[Kind, str]] = [
    ("good", ""),
    ("number", ""),
    ("sure", ""),
    *(("hard", reason) for reason in sorted(facts.HARD)),
    ("soft", "no_answer"),
    ("soft", "bounced_soft"),
]


def at(minute: int) -> str:
    return clock.iso(datetime(2026, 11, 24, tzinfo=UTC) + timedelta(minutes=minute))


heard = st.tuples(st.sampled_from(SAID), st.integers(0, 12)).map(lambda one: (*one[0], at(one[1])))
histories = st.lists(heard, max_size=14)


def known(history: list[Heard]) -> Facts:
    found = Facts("x")
    for one in history:
        found = facts.learn(found, *one)
    return found


def newest_first(history: list[Heard], channel: str) -> Flaw | None:
    """The reference: go back in time until something proves the contact point good."""
    history = sorted(set(history), key=lambda one: one[2], reverse=True)

    def last(*kinds: Kind) -> str:
        return next((time for kind, _, time in history if kind in kinds), "")

    found: list[Flaw] = []
    for kind, reason, time in history:
        lifted = {"wrong_person": last("sure"), "invalid_number": last("sure", "good", "number")}
        proof = lifted.get(reason, last("sure", "good"))
        bounced_at_once = channel == "email" and time == proof == last("good")
        if kind == "hard" and (time > proof or bounced_at_once):
            found.append(Flaw(reason, time))
    soft = sorted((time, reason) for kind, reason, time in history if kind == "soft" and time > last("sure", "good"))
    if len(soft) >= THRESHOLD:
        found.append(Flaw(soft[-1][1], soft[-1][0], THRESHOLD))
    return max(found, key=lambda flaw: (flaw.at, flaw.reason), default=None)


@given(st.data(), histories, st.sampled_from(["sms", "email", "whatsapp", "voice"]))
def test_any_order_and_any_repetition_come_to_what_the_newest_facts_say(
    data: st.DataObject, history: list[Heard], channel: str
) -> None:
    shuffled = data.draw(st.permutations([*history, *history[: len(history) // 2]]))
    assert facts.flaw(known(shuffled), channel) == newest_first(history, channel)


@given(histories)
def test_facts_are_kept_and_read_back_whole(history: list[Heard]) -> None:
    found = known(history)
    assert facts.flaw(Facts.of(found.kept(), "x"), "sms") == facts.flaw(found, "sms")
    assert facts.flaw(Facts.of(found.kept(), "another number"), "sms") is None


def test_soft_failures_in_a_row_count_and_a_delivery_between_ends_the_row() -> None:
    row: list[Heard] = [("soft", "no_answer", at(n)) for n in range(THRESHOLD)]
    assert facts.flaw(known(row[:-1]), "voice") is None
    assert facts.flaw(known(row), "voice") == Flaw("no_answer", at(THRESHOLD - 1), THRESHOLD)
    assert facts.flaw(known([*row, ("good", "", at(1))]), "voice") is None


def test_what_is_delivered_to_the_wrong_person_makes_him_no_right_one() -> None:
    wrong: list[Heard] = [("hard", "wrong_person", at(1)), ("good", "", at(2))]
    assert facts.flaw(known(wrong), "sms") == Flaw("wrong_person", at(1))
    assert facts.flaw(known([*wrong, ("sure", "", at(3))]), "sms") is None


def test_a_contact_point_that_staff_entered_anew_is_valid_again() -> None:
    assert facts.flaw(known([("hard", "bounced_hard", at(1))]), "email", edited_at=at(2)) is None


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        ("failed", "bounced_hard", "hard"),
        ("failed", "not_on_whatsapp", "hard"),
        ("failed", "bounced_soft", "soft"),
        ("no_answer", None, "soft"),
        ("invalid_number", None, "hard"),
        ("answered", None, "good"),
        ("read", None, "good"),
        ("failed", "spam_blocked", None),
        ("failed", "template_paused", None),
        ("spam_report", "spam", None),
        ("other", "delayed", None),
        ("accepted", None, None),
    ],
)
def test_only_what_is_about_the_number_or_mailbox_is_a_fact_on_it(status: str, reason: str | None, kind: str) -> None:
    assert facts.kind_of(status, reason) == kind


def test_one_number_on_several_channels_shares_what_is_about_the_number() -> None:
    same = typed_item({"phone": "+62811", "whatsapp": "+62811", "email": "a@example.com"})
    assert dict(facts.concerned(same, "sms", "hard", "invalid_number")) == {"sms": "hard", "voice": "hard"}
    assert dict(facts.concerned(same, "sms", "good", "")) == {"sms": "good", "voice": "number"}
    assert dict(facts.concerned(same, "whatsapp", "hard", "not_on_whatsapp")) == {"whatsapp": "hard"}
    everywhere = dict(facts.concerned(same, "voice", "hard", "wrong_person"))
    assert everywhere == {"sms": "hard", "voice": "hard", "whatsapp": "hard"}
    other = typed_item({"phone": "+62811", "whatsapp": "+62822"})
    assert dict(facts.concerned(other, "voice", "hard", "wrong_person")) == {"voice": "hard", "sms": "hard"}
