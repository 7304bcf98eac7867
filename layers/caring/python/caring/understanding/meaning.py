"""What a customer's message means: the questions it may answer, and the one meaning that counts, with its reason."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from caring import configuration

As = Literal["opt_out", "opt_in", "score", "answer", "paid", "complaint", "rsvp", "redeem", "person"]
Kind = Literal["closure", "survey", "rsvp", "redemption"]


@dataclass(frozen=True, slots=True)
class Pending:
    """A question of ours that is open: `cause` as in the ledger, `provider_message_id` of the message that asked it.

    `subject` is what it is about (a ticket's id, …), `program_id` the program whose run asked it, where there is one,
    `channel` the one by which it was asked. `answered_at` is when he said yes to it: only a no can still change that.
    """

    kind: Kind
    cause: str
    asked_at: datetime
    provider_message_id: str | None = None
    subject: str | None = None
    program_id: str | None = None
    channel: str | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Understood:
    """What a message means.

    `reason` is a sentence for staff. `question` is the one that `score` (0–10) or `answer` answers; `comment` is what
    was said beside a score. `category` is the contract's name, `confidence` 0–1. `also` is a second meaning of the same
    message ("sudah bayar tapi internet mati": paid, also a complaint). `quiet`: nobody has to do anything about it.
    `stranger`: whoever has the number or mailbox says that he is not the customer.
    """

    as_: As
    reason: str
    question: Pending | None = None
    score: int | None = None
    comment: str | None = None
    answer: Literal["yes", "no"] | None = None
    category: str | None = None
    technical: bool | None = None
    confidence: float | None = None
    also: "Understood | None" = None
    quiet: bool = False
    stranger: bool = False


def open_questions(pending: list[Pending], quotes: str | None, at: datetime) -> list[Pending]:
    """The questions that a message may answer, the one that comes first in line first.

    Who quotes a message answers that one, however old, or none of ours; else the newest of at most the configured age.
    """
    pending = [one for one in pending if one.answered_at is None]
    if quotes:
        return [one for one in pending if one.provider_message_id == quotes]
    age = timedelta(hours=configuration.get().understanding.question_hours)
    return sorted((one for one in pending if at - one.asked_at <= age), key=lambda one: one.asked_at, reverse=True)
