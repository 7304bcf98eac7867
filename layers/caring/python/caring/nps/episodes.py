"""An episode of the customer's journey has ended: kept, shown with him, and asked about within the limits."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from caring import clock, environment, once, tables, timeline
from caring.customers import model
from caring.customers import store as customers
from caring.errors import CaringError, conflict
from caring.nps import store, surveys
from caring.nps.origin import EPISODES

_EARLIEST = 2000  # a year before which nothing ended that anybody would tell
_AHEAD = timedelta(minutes=5)  # by which another system's clock may be fast


def ended(
    customer_id: str,
    episode: str,
    at: datetime,
    *,
    subject: str | None = None,
    staff: str | None = None,
    event_id: str | None = None,
) -> dict[str, Any]:
    """Record once that an episode ended: {customer_id, episode, at, episode_id, survey: {asked, channel, reason, why}}.

    `subject` is what it was about (a ticket), `staff` who looked after it; the same `event_id`, or without one the same
    episode, time and subject, is the same end. CaringError 404 unknown customer, 409 erased, 400 bad episode or time.
    """
    if episode not in EPISODES:
        raise CaringError("bad_value", f"episode: must be one of {', '.join(EPISODES)}")
    if at.year < _EARLIEST or at > clock.now() + _AHEAD:
        raise CaringError("bad_value", "at: give the time at which the episode ended: not one to come, or long past")
    customer = customers.get(customer_id)
    if model.flag(customer, "erased"):
        raise conflict("erased", "the customer's data were erased: nothing is recorded about him any more")
    said = event_id or f"{episode}:{clock.iso(at)}:{subject or ''}"
    episode_id = hashlib.blake2b(f"{customer_id}:{said}".encode(), digest_size=8).hexdigest()
    moment = once.first_time(f"episode#{episode_id}", at)
    about = {"episode": episode, "subject": subject, "staff": staff}
    new = store.entry("episode", customer, moment, episode_id, about)
    store.put(new)
    _show(customer_id, episode, new["at"])
    survey = surveys.after(customer, new, episode_id).shown()
    timeline.append(customer_id, "episode", at=moment, event_id=f"episode-{episode_id}", **about, survey=survey)
    return {"customer_id": customer_id, "episode": episode, "at": new["at"], "episode_id": episode_id, "survey": survey}


def product_changed(before: model.Item, after: model.Item) -> None:
    """Another product in place of one is a contract changed: the episode of buying has ended."""
    old, new = model.text(before, "product"), model.text(after, "product")
    if old and new and old != new:
        version = model.number(after, "version") or 0
        ended(after["customer_id"]["S"], "buy", clock.now(), event_id=f"product-{version}")


def _show(customer_id: str, episode: str, at: str) -> None:
    """Let the customer stand in this episode, unless a later one has ended since."""
    tables.update(
        environment.table("customers"),
        {"customer_id": {"S": customer_id}},
        UpdateExpression="SET episode = :episode, episode_at = :at ADD version :one",
        ConditionExpression="attribute_exists(customer_id) AND (attribute_not_exists(episode_at) OR episode_at < :at)",
        ExpressionAttributeValues={":episode": {"S": episode}, ":at": {"S": at}, ":one": {"N": "1"}},
    )
