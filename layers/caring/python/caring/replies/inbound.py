"""What a customer wrote, whatever channel it came by: identified, put on his one timeline, or kept for a person."""

import hashlib
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson

from caring import aws, clock, environment, parked, timeline
from caring.channels import receive
from caring.channels.types import Inbound
from caring.customers import consents
from caring.customers import store as customers
from caring.customers.model import text
from caring.errors import CaringError
from caring.understanding import incoming, optout
from caring.understanding.optout import Choice

_REMEMBERED_DAYS = 14  # as long as a queue may keep a message
_SAID = ("text", "button", "email")  # kinds in which a customer words something himself
_NO_MESSAGE = ("system", "call_permission")  # WhatsApp's own notices about a customer: kept, but nothing he said


def hand_on(message: Inbound) -> None:
    """Put a message that came in a receipt's body on the reply queue."""
    body = {
        "v": 1,
        "kind": "inbound",
        "channel": message.channel,
        "sender": message.sender,
        "user_id": message.user_id,
        "text": message.text,
        "message_kind": message.kind,
        "provider_message_id": message.provider_message_id,
        "quotes": message.quotes,
        "at": clock.iso(message.at),
        "raw_location": message.raw_location,
    }
    aws.client("sqs").send_message(
        QueueUrl=environment.get("REPLIES_QUEUE_URL"), MessageBody=orjson.dumps(body).decode()
    )


def _of_body(data: dict[str, Any]) -> Inbound:
    raw = data["raw_location"]
    return Inbound(
        channel=data["channel"],
        sender=data["sender"],
        user_id=data["user_id"],
        text=data["text"],
        kind=data["message_kind"],
        provider_message_id=data["provider_message_id"],
        quotes=data["quotes"],
        at=clock.parse(data["at"]),
        raw_location=(raw[0], raw[1]) if raw else None,
    )


def take_body(body: str) -> dict[str, int]:
    """Take one body of the reply queue: a provider's own, or one handed on. Returns counts for the log.

    Taking it again writes the same events again. Raises what the stores raise, to have the queue bring it back.
    """
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        data = None
    if isinstance(data, dict) and data.get("kind") == "inbound" and data.get("v") == 1:
        found, odd = [_of_body(data)], []
    else:
        received = receive.parse(body)
        found, odd = received.inbound, received.parked
    unmatched = sum(not take(message) for message in found)
    for parked_part in odd:
        parked.park("reply", parked_part.reason, body, detail=parked_part.detail)
    return {"replies": len(found), "unmatched": unmatched, "parked": len(odd)}


def take(message: Inbound) -> bool:
    """Put a message on its customer's timeline; one that no customer can be found for is parked. True if found."""
    message = _with_text(message)
    customer_id = identify(message)
    details: dict[str, Any] = {
        "channel": message.channel,
        "message_kind": message.kind,
        "text": message.text,
        "quotes": message.quotes,
        "provider_message_id": message.provider_message_id,
        "raw": "/".join(message.raw_location) if message.raw_location else None,
    }
    at = first_seen(event_id(message), message.at)
    if customer_id is None:
        kept = details | {"sender": message.sender, "user_id": message.user_id, "at": clock.iso(at)}
        parked.park("reply", "no_customer_with_this_sender", orjson.dumps(kept).decode(), at=at)
        return False
    chosen, reason = _chosen(message)
    if chosen:
        _obey(customer_id, message, chosen, at)
    understood = {"as": chosen or "person", "reason": reason}
    timeline.append(customer_id, "message_in", at=at, event_id=event_id(message), understood=understood, **details)
    return True


def _chosen(message: Inbound) -> tuple[Choice | None, str]:
    """Whether the whole message is a withdrawal or a consent, and why it is taken so; everything else is a person's."""
    if message.kind in ("unsubscribe", "resubscribe"):
        return ("opt_out" if message.kind == "unsubscribe" else "opt_in"), "chosen in the provider's own menu"
    if message.kind in _SAID:
        found = optout.choice(message.text, message.channel)
        if found:
            return found[0], f"the whole message says so: {found[1]}"
    return None, "read by a person"


def _obey(customer_id: str, message: Inbound, chosen: Choice, at: datetime) -> None:
    """STOP ends offers on all channels, and everything on the channel that it came by; MULAI takes it back."""
    pairs = dict.fromkeys([*consents.expand("all", "offers"), *consents.expand(message.channel, "all")])
    consents.record(
        customer_id,
        list(pairs),
        granted=chosen == "opt_in",
        source=f"reply by {message.channel}",
        actor="customer",
        at=at,
        event_id=f"consent-{event_id(message)}",
        provider_message_id=message.provider_message_id,
    )


def _with_text(message: Inbound) -> Inbound:
    """An e-mail's text is still in the bucket where SES put it, unless its notification brought it along."""
    if message.text or message.raw_location is None or message.raw_location[0] != environment.get("INBOUND_BUCKET"):
        return message
    bucket, key = message.raw_location
    raw = aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    mail = incoming.read(raw)
    kind = message.kind if mail.kind == "reply" else "auto_reply"
    return replace(message, text=mail.reply or mail.text, kind=kind)


def first_seen(name: str, at: datetime) -> datetime:
    """The time under which an event was first taken: two-way SMS tell none, and a repeated one is no new one."""
    until = int(clock.to_wall(clock.now()).timestamp()) + _REMEMBERED_DAYS * 86_400
    answer = aws.client("dynamodb").update_item(
        TableName=environment.table("idempotency"),
        Key={"id": {"S": f"reply#{name}"}},
        UpdateExpression="SET #at = if_not_exists(#at, :at), expiration = :until",
        ExpressionAttributeNames={"#at": "at"},
        ExpressionAttributeValues={":at": {"S": clock.iso(at)}, ":until": {"N": str(until)}},
        ReturnValues="ALL_NEW",
    )
    return clock.parse(answer["Attributes"]["at"]["S"])


def identify(message: Inbound) -> str | None:
    """The customer who wrote, by number or mailbox; of several at one number the one whose data changed last."""
    if message.kind in _NO_MESSAGE or not message.sender:
        return None
    try:
        by_mail = message.channel == "email"
        found = customers.find_by_email(message.sender) if by_mail else customers.find_by_phone(message.sender)
    except CaringError:
        return None
    if not found:
        return None
    return text(max(found, key=lambda item: text(item, "updated_at") or ""), "customer_id")


def event_id(message: Inbound) -> str:
    """The same for the same message however often it comes: its provider's id, or a digest of what it is."""
    if message.provider_message_id:
        seed = f"{message.channel}:{message.provider_message_id}:{message.kind}"
    else:
        seed = f"{message.channel}:{message.sender}:{message.user_id}:{clock.iso(message.at)}:{message.text}"
    return hashlib.sha256(seed.encode()).hexdigest()[:24]
