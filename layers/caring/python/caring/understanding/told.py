"""A meaning as the timeline keeps it: understood once, shown to staff, and read back when the message comes again."""

from typing import Any

from caring import clock
from caring.understanding.meaning import Pending, Understood

_FLAGS = ("quiet", "stranger")
_PLAIN = ("score", "comment", "answer", "category", "technical", "confidence")


def tell(meaning: Understood) -> dict[str, Any]:
    """{as, reason, …} with what else is known, and `also` for a second meaning."""
    told: dict[str, Any] = {"as": meaning.as_, "reason": meaning.reason}
    told |= {name: value for name in _PLAIN if (value := getattr(meaning, name)) is not None}
    told |= {name: True for name in _FLAGS if getattr(meaning, name)}
    if meaning.question:
        told["question"] = _question(meaning.question)
    if meaning.also:
        told["also"] = tell(meaning.also)
    return told


def read(told: dict[str, Any]) -> Understood:
    """The meaning that was told."""
    question, also = told.get("question"), told.get("also")
    return Understood(
        told["as"],
        told["reason"],
        question=Pending(**{**question, "asked_at": clock.parse(question["asked_at"])}) if question else None,
        also=read(also) if also else None,
        quiet=bool(told.get("quiet")),
        stranger=bool(told.get("stranger")),
        **{name: told[name] for name in _PLAIN if name in told},
    )


def _question(question: Pending) -> dict[str, str]:
    named = ("kind", "cause", "provider_message_id", "subject", "program_id", "channel")
    known = {name: value for name in named if (value := getattr(question, name)) is not None}
    return known | {"asked_at": clock.iso(question.asked_at)}
