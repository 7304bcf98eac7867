"""A customer's own word on being reached, per channel and purpose: kept as proof, and in force at once.

It stands on the customer's item, which every send reads again, and it beats whatever a file says. Each word is also an
event on the timeline: what was said, where, when, and who took it down.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from caring import aws, clock, environment, timeline
from caring.customers.model import CHANNELS, PURPOSES, Item
from caring.errors import not_found
from caring.typed import plain, typed


def expand(channel: str, purpose: str) -> list[tuple[str, str]]:
    """The (channel, purpose) pairs that are meant; "all" stands for each."""
    channels = CHANNELS if channel == "all" else (channel,)
    purposes = PURPOSES if purpose == "all" else (purpose,)
    return [(c, p) for c in channels for p in purposes]


def record(
    customer_id: str,
    pairs: Sequence[tuple[str, str]],
    *,
    granted: bool,
    source: str,
    actor: str,
    at: datetime | None = None,
    event_id: str | None = None,
    wording: str | None = None,
    **proof: Any,
) -> str:
    """Record a word on (channel, purpose) pairs and return its time.

    `source` says where it was given (a call, a link, a reply), `actor` who took it down ("customer" for himself),
    `wording` which text was put to him: a script's version ("survey#1"), or the text itself. `proof` goes to the
    timeline, which forgets in time; the rest stays with the customer for as long as his word counts.
    A later word of his stays whatever is recorded after it; of two at the same time the withdrawal does. With `at` and
    `event_id` given, recording it again adds no second event. CaringError 404 for an unknown customer.
    """
    moment = at or clock.now()
    said = {"granted": granted, "at": clock.iso(moment), "source": source, "by": actor, "wording": wording}
    entry = typed({name: value for name, value in said.items() if value is not None})
    if not _set(customer_id, pairs, entry):
        _make_room(customer_id)
        for pair in pairs if not _set(customer_id, pairs, entry) else ():
            _set(customer_id, [pair], entry)  # of some he has spoken again since: that stays
    channels = list(dict.fromkeys(channel for channel, _ in pairs))
    timeline.append(
        customer_id,
        "consent",
        at=moment,
        event_id=event_id,
        channel=channels[0] if len(channels) == 1 else "all",
        channels=channels,
        purposes=list(dict.fromkeys(purpose for _, purpose in pairs)),
        granted=granted,
        source=source,
        by=actor,
        wording=wording,
        **proof,
    )
    return clock.iso(moment)


def proofs(customer: Item) -> list[dict[str, Any]]:
    """What a customer has said himself, in force now: [{channel, purpose, granted, at, source, by, wording}]."""
    choices = customer.get("choices")
    found = []
    for pair, entry in sorted((choices or {"M": {}})["M"].items()):
        channel, _, purpose = pair.partition(":")
        said = plain(entry)
        kept = {name: said.get(name) for name in ("granted", "at", "source", "by", "wording")}
        found.append({"channel": channel, "purpose": purpose, **kept})
    return found


def _set(customer_id: str, pairs: Sequence[tuple[str, str]], entry: dict[str, Any]) -> bool:
    """Write the pairs, each in its own place, so that two words at the same time both stay.

    False if the item has no map yet, or holds a later word on one of the pairs.
    """
    names = {f"#c{place}": f"{channel}:{purpose}" for place, (channel, purpose) in enumerate(pairs)}
    settings = ", ".join(f"choices.{name} = :entry" for name in names)
    older = "<" if entry["M"]["granted"]["BOOL"] else "<="
    news = [f"(attribute_not_exists(choices.{name}) OR choices.{name}.#at {older} :at)" for name in names]
    return _update(
        customer_id,
        UpdateExpression=f"SET {settings}, updated_at = :at ADD version :one",
        ConditionExpression=" AND ".join(["attribute_exists(choices)", *news]),
        ExpressionAttributeNames=names | {"#at": "at"},
        ExpressionAttributeValues={":entry": entry, ":at": entry["M"]["at"], ":one": {"N": "1"}},
    )


def _make_room(customer_id: str) -> None:
    made = _update(
        customer_id,
        UpdateExpression="SET choices = if_not_exists(choices, :none)",
        ConditionExpression="attribute_exists(customer_id)",
        ExpressionAttributeValues={":none": {"M": {}}},
    )
    if not made:
        raise not_found("customer", customer_id)


def _update(customer_id: str, **request: Any) -> bool:
    key = {"customer_id": {"S": customer_id}}
    try:
        aws.client("dynamodb").update_item(TableName=environment.table("customers"), Key=key, **request)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True
