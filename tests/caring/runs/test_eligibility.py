"""Whom a program reaches, by which channel, and why not."""

from typing import Any

import pytest

from caring import clock
from caring.programs.kinds import KINDS
from caring.runs.eligibility import Rules, decide, is_held_out, recheck, rules_for
from caring.runs.explain import why
from caring.typed import typed_item
from tests.caring.runs.conftest import TUESDAY_TEN, person, program

ALL_ID = {channel: frozenset({"id"}) for channel in ("whatsapp", "sms", "email", "voice")}
AT = clock.parse(TUESDAY_TEN)


def rules(**fields: Any) -> Rules:
    return rules_for(program(**fields), ALL_ID)


def outcome(customer: dict[str, Any], **fields: Any) -> tuple[str, str | None]:
    decision = decide(rules(**fields), typed_item(customer))
    return decision.status, decision.channel or decision.reason


def withdrawn(channel: str, purpose: str = "service") -> dict[str, Any]:
    return {f"{channel}:{purpose}": {"granted": False, "at": "2026-11-01T00:00:00.000Z", "source": "call"}}


def test_the_cheapest_consented_and_valid_channel_is_taken_and_the_reason_says_so() -> None:
    decision = decide(rules(), typed_item(person("131000000001")))
    assert decision.channel == "email"
    assert "cheapest" in decision.why
    assert "whatsapp 360" in decision.why
    assert outcome(person("131000000001", consent_email=False)) == ("pending", "whatsapp")
    assert outcome(person("131000000001", consent_email=False, whatsapp=None)) == ("pending", "sms")


def test_voice_is_used_only_by_a_program_that_names_it() -> None:
    only_voice = person("131000000001", consent_email=False, consent_sms=False, consent_whatsapp=False)
    assert outcome(only_voice) == ("skipped", "no_consent")
    assert outcome(only_voice, channels=["voice"]) == ("pending", "voice")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"erased": True}, "erased"),
        ({"paid_on": "2026-11-20"}, "paid"),
        ({"amount_due": 0}, "paid"),
        ({"phone": None, "whatsapp": None, "email": None}, "no_valid_contact"),
        ({"consent_whatsapp": False, "consent_sms": False, "consent_email": False}, "no_consent"),
        ({"language": "en"}, "not_in_language"),
    ],
)
def test_each_reason_to_skip_is_named(changes: dict[str, Any], reason: str) -> None:
    assert outcome(person("131000000001", **changes)) == ("skipped", reason)


def test_a_customer_who_withdrew_on_every_channel_has_opted_out() -> None:
    choices = withdrawn("whatsapp") | withdrawn("sms") | withdrawn("email")
    assert outcome(person("131000000001", choices=choices)) == ("skipped", "opted_out")


def test_a_customers_own_word_beats_the_files_consent_both_ways() -> None:
    assert outcome(person("131000000001", choices=withdrawn("email"))) == ("pending", "whatsapp")
    granted = {"email:service": {"granted": True, "at": "2026-11-01T00:00:00.000Z", "source": "call"}}
    assert outcome(person("131000000001", consent_email=False, choices=granted)) == ("pending", "email")


def test_a_withdrawal_of_offers_does_not_stop_a_bill_reminder() -> None:
    assert outcome(person("131000000001", choices=withdrawn("email", "offers"))) == ("pending", "email")


def test_a_contact_point_known_to_be_invalid_is_not_used() -> None:
    invalid = {"email": {"reason": "bounced_hard", "at": "2026-11-01T00:00:00.000Z"}}
    assert outcome(person("131000000001", invalid=invalid)) == ("pending", "whatsapp")


def test_sundanese_speakers_are_written_to_in_indonesian_when_the_script_has_no_sundanese() -> None:
    assert outcome(person("131000000001", language="su")) == ("pending", "email")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].purpose != "service"])
def test_no_offers_and_no_surveys_while_a_ticket_is_open(kind: str) -> None:
    assert outcome(person("131000000001", open_tickets=1), kind=kind) == ("skipped", "open_ticket")
    assert outcome(person("131000000001", open_tickets=1)) == ("pending", "email")


@pytest.mark.parametrize("kind", ["upsell", "survey"])
def test_no_offers_and_no_surveys_soon_after_a_detractors_score(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)

    def scored(score: int, at: str) -> tuple[str, str | None]:
        return outcome(person("131000000001", last_score={"score": score, "at": at}), kind=kind)

    assert scored(6, "2026-11-12T03:00:00.000Z") == ("skipped", "fresh_detractor")
    assert scored(7, "2026-11-12T03:00:00.000Z")[0] == "pending"
    assert scored(0, "2026-11-09T03:00:00.000Z")[0] == "pending"
    disappointed = {"score": 2, "at": "2026-11-23T03:00:00.000Z"}
    assert outcome(person("131000000001", last_score=disappointed)) == ("pending", "email"), "a bill is no offer"


def test_nobody_is_surveyed_who_was_just_asked_by_another_survey(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)
    asked = person("131000000001", last_survey={"cause": "survey-pay-1", "at": "2026-11-24T02:50:00.000Z"})
    long_ago = person("131000000001", last_survey={"cause": "survey-pay-1", "at": "2026-10-20T02:50:00.000Z"})
    assert outcome(asked, kind="survey") == ("skipped", "asked_recently")
    assert recheck(rules(kind="survey"), typed_item(asked), "email", AT).reason == "asked_recently"
    assert why(rules(kind="survey"), typed_item(asked))["reason"] == "asked_recently"
    assert "last_survey" in rules(kind="survey").reads, "the plan's scan has to fetch what it asks for"
    assert outcome(long_ago, kind="survey")[0] == "pending"
    assert outcome(asked)[0] == outcome(asked, kind="upsell")[0] == "pending", "a bill or an offer is no survey"


def test_no_bills_and_no_offers_while_a_disturbance_is_repaired() -> None:
    waiting = person("131000000001", incident_hold="odp-17")
    assert outcome(waiting) == ("skipped", "incident")
    assert outcome(waiting, kind="upsell") == ("skipped", "incident")
    until_he_answers = [{"after_hours": 0, "until": "reply"}]
    assert outcome(waiting, kind="ticket_follow_up", waves=until_he_answers) == ("pending", "email")


def test_the_holdout_is_sticky_and_of_the_stated_size() -> None:
    held = [number for number in range(10_000) if is_held_out("p1", f"13{number:010d}", 10)]
    assert held == [number for number in range(10_000) if is_held_out("p1", f"13{number:010d}", 10)]
    assert 900 <= len(held) <= 1100
    assert outcome(person(f"13{held[0]:010d}"), holdout_percent=10) == ("held_out", None)


def test_just_before_the_claim_a_payment_or_withdrawal_is_seen() -> None:
    paid = typed_item(person("131000000001", paid_on="2026-11-24"))
    assert recheck(rules(), paid, "email", AT).reason == "paid"
    out = typed_item(person("131000000001", choices=withdrawn("email")))
    assert recheck(rules(), out, "email", AT).reason == "opted_out"
    assert recheck(rules(), None, "email", AT).reason == "not_found"
    held = typed_item(person("131000000001", incident_hold="i-1"))
    assert recheck(rules(), held, "email", AT).reason == "incident"


def test_just_before_the_claim_a_closed_window_makes_the_message_wait() -> None:
    night = clock.parse("2026-11-24T15:00:00+00:00")
    assert recheck(rules(), typed_item(person("131000000001")), "email", night).status == "wait"


def test_why_answers_what_the_plan_would_do_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)
    answer = why(rules(), typed_item(person("131000000001")))
    assert (answer["reached"], answer["channel"], answer["reason"]) == (True, "email", None)
    assert why(rules(), typed_item(person("131000000001", amount_due=0)))["reason"] == "not_in_audience"
    monkeypatch.setattr(clock, "now", lambda: clock.parse("2026-11-24T15:00:00+00:00"))
    assert why(rules(), typed_item(person("131000000001")))["reason"] == "outside_window"
    assert why(rules(witel="Cirebon"), typed_item(person("131000000001")))["reason"] == "not_in_audience"
