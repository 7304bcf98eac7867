"""A message understood: the order of the rules, which question it answers, and always a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from caring.understanding.meaning import Pending
from caring.understanding.understand import understand
from tests.caring.understanding.speaking import NOW, asked, says


def test_an_opt_out_comes_before_an_answer() -> None:
    assert understand(says("STOP"), [asked("closure")]).as_ == "opt_out"


def test_a_choice_pressed_in_the_providers_menu_counts() -> None:
    assert understand(says("STOP", "unsubscribe"), []).as_ == "opt_out"
    assert understand(says("", "resubscribe"), []).as_ == "opt_in"


@pytest.mark.parametrize(("kind", "as_"), [("closure", "answer"), ("rsvp", "rsvp"), ("redemption", "redeem")])
def test_a_yes_answers_the_open_question(kind: str, as_: str) -> None:
    question = asked(kind)  # type: ignore[arg-type]  # parametrized
    found = understand(says("ya"), [question])
    assert (found.as_, found.answer, found.question) == (as_, "yes", question)


def test_the_quoted_question_is_answered_however_old() -> None:
    old, new = asked("closure", 100, "old"), asked("rsvp", 1, "new")
    assert understand(says("ya", quotes="old"), [old, new]).question == old


def test_without_a_quotation_the_newest_is_answered() -> None:
    old, new = asked("closure", 5), asked("rsvp", 1)
    assert understand(says("ya"), [old, new]).question == new


def test_a_question_of_more_than_72_hours_is_not_answered_unquoted() -> None:
    assert understand(says("ya"), [asked("closure", 73)]).as_ == "person"
    assert understand(says("9"), [asked("survey", 73)]).as_ == "person"


def test_who_quotes_another_message_answers_no_question() -> None:
    assert understand(says("ya", quotes="a blast"), [asked("closure")]).as_ == "person"


def test_an_edited_message_names_itself_and_still_answers() -> None:
    found = understand(says("8", "edited", quotes="his own"), [asked("survey")])
    assert (found.as_, found.score) == ("score", 8)


def test_a_yes_does_not_close_a_ticket_when_a_survey_was_asked_last() -> None:
    assert understand(says("ya"), [asked("closure", 2), asked("survey", 1)]).as_ == "person"


def test_a_number_finds_the_survey_behind_another_question() -> None:
    survey = asked("survey", 2)
    found = understand(says("9"), [survey, asked("closure", 1)])
    assert (found.as_, found.score, found.question) == ("score", 9, survey)


def test_a_bare_number_without_a_survey_goes_to_a_person() -> None:
    found = understand(says("9"), [])
    assert (found.as_, found.score) == ("person", None)
    assert "no survey is open" in found.reason


def test_a_low_score_keeps_its_comment_and_the_complaint_in_it() -> None:
    found = understand(says("3, internet sering mati"), [asked("survey")])
    assert (found.as_, found.score, found.comment) == ("score", 3, "internet sering mati")
    assert found.also is not None
    assert (found.also.as_, found.also.category) == ("complaint", "fault")


def test_a_no_keeps_what_is_wrong() -> None:
    found = understand(says("belum, internet masih lemot banget"), [asked("closure")])
    assert (found.as_, found.answer) == ("answer", "no")
    assert found.also is not None
    assert found.also.category == "fault"


def test_paid_and_a_complaint_are_both_heard() -> None:
    found = understand(says("sudah bayar tapi internet mati"), [])
    assert found.as_ == "paid"
    assert found.also is not None
    assert (found.also.as_, found.also.category, found.also.technical) == ("complaint", "fault", True)


def test_paid_alone_is_no_complaint_and_no_answer() -> None:
    found = understand(says("udh byr kmrn"), [asked("closure")])
    assert (found.as_, found.also) == ("paid", None)


def test_a_complaint_has_a_proposed_category() -> None:
    found = understand(says("tolong STOP gangguan ini"), [])
    assert (found.as_, found.category, found.technical) == ("complaint", "fault", True)


def test_a_thank_you_asks_nothing_of_anybody() -> None:
    found = understand(says("makasih"), [])
    assert (found.as_, found.quiet) == ("person", True)


def test_what_is_not_sure_enough_goes_to_a_person_with_a_proposal() -> None:
    found = understand(says("itu yang kemarin bagaimana kelanjutannya di rumah saya"), [])
    assert found.as_ in ("person", "complaint")
    assert found.category


def test_the_least_confidence_is_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARING_OVERRIDES", '{"understanding": {"least_confidence": 1.0}}')
    assert understand(says("internet mati dari pagi"), []).as_ == "person"


@pytest.mark.parametrize("kind", ["button", "list"])
def test_a_pressed_button_answers_as_its_words_do(kind: str) -> None:
    question = Pending("closure", "t", says("").at, "q")
    assert understand(says("Belum, masih gangguan", kind, quotes="q"), [question]).answer == "no"


def test_a_form_answers_with_what_was_filled_in() -> None:
    found = understand(says('{"flow_token": "12", "nilai": "9"}', "flow"), [asked("survey")])
    assert (found.as_, found.score) == ("score", 9)


def test_a_thumb_under_the_question_answers_it() -> None:
    question = asked("closure", 1, "q")
    assert understand(says("👍", "reaction", quotes="q"), [question]).answer == "yes"
    assert understand(says("👍", "reaction", quotes="other"), [question]).as_ == "person"


@pytest.mark.parametrize("kind", ["deleted", "system", "auto_reply", "call_permission"])
def test_what_nobody_wrote_is_quiet(kind: str) -> None:
    found = understand(says("ya", kind), [asked("closure")])
    assert (found.as_, found.quiet) == ("person", True)


@pytest.mark.parametrize("kind", ["media", "location", "contacts", "order", "unsupported"])
def test_what_has_no_words_is_looked_at_by_a_person(kind: str) -> None:
    found = understand(says("", kind), [])
    assert (found.as_, found.quiet) == ("person", False)
    assert found.reason


def agreed(hours_ago: float) -> Pending:
    """A closure question to which the customer said yes."""
    return replace(asked("closure", hours_ago + 1), answered_at=NOW - timedelta(hours=hours_ago))


@pytest.mark.parametrize("text", ["no", "tidak", "belum", "masih gangguan", "eh tidak, masih mati", "still broken"])
def test_a_no_takes_back_the_yes_of_before(text: str) -> None:
    question = agreed(2)
    found = understand(says(text), [question])
    assert (found.as_, found.answer, found.question) == ("answer", "no", question)
    assert "takes back the yes" in found.reason


@pytest.mark.parametrize("text", ["tidak", "masih gangguan"])
def test_a_no_after_the_surveys_score_is_about_the_complaint(text: str) -> None:
    question = agreed(100)
    found = understand(says(text), [question, asked("survey", 1)])
    assert (found.as_, found.answer, found.question) == ("answer", "no", question)


def test_a_bare_no_days_later_is_no_word_on_the_complaint_but_one_that_says_what_is_wrong_is() -> None:
    assert understand(says("tidak"), [agreed(100)]).as_ == "person"
    assert understand(says("internet masih mati"), [agreed(100)]).answer == "no"


def test_another_yes_a_payment_or_a_quoted_blast_take_nothing_back() -> None:
    assert understand(says("ya"), [agreed(1)]).as_ == "person"
    assert understand(says("sudah bayar"), [agreed(1)]).as_ == "paid"
    assert understand(says("tidak", quotes="a blast"), [agreed(1)]).as_ == "person"
    assert understand(says("9"), [agreed(1)]).as_ == "person"


def test_an_open_question_comes_before_one_that_was_answered() -> None:
    invitation = asked("rsvp", 50)
    assert understand(says("tidak"), [agreed(1), invitation]).question == invitation
