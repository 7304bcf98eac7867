"""What a customer wrote, whatever channel it came by: identified, understood, put on his one timeline, and acted on.

The order is what keeps it right when a queue brings a message again: the first understanding is written on the timeline
before anything is done about it, and a message that comes again is acted on as it was understood then.
"""

import hashlib
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson

from caring import aws, clock, configuration, environment, once, parked, timeline
from caring.channels import receive
from caring.channels.types import Inbound
from caring.conversation import questions
from caring.customers import presence
from caring.customers.model import text
from caring.replies import effects, handing, reports, senders, unmatched
from caring.tickets import closing
from caring.understanding import incoming, told
from caring.understanding.mail import own_words
from caring.understanding.meaning import Pending, Understood
from caring.understanding.understand import understand

# Kinds that are no word of the customer's own: a machine's, or WhatsApp's notices about him.
_NOT_WRITTEN = ("system", "number_changed", "call_permission", "auto_reply", "unsubscribe", "resubscribe", "deleted")


def take_body(body: str) -> dict[str, int]:
    """Take one body of the reply queue: a provider's own, or one handed on. Returns counts for the log.

    Taking it again writes the same events again. Raises what the stores raise, to have the queue bring it back.
    """
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        data = None
    if isinstance(data, dict) and data.get("kind") == "inbound" and data.get("v") == 1:
        found, odd = [handing.of_body(data)], []
    else:
        received = receive.parse(body)
        found, odd = received.inbound, received.parked
    unmatched = sum(not take(message) for message in found)
    for parked_part in odd:
        parked.park("reply", parked_part.reason, body, detail=parked_part.detail)
    return {"replies": len(found), "unmatched": unmatched, "parked": len(odd)}


def take(message: Inbound) -> bool:
    """Take a customer's message; one that no customer can be found for is kept for a person. True if found.

    Taking it again is harmless.
    """
    message, mail = _with_text(message)
    if mail is not None and mail.kind in reports.KINDS:
        reports.take(message, mail)
        return True
    found = senders.candidates(message)
    name = event_id(message)
    # Two-way SMS tell no time, and a repeated message is no new one: the first time, and the first customer, count.
    at, customer_id = once.first_told(f"reply#{name}", message.at, senders.choose(found, message))
    if customer_id is None:
        unmatched.keep(message, name, at)
        return False
    take_for(customer_id, message, at, [str(text(item, "customer_id")) for item in found])
    return True


def take_for(customer_id: str, message: Inbound, at: datetime, sharing: list[str]) -> None:
    """Understand a customer's message, put it on his timeline, and act on it; `sharing` have its contact point too."""
    name = event_id(message)
    event = timeline.append_once(
        customer_id, "message_in", at=at, event_id=name, details=lambda: _details(customer_id, replace(message, at=at))
    )
    if message.kind not in _NOT_WRITTEN:
        presence.wrote(customer_id, channel=message.channel, at=at, user_id=message.user_id)
    meaning = told.read(event["understood"])
    effects.bring_about(effects.Event(customer_id, sharing, message, name, at), meaning)


def _details(customer_id: str, message: Inbound) -> dict[str, Any]:
    return {
        "channel": message.channel,
        "message_kind": message.kind,
        "text": message.text[: configuration.get().replies.kept_characters],
        "quotes": message.quotes,
        "provider_message_id": message.provider_message_id,
        "raw": "/".join(message.raw_location) if message.raw_location else None,
        "understood": told.tell(_understand(customer_id, message)),
    }


def _understand(customer_id: str, message: Inbound) -> Understood:
    """What it means, given the questions that are open; an edited message is an answer to what it answered before."""
    pending: list[Pending] = []
    if message.kind == "edited" and message.quotes:
        pending = questions.answered_with(customer_id, message.quotes)
    if not pending:
        pending = questions.open_for(customer_id, quoted=message.quotes)
        pending = [one for one in pending if one.answered_at is None or closing.stands(one.subject or "", one.cause)]
    if message.channel == "sms" and all(one.provider_message_id != message.quotes for one in pending):
        # An SMS quotes nothing by itself: the provider names whatever message of ours was the last.
        message = replace(message, quotes=None)
    return understand(message, pending)


def _with_text(message: Inbound) -> tuple[Inbound, incoming.Incoming | None]:
    """A message whose text can be stored; an e-mail's is read from the bucket where SES put it, if it lies there."""
    mail = None
    location = message.raw_location
    if message.channel == "email" and location is not None and location[0] == environment.get("INBOUND_BUCKET"):
        raw = aws.client("s3").get_object(Bucket=location[0], Key=location[1])["Body"].read()
        mail = incoming.read(raw)
        kind = "auto_reply" if mail.kind != "reply" else message.kind
        message = replace(message, text=mail.reply or mail.text, kind=kind)
    elif message.channel == "email":
        message = replace(message, text=own_words(message.text) or message.text)
    return replace(message, text=message.text.encode("utf-8", "replace").decode()), mail


def event_id(message: Inbound) -> str:
    """The same for the same message however often it comes: its provider's id, or a digest of what it is."""
    if message.provider_message_id:
        seed = f"{message.channel}:{message.provider_message_id}:{message.kind}"
    else:
        seed = f"{message.channel}:{message.sender}:{message.user_id}:{clock.iso(message.at)}:{message.text}"
    return hashlib.sha256(seed.encode()).hexdigest()[:24]
