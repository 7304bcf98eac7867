"""The channel by media richness: rich enough for its matter, then cheap; and what staff or the customer prefer."""

from __future__ import annotations

from typing import Any

import pytest

from caring.customers.importing import merge
from caring.programs.kinds import KINDS
from caring.runs.eligibility import decide, recheck
from caring.runs.richness import FACTORS, least_for, richness_of
from caring.typed import typed_item
from tests.caring.runs.conftest import person
from tests.caring.runs.test_eligibility import AT, rules


def customer(**fields: Any) -> dict[str, Any]:
    granted = {"granted": True, "at": "2026-11-01T00:00:00.000Z", "source": "call"}
    choices = {f"{c}:{p}": granted for c in ("whatsapp", "sms", "email") for p in ("offers", "survey")}
    return typed_item(person("131000000001", choices=choices) | fields)


def by_staff(channel: str) -> dict[str, str]:
    return {"channel": channel, "reason": "he asked for it", "by": "rina", "at": "2026-11-01T00:00:00.000Z"}


def test_every_channel_and_every_kind_has_its_place_in_the_table() -> None:
    for channel in ("whatsapp", "sms", "email", "voice"):
        assert 0 <= richness_of(channel) <= 3 * len(FACTORS)
    assert {kind: least_for(kind) for kind in KINDS} == {
        "billing_reminder": 0,
        "welcome": 0,
        "survey": 0,
        "loyalty": 3,
        "point_redemption": 3,
        "gathering": 3,
        "webinar": 3,
        "ticket_follow_up": 5,
        "upsell": 5,
        "complaint_follow_up": 8,
        "winback": 8,
    }


@pytest.mark.parametrize(
    ("kind", "channel"),
    [("billing_reminder", "email"), ("upsell", "email"), ("complaint_follow_up", "whatsapp"), ("winback", "whatsapp")],
)
def test_the_more_a_matter_can_be_misunderstood_the_richer_its_channel(kind: str, channel: str) -> None:
    decision = decide(rules(kind=kind), customer())
    assert decision.channel == channel
    assert decision.why.startswith(f"{channel}: cheapest")


def test_a_cheaper_channel_that_is_too_poor_is_left_out_and_the_reason_says_so() -> None:
    decision = decide(rules(kind="upsell"), customer(email=None))
    assert (decision.channel, "rich enough (at least 5)" in decision.why) == ("whatsapp", True)


def test_if_none_is_rich_enough_the_richest_is_taken_and_the_reason_says_so() -> None:
    decision = decide(rules(kind="winback"), customer(whatsapp=None))
    assert decision.channel == "email"
    assert decision.why == "email: the richest channel that may be used, though its matter needs more (richness 5 of 8)"


def test_the_channels_that_a_program_names_are_all_that_may_be_used() -> None:
    decision = decide(rules(kind="winback", channels=["sms", "email"]), customer())
    assert (decision.channel, "richest" in decision.why) == ("email", True)


def test_of_equally_cheap_channels_the_one_he_has_answered_on_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARING_OVERRIDES", '{"prices": {"sms": 5, "whatsapp": 5, "email": 5}}')
    assert decide(rules(), customer()).channel == "email"
    decision = decide(rules(), customer(answers_on="sms"))
    assert (decision.channel, "answered on" in decision.why) == ("sms", True)
    monkeypatch.setenv("CARING_OVERRIDES", '{"prices": {"sms": 6, "whatsapp": 5, "email": 5}}')
    assert decide(rules(), customer(answers_on="sms")).channel == "email"


def test_staff_change_the_table_by_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = '{"richness": {"channels": {"email": {"cues": 0}}, "equivocal": {"billing_reminder": 2}}}'
    monkeypatch.setenv("CARING_OVERRIDES", changed)
    assert decide(rules(), customer()).channel == "whatsapp"


def test_what_staff_have_chosen_goes_before_price_and_richness_while_it_may_be_used() -> None:
    chosen = decide(rules(kind="winback"), customer(preferred=by_staff("sms")))
    assert (chosen.channel, "chosen for this customer by staff" in chosen.why) == ("sms", True)
    assert decide(rules(), customer(preferred=by_staff("sms"), phone=None)).channel == "email"
    assert decide(rules(channels=["email"]), customer(preferred=by_staff("sms"))).channel == "email"
    assert decide(rules(), customer(preferred=by_staff("sms")), tried=frozenset({"sms"})).channel == "email"


def test_an_import_leaves_the_choice_of_staff_alone() -> None:
    existing = customer(preferred=by_staff("sms"))
    values = {"customer_id": "131000000001", "name": "Budi", "phone": "+6281200000009"}
    change = merge.change(existing, values)  # type: ignore[arg-type]
    assert change is not None
    assert "preferred" not in {*change.sets, *change.removes}


def test_many_customers_have_few_reasons() -> None:
    made = rules()
    chosen: list[dict[str, Any]] = [{}, {"preferred": by_staff("sms")}]
    customers = [customer(customer_id=f"{n}", **chosen[n % 2]) for n in range(40)]
    assert len({decide(made, one).why for one in customers}) == 2


def test_the_sender_gives_the_reason_that_the_plan_gave_also_in_a_later_wave() -> None:
    made = rules()
    first = decide(made, customer())
    second = decide(made, customer(), tried=frozenset({"email"}))
    assert (first.channel, second.channel) == ("email", "whatsapp")
    assert recheck(made, customer(), "email", AT).why == first.why
    assert recheck(made, customer(), "whatsapp", AT).why == second.why
