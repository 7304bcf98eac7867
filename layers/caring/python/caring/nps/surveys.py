"""The survey after an episode: within the limits on how often a customer is asked, and with the reason when he is not.

The limits are asked of the customer as he is now, and his place is reserved on his own item before anything is sent:
of two episodes that end in the same second one makes a survey, and the other sees it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from caring import clock, configuration, environment, tables
from caring.conversation import say
from caring.customers import model
from caring.errors import CaringError
from caring.messages import ledger
from caring.messages import status as st
from caring.nps import origin, store
from caring.observability import logger, safe
from caring.runs.eligibility import is_fresh_detractor
from caring.typed import plain, typed

_SENTENCES = {
    "episode_not_asked": "no survey is made about this episode (configuration [nps.surveys])",
    "too_long_ago": "the episode ended too long ago to be asked about",
    "open_ticket": "no survey while a ticket is open",
    "fresh_detractor": "no survey so soon after a detractor's score",
    "asked_recently": "he was asked for a score not long ago",
    "no_approved_script": "no version of the survey's script is approved",
}


@dataclass(frozen=True, slots=True)
class Survey:
    """Whether a survey went on its way, and by which channel; else the reason, and a sentence for staff."""

    channel: str | None
    reason: str | None
    why: str

    def shown(self) -> dict[str, Any]:
        """As the API shows it."""
        return {"asked": self.channel is not None, "channel": self.channel, "reason": self.reason, "why": self.why}


def after(customer: model.Item, ended: store.Entry, episode_id: str) -> Survey:
    """Ask about an episode that has ended, or say why not; decided once for each end.

    `customer` as just read. Raises what the stores and queues raise: the caller's work is done again.
    """
    kept = store.get(store.reference(ended)) or ended
    if "survey_why" in kept:
        return Survey(kept.get("survey_channel"), kept.get("survey_reason"), kept["survey_why"])
    cause = origin.survey_cause(str(ended["episode"]), episode_id)
    survey = _ask(customer, ended, cause)
    noted = {"survey_channel": survey.channel, "survey_reason": survey.reason, "survey_why": survey.why}
    noted |= {"survey": cause if survey.channel else None}
    store.complete(store.reference(ended), **{name: value for name, value in noted.items() if value is not None})
    return survey


def _ask(customer: model.Item, ended: store.Entry, cause: str) -> Survey:
    script_id = configuration.get().nps.surveys.get(ended["episode"])
    reason = "episode_not_asked" if script_id is None else _against(customer, ended)
    if reason is None and not _reserve(ended, cause):
        reason = "asked_recently"
    if reason:
        return Survey(None, reason, _SENTENCES[reason])
    try:
        said = say(
            str(ended["customer_id"]),
            cause=cause,
            script_id=str(script_id),
            purpose="survey",
            question="survey",
            subject=store.reference(ended),
        )
    except CaringError as refusal:
        if refusal.status not in (404, 409):
            raise
        logger().error("a survey has no script", extra={"script_id": script_id, "error": safe(refusal)})
        _give_back(customer, cause)
        return Survey(None, "no_approved_script", _SENTENCES["no_approved_script"])
    if said.channel is None:
        _give_back(customer, cause)
        return Survey(None, "not_reachable", said.why)
    return Survey(said.channel, None, said.why)


def _against(customer: model.Item, ended: store.Entry) -> str | None:
    """The limit that forbids a survey now."""
    settings, now = configuration.get().nps, clock.now()
    if clock.parse(str(ended["at"])) < now - timedelta(days=settings.survey_days):
        return "too_long_ago"
    if model.number(customer, "open_tickets"):
        return "open_ticket"
    if "last_score" in customer and is_fresh_detractor(customer):
        return "fresh_detractor"
    since = now - timedelta(days=settings.fatigue_days)
    return "asked_recently" if _was_asked(str(ended["customer_id"]), since) else None


def _was_asked(customer_id: str, since: datetime) -> bool:
    """Whether a program's run has sent him a survey: what episodes made stands on his own item."""
    surveys = ledger.of_customer(
        customer_id, FilterExpression="question = :survey", values={":survey": {"S": "survey"}}
    )
    asked = (item for item in surveys if item["cause"]["S"].startswith("run-"))
    return any(item["status"]["S"] not in st.NOT_SENT and item["at"]["S"] > clock.iso(since) for item in asked)


def _reserve(ended: store.Entry, cause: str) -> bool:
    """Take the customer's one survey of these weeks for this cause; False if another has it."""
    now = clock.now()
    since = clock.iso(now - timedelta(days=configuration.get().nps.fatigue_days))
    return _update(
        str(ended["customer_id"]),
        "SET last_survey = :mine",
        "attribute_exists(customer_id) AND (attribute_not_exists(last_survey) OR last_survey.#at < :since"
        " OR last_survey.cause = :cause)",
        {":mine": typed({"cause": cause, "at": clock.iso(now)}), ":since": {"S": since}, ":cause": {"S": cause}},
        {"#at": "at"},
    )


def _give_back(customer: model.Item, cause: str) -> None:
    """Nothing was sent: the customer's last survey is what it was."""
    before = plain(customer["last_survey"]) if "last_survey" in customer else None
    values = {":cause": {"S": cause}}
    if before and before["cause"] != cause:
        values |= {":before": typed(before)}
    change = "SET last_survey = :before" if ":before" in values else "REMOVE last_survey"
    _update(customer["customer_id"]["S"], change, "last_survey.cause = :cause", values)


def _update(
    customer_id: str, change: str, condition: str, values: dict[str, Any], names: dict[str, str] | None = None
) -> bool:
    changed = tables.update(
        environment.table("customers"),
        {"customer_id": {"S": customer_id}},
        UpdateExpression=f"{change} ADD version :one",
        ConditionExpression=condition,
        ExpressionAttributeValues=values | {":one": {"N": "1"}},
        **({"ExpressionAttributeNames": names} if names else {}),
    )
    return changed is not None
