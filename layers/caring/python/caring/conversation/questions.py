"""The questions that a customer has been asked: found in the ledger of his messages, and marked there when answered.

A question is answered for all channels at once. It stays in view while an answer may still change: a survey's for the
hours in which a score may be corrected, the yes that closed a complaint for the days in which a no opens it again, any
other's for who quotes it or edits the message that answered it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from caring import clock, configuration, environment, tables, timeline
from caring.messages import ledger
from caring.messages import status as st
from caring.typed import plain_item
from caring.understanding.meaning import Pending

_ASKED = (st.SENDING, st.UNKNOWN, st.ACCEPTED, st.DELIVERED, st.READ)  # what may have reached him


def open_for(customer_id: str, *, quoted: str | None = None) -> list[Pending]:
    """The questions that a customer's message may answer, in no order.

    `quoted` is the provider's id of the message of ours that he quotes: its question is told though it was answered.
    Whether a complaint may be closed is told too while a no can open it again, with when he said yes to it.
    """
    now = clock.now()
    reopens = clock.iso(now - timedelta(days=configuration.get().tickets.reopen_days))
    correctable = clock.iso(now - timedelta(hours=configuration.get().nps.correction_hours))
    found = []
    for message in _messages(customer_id):
        answered = message.get("answered_at")
        again = (message["question"] == "survey" and answered is not None and answered > correctable) or (
            quoted is not None and message.get("provider_message_id") == quoted
        )
        if answered is None or again:
            found.append(_pending(message))
        elif (message["question"], message["answer"]) == ("closure", "yes") and answered > reopens:
            found.append(replace(_pending(message), answered_at=clock.parse(answered)))
    return found


def answered_with(customer_id: str, message_id: str) -> list[Pending]:
    """The questions that a message of the customer has answered, by the provider's id of it: for who edits it."""
    return [_pending(message) for message in _messages(customer_id) if message.get("answered_with") == message_id]


def answered(
    customer_id: str,
    cause: str,
    event_id: str,
    answer: str,
    *,
    at: datetime | None = None,
    message_id: str | None = None,
) -> None:
    """Mark a question as answered by an event; of several answers the latest one stays, whatever order they come in.

    `message_id` is the provider's id of the message that held the answer.
    """
    moment = clock.iso(at or clock.now())
    sets = "SET answered_at = :at, answered_by = :event, answer = :answer"
    values = {":at": {"S": moment}, ":event": {"S": event_id}, ":answer": {"S": answer}}
    if message_id:
        sets += ", answered_with = :message"
        values[":message"] = {"S": message_id}
    tables.update(
        environment.table("messages"),
        {"customer_id": {"S": customer_id}, "cause": {"S": cause}},
        UpdateExpression=sets,
        ConditionExpression="attribute_exists(cause) AND (attribute_not_exists(answered_at) OR answered_at < :at)",
        ExpressionAttributeValues=values,
    )


def _messages(customer_id: str) -> Iterator[dict[str, Any]]:
    """The customer's messages that asked something and may have reached him."""
    for item in ledger.of_customer(customer_id, FilterExpression="attribute_exists(question)"):
        if item["status"]["S"] in _ASKED:
            yield plain_item(item)


def _pending(message: dict[str, Any]) -> Pending:
    return Pending(
        kind=message["question"],
        cause=message["cause"],
        asked_at=clock.parse(timeline.left_at(message)),
        provider_message_id=message.get("provider_message_id"),
        subject=message.get("subject"),
        program_id=message.get("program_id"),
        channel=message.get("channel"),
    )
