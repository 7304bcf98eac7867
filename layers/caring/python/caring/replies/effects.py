"""What a meaning changes: consents, scores, tickets, reminders, and what a person has to read.

Everything here may be done again for the same event, in any order, and is then as if done once: each room that is
called knows the event by its id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from caring import configuration
from caring.channels.types import Inbound
from caring.conversation import questions
from caring.customers import consents, payment_checks, repair
from caring.customers import store as customers
from caring.nps import scores, words
from caring.tickets import closing, intake
from caring.understanding.meaning import Pending, Understood
from caring.work import items


@dataclass(frozen=True, slots=True)
class Event:
    """A customer's message with all that its effects need. `sharing` are all customers with its number or mailbox."""

    customer_id: str
    sharing: Sequence[str]
    message: Inbound
    event_id: str
    at: datetime


def bring_about(event: Event, meaning: Understood) -> None:
    """Do what the message means, and what it means besides. Raises what the stores raise, to have it done again."""
    if meaning.as_ in ("opt_out", "opt_in"):
        _obey(event, granted=meaning.as_ == "opt_in")
    elif meaning.question is not None:
        _answer(event, meaning, meaning.question)
    elif meaning.as_ == "paid":
        payment_checks.hear(event.customer_id, at=event.at, event_id=event.event_id, channel=event.message.channel)
    elif meaning.as_ == "complaint":
        _complain(event, meaning)
    elif not meaning.quiet:
        _to_a_person(event, meaning)
    if meaning.also is not None:
        bring_about(event, meaning.also)


def _obey(event: Event, *, granted: bool) -> None:
    """STOP ends offers on all channels, and everything on the channel that it came by; MULAI takes it back.

    A number or mailbox may be several customers': to each of them it is not to be used any more. Consent is given by
    the one who wrote alone.
    """
    channel = event.message.channel
    pairs = dict.fromkeys([*consents.expand("all", "offers"), *consents.expand(channel, "all")])
    for customer_id in [event.customer_id] if granted else dict.fromkeys([event.customer_id, *event.sharing]):
        consents.record(
            customer_id,
            list(pairs),
            granted=granted,
            source=f"reply by {channel}",
            actor="customer",
            at=event.at,
            event_id=f"consent-{event.event_id}",
            provider_message_id=event.message.provider_message_id,
        )


def _answer(event: Event, meaning: Understood, question: Pending) -> None:
    """The answer to a question of ours goes to the room that asked, and the question is closed."""
    message = event.message
    answer = str(meaning.score) if meaning.score is not None else meaning.answer
    if answer is None:
        raise ValueError(f"a {meaning.as_} that answers nothing")
    if meaning.score is not None:
        scores.record(
            event.customer_id,
            score=meaning.score,
            comment=meaning.comment,
            question=question,
            channel=message.channel,
            at=event.at,
            event_id=event.event_id,
            category=meaning.also.category if meaning.also else None,
        )
    elif meaning.as_ == "answer" and meaning.answer is not None and question.subject is not None:
        closing.answer(
            question.subject,
            meaning.answer,
            customer_id=event.customer_id,
            cause=question.cause,
            event_id=event.event_id,
            channel=message.channel,
            at=event.at,
            text=message.text,
        )
    elif meaning.as_ == "redeem" and meaning.answer == "yes":
        items.enter([_item(event, "collaborate", "sales", "wants to redeem points", due="redemption")])
    questions.answered(
        event.customer_id,
        question.cause,
        event.event_id,
        answer,
        at=event.at,
        message_id=message.quotes if message.kind == "edited" else message.provider_message_id,
    )


def _complain(event: Event, meaning: Understood) -> None:
    """A complaint, request or question for information is a ticket, or joins one; praise is counted and no ticket."""
    words.record(
        event.customer_id,
        text=event.message.text,
        category=meaning.category or "other",
        source="reply",
        channel=event.message.channel,
        at=event.at,
        event_id=event.event_id,
        quotes=None if event.message.channel == "sms" else event.message.quotes,  # an SMS quotes nothing by itself
    )
    if meaning.category == "praise":
        return
    intake.open_ticket(
        event.customer_id,
        source="reply",
        text=event.message.text,
        category=meaning.category,
        technical=meaning.technical,
        event_id=event.event_id,
        channel=event.message.channel,
    )


def _to_a_person(event: Event, meaning: Understood) -> None:
    if meaning.stranger:  # nothing more of the customer's goes there until a person has looked
        repair.hear(event.customer_id, event.message.channel, "failed", "wrong_person", event.at)
    if event.message.kind == "number_changed":
        repair.hear(event.customer_id, event.message.channel, "failed", "not_on_whatsapp", event.at)
    told = {"text": event.message.text, "channel": event.message.channel, "category": meaning.category}
    items.enter([_item(event, "reply", "crm", meaning.reason) | told])


def _item(event: Event, kind: str, unit: str, reason: str, due: str | None = None) -> dict[str, Any]:
    customer = customers.get(event.customer_id)
    made = items.about(customer, kind, f"{kind}-{event.event_id}", unit=unit, reason=reason, due=due)
    return made | {"witel": made["witel"] or configuration.get().replies.home_witel, "event_id": event.event_id}
