"""A score taken: kept with what it is about, told to the rules, and answered — by a person, or with thanks.

Every step may be done again: the entry, the timeline's event, the work item and the thank-you have names that follow
from the event, so the same event ten times, in any order with others, comes to one score.
"""

from datetime import datetime, timedelta
from typing import Any

from caring import clock, configuration, environment, once, tables, timeline
from caring.conversation import say
from caring.customers import model
from caring.customers import store as customers
from caring.errors import CaringError
from caring.nps import figures, follow_ups, origin, store
from caring.nps.origin import Origin
from caring.observability import logger, safe
from caring.typed import plain, typed
from caring.understanding import themes
from caring.understanding.meaning import Pending
from caring.understanding.understand import sure_category

_KEPT_ALONE = ("work_id", "asked_by")  # of the entry, not told on the timeline


def record(
    customer_id: str,
    *,
    score: int,
    comment: str | None,
    question: Pending | None,
    channel: str,
    at: datetime,
    event_id: str,
    category: str | None = None,
    thanked: bool = False,
) -> dict[str, Any]:
    """Record a score of 0 to 10 once per `event_id`: {customer_id, score, group, episode, themes, corrects, replaced}.

    `corrects`: an earlier score to the same question, of at most the configured hours ago, gives way to this one;
    `replaced`: this one has given way already. `thanked` says that the page on which he answered has thanked him.
    CaringError 404 for an unknown customer, ValueError for no score.
    """
    group = figures.group_of(score)
    customer = customers.get(customer_id)
    moment = once.first_time(f"score#{customer_id}#{event_id}", at)
    about = origin.of(question, customer)
    spoken_of = themes.of(comment) if comment else []
    details = {
        "score": score,
        "comment": comment,
        "themes": spoken_of or None,
        "category": category or _category(comment),
        "channel": channel,
        "asked_by": question.channel if question else None,
        "episode": about.episode,
        "cause": about.survey,
        "program_id": about.program_id,
        "subject": about.subject,
        "staff": about.staff,
        "work_id": follow_ups.work_id(customer_id, about.survey or event_id) if group == "detractor" else None,
    }
    new = store.entry("score", customer, moment, event_id, details)
    store.put(new)
    if about.asked_at:
        store.complete(about.asked_at, answered_at=clock.iso(moment))
    before, newest = _remember(customer_id, new, event_id)
    told = {name: value for name, value in details.items() if name not in _KEPT_ALONE and value is not None}
    timeline.append(customer_id, "score", at=moment, event_id=f"score-{event_id}", **{**told, "group": group})
    replaced = newest["event_id"] != event_id and _is_replaced(new, newest)
    if not replaced:
        _answer(customer, new, about, group, thanked=thanked)
    return {
        "customer_id": customer_id,
        "score": score,
        "group": group,
        "episode": about.episode,
        "themes": spoken_of,
        "corrects": before is not None and before["event_id"] != event_id and _replaces(new, before),
        "replaced": replaced,
    }


def _category(comment: str | None) -> str | None:
    """What a comment is about, praise too, where that is sure."""
    found = sure_category(comment) if comment else None
    return found.name if found else None


def _replaces(newer: dict[str, Any], older: dict[str, Any]) -> bool:
    """Whether a score to a question gives way to another to the same one."""
    if newer.get("cause") is None or newer["cause"] != older.get("cause"):
        return False
    gap = clock.parse(newer["at"]) - clock.parse(older["at"])
    return timedelta() <= gap <= timedelta(hours=configuration.get().nps.correction_hours)


def _is_replaced(new: store.Entry, newest: dict[str, Any]) -> bool:
    """Whether another score has replaced this one already: the newest, or one between them."""
    if _replaces(newest, new):
        return True
    scores = store.of_customer(str(new["customer_id"]))
    return any(_replaces(one, new) for one in scores if one["at"] > new["at"])


def _remember(customer_id: str, new: store.Entry, event_id: str) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """Let the customer's last_score be this one unless a newer stands there: (what stood there, what stands there)."""
    last = {"score": new["score"], "at": new["at"], "event_id": event_id, "cause": new["cause"]}
    before = tables.update(
        environment.table("customers"),
        {"customer_id": {"S": customer_id}},
        UpdateExpression="SET last_score = :last ADD version :one",
        ConditionExpression="attribute_exists(customer_id)"
        " AND (attribute_not_exists(last_score) OR last_score.#at < :at)",
        ExpressionAttributeNames={"#at": "at"},
        ExpressionAttributeValues={":last": typed(last), ":at": {"S": new["at"]}, ":one": {"N": "1"}},
        ReturnValues="ALL_OLD",
    )
    if before is None:
        return None, plain(customers.get(customer_id)["last_score"])
    old = before.get("last_score")
    return plain(old) if old else None, last


def _answer(customer: model.Item, new: store.Entry, about: Origin, group: str, *, thanked: bool) -> None:
    """A detractor is called, others are thanked once for a survey; a call that a correction makes needless is not made.

    What is said to a passive asks on: a number in reply corrects the score, words come to a person.
    """
    if group == "detractor":
        follow_ups.enter(customer, new)
        return
    if about.survey is None:
        return
    customer_id = str(new["customer_id"])
    follow_ups.withdraw(follow_ups.work_id(customer_id, about.survey), clock.parse(str(new["at"])))
    script_id = configuration.get().nps.thanks.get(group)
    if thanked or script_id is None:
        return
    try:
        said = say(
            customer_id,
            cause=f"thanks-{about.survey}",
            script_id=script_id,
            purpose="survey",
            channel=str(new["channel"]),
            question="survey" if group == "passive" else None,
            subject=store.reference(new),
        )
    except CaringError as refusal:
        if refusal.status not in (404, 409):
            raise
        logger().error("a thank-you has no script", extra={"script_id": script_id, "error": safe(refusal)})
        return
    if said.channel is None:
        logger().info("not thanked", extra={"customer_id": customer_id, "why": said.why})
