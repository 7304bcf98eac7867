"""A message understood, in a fixed order: opt-out, the open question, a score, a payment, a complaint, a person.

Every outcome has a reason that staff read on the timeline. No input makes it fail: what no rule reads, a person does.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson

from caring import configuration
from caring.channels.types import Inbound
from caring.understanding import answers, bedrock, categories, normalise, optout, paid, scores, strangers
from caring.understanding.categories import Category
from caring.understanding.meaning import As, Pending, Understood, open_questions

_AS: Mapping[str, As] = {"closure": "answer", "rsvp": "rsvp", "redemption": "redeem"}
_QUESTIONS = {"closure": "whether the trouble is over", "rsvp": "the invitation", "redemption": "redeeming points"}
_WORDLESS = {
    "deleted": ("the customer deleted a message", True),
    "system": ("a notice of the provider, nothing the customer wrote", True),
    "number_changed": ("WhatsApp says that the customer has left this number: the new one stands in its notice", False),
    "call_permission": ("an answer to a request to call, nothing the customer wrote", True),
    "auto_reply": ("an automatic reply of a mailbox, not the customer's word", True),
    "location": ("a location, for a person to look at", False),
    "contacts": ("a contact card, for a person to look at", False),
    "order": ("an order from the catalogue, for a person to look at", False),
    "unsupported": ("a kind of message that cannot be read here", False),
}
_NO_COMPLAINT = ("other",)
_LEAST_PRAISE_WORDS = 4  # less is a thank-you
_TROUBLE = re.compile(
    r"\b(?:tapi|namun|padahal|tetapi|tp|tpi|masih|msh|kok|kenapa|knp|blm|belum|but|still|acan|keneh)\b", re.I
)


def understand(message: Inbound, pending: list[Pending]) -> Understood:
    """What a message means, given the questions that are open for its customer; never raises, always has a reason."""
    if message.kind in _WORDLESS:
        reason, quiet = _WORDLESS[message.kind]
        return Understood("person", reason, quiet=quiet)
    if message.kind in ("unsubscribe", "resubscribe"):
        chosen: As = "opt_out" if message.kind == "unsubscribe" else "opt_in"
        return Understood(chosen, f"pressed {message.kind} in the provider's own menu")
    text = _flow(message.text) if message.kind == "flow" else message.text
    if not any(map(str.isalnum, text)) and not normalise.words(text):
        media = message.kind == "media"
        return Understood("person", "a picture, recording or file without words" if media else "no words in it")
    if choice := optout.choice(text, message.channel):
        name = "an opt-out" if choice[0] == "opt_out" else "an opt-in"
        return Understood(choice[0], f"the whole message is “{' '.join(text.split())[:60]}”, {name} word")
    if words := strangers.said(text):
        reason = f"says “{words}”: whoever has this number or mailbox is not the customer"
        return Understood("person", reason, stranger=True)
    # What an edited or a deleted message names is the customer's own earlier one.
    quotes = None if message.kind == "edited" else message.quotes
    questions = open_questions(pending, quotes, message.at)
    agreed = [] if quotes else [one for one in pending if one.answered_at is not None]
    return (
        _answer(text, questions)
        or _score(text, questions)
        or _no_after_all(text, agreed, message.at, surveyed=any(one.kind == "survey" for one in questions))
        or _rest(text, message.kind)
    )


def _flow(text: str) -> str:
    """The words in a WhatsApp form's answer, which is JSON."""
    try:
        form = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    if not isinstance(form, dict):
        return text
    return ", ".join(
        str(v) for k, v in form.items() if k != "flow_token" and isinstance(v, str | int) and str(v).strip()
    )


def _answer(text: str, questions: list[Pending]) -> Understood | None:
    """A yes or no to the first question in line."""
    if not questions or questions[0].kind == "survey":
        return None
    question = questions[0]
    answer = answers.yes_no(text, question.kind)  # type: ignore[arg-type]  # the survey has gone above
    if answer is None:
        return None
    said = f"“{answer.words}” says {answer.value} to the question about {_QUESTIONS[question.kind]}"
    found = Understood(_AS[question.kind], said, question=question, answer=answer.value)
    complaint = _complaint(text) if answer.value == "no" or len(normalise.words(text)) > 5 else None
    return (
        replace(found, also=complaint) if complaint and complaint.category not in ("praise", "information") else found
    )


def _score(text: str, questions: list[Pending]) -> Understood | None:
    """A score, if a survey is open; a number is no answer to anything else, so the newest survey takes it."""
    found = scores.find(text)
    survey = next((one for one in questions if one.kind == "survey"), None)
    if found is None:
        return None
    if survey is None:
        if found.comment:
            return None
        return Understood("person", f"the number {found.score}, but no survey is open that it could answer")
    reason = f"the score {found.score} to the survey" + (", with a comment" if found.comment else "")
    also = _complaint(found.comment) if found.comment and found.score <= 6 else None
    comment = found.comment or None
    return Understood("score", reason, question=survey, score=found.score, comment=comment, also=also)


def _no_after_all(text: str, agreed: list[Pending], at: datetime, *, surveyed: bool) -> Understood | None:
    """A no to whether the trouble is over, of one who said yes to that before.

    A bare "tidak" means that only as long as the question is fresh, or a survey has just been about the same.
    """
    answer = answers.yes_no(text, "closure") if agreed and not paid.said(text) else None
    if answer is None or answer.value != "no":
        return None
    question = max(agreed, key=lambda one: one.answered_at or one.asked_at)
    fresh = timedelta(hours=configuration.get().understanding.question_hours)
    if answer.is_bare and not surveyed and at - (question.answered_at or question.asked_at) > fresh:
        return None
    said = f"“{answer.words}” takes back the yes to the question about {_QUESTIONS['closure']}"
    return Understood("answer", said, question=question, answer="no", also=_complaint(text))


def _rest(text: str, kind: str) -> Understood:
    """A payment, a complaint, or something for a person."""
    if words := paid.said(text):
        return Understood("paid", f"says “{words}”: it is paid, to be checked", also=_beside_payment(text, words))
    if kind == "reaction":
        return Understood("person", "a reaction that answers no open question", quiet=True)
    if complaint := _complaint(text):
        return complaint
    found = classifier()(text)
    thanks = found.name in ("praise", "other") and "terima-kasih" in normalise.words(text)
    reason = "a thank-you" if thanks else f"no rule reads it; it {found.reason}"
    return Understood(
        "person",
        reason,
        category=found.name,
        technical=found.technical,
        confidence=round(found.confidence, 3),
        quiet=thanks,
    )


def sure_category(text: str) -> Category | None:
    """The category that a text has, when the classifier is sure enough of one that says something."""
    found = classifier()(text)
    if found.name in _NO_COMPLAINT or found.confidence < configuration.get().understanding.least_confidence:
        return None
    if found.name == "praise" and len(normalise.words(text)) < _LEAST_PRAISE_WORDS:
        return None
    return found


def _complaint(text: str) -> Understood | None:
    """A complaint with its proposed category."""
    found = sure_category(text)
    if found is None:
        return None
    return Understood(
        "complaint",
        found.reason,
        category=found.name,
        technical=found.technical,
        confidence=round(found.confidence, 3),
    )


def _beside_payment(text: str, words: str) -> Understood | None:
    """What is wrong besides ("sudah bayar tapi internet mati"): the rest of the message, if it speaks of trouble."""
    if not _TROUBLE.search(text):
        return None
    left = normalise.words(text)
    for word in words.split():
        if word in left:
            left.remove(word)
    found = _complaint(" ".join(left))
    return found if found and found.category not in ("praise", "information", "request") else None


def classifier() -> Callable[[str], Category]:
    """The classifier in use: the product's own, or the model that [understanding].bedrock_model names."""
    model: Any = configuration.get().understanding.bedrock_model
    return bedrock.classifier(model) if model else categories.classify
