"""What a customer answers on the page of a signed link: a score, a yes or no. It does what a reply would.

An answer has its event's id from the link and from what it says, so pressing a button twice is one answer.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from caring import clock, configuration, once, timeline
from caring.conversation import questions
from caring.customers import model
from caring.customers import store as customers
from caring.errors import CaringError
from caring.links import Link
from caring.messages import ledger
from caring.nps import scores
from caring.tickets import closing
from caring.typed import plain, plain_item
from caring.understanding.meaning import Kind, Pending

_ASKED: Mapping[str, Kind] = {"score": "survey", "closure": "closure", "rsvp": "rsvp"}
Outcome = Literal["taken", "gone", "kept"]  # gone: the customer's data are not here any more; kept: too late to change


def score(link: Link, number: int, comment: str | None) -> Outcome:
    """Take a score of 0 to 10; within the configured hours another one corrects it, after them it stays."""
    customer = _customer(link)
    if customer is None:
        return "gone"
    now = clock.now()
    earlier = plain(customer["last_score"]) if "last_score" in customer else None
    if earlier and earlier.get("cause") != link.cause:
        earlier = None
    said = _event_id(link, f"{number}:{comment or ''}")
    if earlier and (earlier["event_id"].startswith(said) or (not comment and earlier["score"] == number)):
        return "taken"  # pressed twice
    hours = configuration.get().nps.correction_hours
    if earlier and (now - clock.parse(earlier["at"])).total_seconds() > hours * 3600:
        return "kept"
    # Who comes back to a number that he has corrected says something new: the event is named after what it follows.
    event_id = f"{said}-{_event_id(link, earlier['event_id'])}" if earlier else said
    scores.record(
        link.customer_id,
        score=number,
        comment=comment,
        question=_question(link),
        channel=link.channel,
        at=now,
        event_id=event_id,
        thanked=True,
    )
    questions.answered(link.customer_id, link.cause, event_id, str(number), at=now)
    return "taken"


def rsvp(link: Link, answer: Literal["yes", "no"]) -> Outcome:
    """Take whether the customer comes; he may change his mind as long as the link works."""
    if _customer(link) is None:
        return "gone"
    question = _question(link)
    event_id, at = _event(link, answer)
    _tell(link, "rsvp", answer, event_id, at, program_id=question.program_id, subject=question.subject)
    return "taken"


def closure(link: Link, answer: Literal["yes", "no"]) -> Outcome:
    """Take whether the customer's trouble is over; what a second answer does, the ticket decides."""
    question = _question(link)
    if _customer(link) is None or question.subject is None:
        return "gone"
    event_id, at = _event(link, answer)
    closing.answer(
        question.subject,
        answer,
        customer_id=link.customer_id,
        cause=link.cause,
        event_id=event_id,
        channel=link.channel,
        at=at,
    )
    _tell(link, "answer", answer, event_id, at, ticket_id=question.subject)
    return "taken"


def _event(link: Link, answer: str) -> tuple[str, datetime]:
    """The id of an answer's event, and when it was first given."""
    event_id = _event_id(link, answer)
    return event_id, once.first_time(f"link#{link.customer_id}#{event_id}", clock.now())


def _tell(link: Link, kind: str, answer: str, event_id: str, at: datetime, **about: str | None) -> None:
    """Put an answer on the timeline, and close its question."""
    said = {"channel": link.channel, "answer": answer, "cause": link.cause, **about}
    timeline.append(link.customer_id, kind, at=at, event_id=event_id, **said)
    questions.answered(link.customer_id, link.cause, event_id, answer, at=clock.now())


def wording(link: Link) -> str | None:
    """The script and version that the link's message was worded by ("survey#1"): the text that the customer saw."""
    return _message(link).get("script")


def _customer(link: Link) -> model.Item | None:
    try:
        customer = customers.get(link.customer_id)
    except CaringError:
        return None
    return None if model.flag(customer, "erased") else customer


def _message(link: Link) -> dict[str, str]:
    key = (link.customer_id, link.cause)
    found = ledger.read([key], ("at", "subject", "program_id", "script")).get(key)
    return plain_item(found) if found else {}


def _question(link: Link) -> Pending:
    """The question that the link's message asked."""
    message = _message(link)
    asked_at = clock.parse(message["at"]) if message else clock.now()
    kind = _ASKED[link.kind]
    subject, program_id = message.get("subject"), message.get("program_id")
    return Pending(kind, link.cause, asked_at, subject=subject, program_id=program_id, channel=link.channel)


def _event_id(link: Link, said: str) -> str:
    seed = f"{link.kind}:{link.customer_id}:{link.cause}:{said}"
    return f"link-{hashlib.blake2b(seed.encode(), digest_size=10).hexdigest()}"
