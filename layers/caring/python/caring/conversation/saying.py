"""Saying something to one customer: the channel is chosen here, and one body of ids put on its conversation queue."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

import orjson

from caring import aws, clock, configuration, environment
from caring.conversation import terms
from caring.customers import store as customers
from caring.customers.model import Item
from caring.ids import reference, run_of, split_reference
from caring.messages import ledger
from caring.messages import status as st
from caring.runs import pressure
from caring.runs.eligibility import Decision, Rules, decide
from caring.scripts import store as scripts
from caring.understanding.meaning import Kind

Purpose = Literal["offers", "service", "survey"]


@dataclass(frozen=True, slots=True)
class Said:
    """The channel by which it goes out, None when nobody can be reached; `why` is a sentence for staff."""

    channel: str | None
    why: str


def say(
    customer_id: str,
    *,
    cause: str,
    script_id: str,
    purpose: Purpose,
    values: Mapping[str, str] | None = None,
    equivocal: int = 0,
    channel: str | None = None,
    not_channels: Collection[str] = (),
    question: Kind | None = None,
    subject: str | None = None,
    not_before: datetime | None = None,
    run_id: str | None = None,
) -> Said:
    """Have a customer told something once for its cause, however often this is called.

    `channel` goes before what the rules would choose, if it may be used (a spoken message goes by no other); with
    `not_channels` some are left out. With `question` the message is one that waits for an answer, about `subject` (a
    ticket's id, …). Until `not_before` it waits on its queue; what follows a run (`run_id`) keeps to the rules of its
    program, which has no word for a paid bill. `values` fill the script's placeholders and hold no personal data.
    CaringError: 404 unknown customer or script, 409 none of its versions is approved. ValueError for a cause that no
    reference can carry.
    """
    if split_reference(reference(cause, customer_id)) != (cause, customer_id):
        raise ValueError(f"{cause} is no cause: letters, digits and hyphens, short enough for a reference")
    terms.check_values(values or {})
    if standing := _standing(customer_id, cause):
        return standing
    now = clock.now()
    if _often_enough(customer_id, now):
        return Said(None, "told and answered as often today as the configuration allows in one day")
    version = scripts.approved_version(script_id)
    customer = customers.get(customer_id)
    channels = _channels(channel, not_channels)
    if run_id is not None:
        whole = terms.of_run(run_id, channels)
    else:
        whole = terms.rules(
            purpose,
            scripts.languages(scripts.get_script(script_id, version)),
            equivocal=equivocal,
            free_whatsapp=terms.whatsapp_window_open(customer, now),
            channels=channels,
        )
    decision = _decide(whole, customer, channel)
    if decision.channel is None:
        return Said(None, decision.why)
    body = {
        "v": 1,
        "kind": "conversation",
        "customer_id": customer_id,
        "cause": cause,
        "channel": decision.channel,
        "script_id": script_id,
        "version": version,
        "purpose": purpose,
        "values": dict(values or {}),
        "question": question,
        "subject": subject,
        "why": decision.why,
        "not_before": clock.iso(not_before) if not_before else None,
        "run_id": run_id,
    }
    enqueue(decision.channel, body)
    return Said(decision.channel, decision.why)


def _channels(asked: str | None, left_out: Collection[str]) -> tuple[str, ...]:
    if asked in terms.SPOKEN:
        return (asked,)
    return tuple(name for name in terms.WRITTEN if name not in left_out)


def enqueue(channel: str, body: Mapping[str, object], delay_seconds: int = 0) -> None:
    """Put a conversation's body on its channel's queue; at most 900 seconds later it is taken up."""
    aws.client("sqs").send_message(
        QueueUrl=environment.queue_url(channel, "conversation"),
        MessageBody=orjson.dumps(body).decode(),
        DelaySeconds=delay_seconds,
    )


def _standing(customer_id: str, cause: str) -> Said | None:
    """What became of the same message, if it stands in the ledger already."""
    item = ledger.read([(customer_id, cause)], ("status", "channel", "why")).get((customer_id, cause))
    if item is None:
        return None
    why = item["why"]["S"] if "why" in item else "said before"
    return Said(None if item["status"]["S"] in st.NOT_SENT else item["channel"]["S"], why)


def _often_enough(customer_id: str, now: datetime) -> bool:
    """Whether a day's conversation is full: two machines that answer each other must come to an end."""
    since = clock.iso(now - timedelta(days=1))
    contacts = pressure.read([customer_id])[customer_id].recent
    said = [one for one in contacts if one.kind == "message" and one.at > since and run_of(one.cause) is None]
    return len(said) >= int(configuration.get().conversation.most_a_day)


def _decide(whole: Rules, customer: Item, channel: str | None) -> Decision:
    """The channel that was asked for, if it may be used; else what the rules choose."""
    if channel in whole.channels:
        asked = decide(replace(whole, channels=(channel,)), customer)
        if asked.channel:
            return replace(asked, why=f"{channel}: asked for, since the conversation is there")
    return decide(whole, customer)
