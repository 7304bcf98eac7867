"""E-mails to many in one call (SendBulkEmail), for matters that are not critical: an answer for each.

Every mail is worded here, so the template is nothing but three holes, and each entry fills them with its own subject,
text and page; SES puts values in as they are ("SES doesn't escape HTML content when rendering"), so what is escaped
here stays escaped once. Each entry has its own
one-click unsubscribe (ReplacementHeaders) and its own reference (ReplacementTags). One call whose answer never comes
leaves all of its mails unknown; that is why critical matters go singly.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from caring import environment
from caring.channels import email, outcomes
from caring.channels.outcomes import THROTTLED, halted, refused
from caring.channels.types import Clients, Outcome, Outgoing

_MOST_BYTES = 500_000  # of the mails' words: with JSON's and the request's own, SES takes 1 MB
_TEMPLATE = {"Subject": "{{subject}}", "Text": "{{text}}", "Html": "{{html}}"}

# BulkEmailEntryResult.Status (sesv2 API reference) → what it proves.
STATUSES: Mapping[str, Outcome] = {
    "MESSAGE_REJECTED": refused("rejected_by_provider"),
    "MAIL_FROM_DOMAIN_NOT_VERIFIED": halted("provider_setup"),
    "CONFIGURATION_SET_NOT_FOUND": halted("provider_setup"),
    "INVALID_SENDING_POOL_NAME": halted("provider_setup"),
    "TEMPLATE_NOT_FOUND": halted("template_missing"),
    "ACCOUNT_SUSPENDED": halted("account_blocked"),
    "ACCOUNT_THROTTLED": THROTTLED,
    "ACCOUNT_DAILY_QUOTA_EXCEEDED": halted("quota_reached"),
    "ACCOUNT_SENDING_PAUSED": halted("sending_paused"),
    "CONFIGURATION_SET_SENDING_PAUSED": halted("sending_paused"),
    "INVALID_PARAMETER": refused("invalid_request"),
    "TRANSIENT_FAILURE": Outcome("not_taken", None, "provider_unavailable"),
    "FAILED": outcomes.PROVIDER_ERROR,
}


def send(outgoing: Sequence[Outgoing], clients: Clients) -> list[Outcome]:
    """Send many e-mails with one call; an outcome for each, in their order; never raises.

    A call that was refused as a whole was proven not taken because of one of its mails: each then goes singly.
    """
    size = sum(len(one.body) + len(one.html or "") for one in outgoing)
    if len(outgoing) == 1 or size > _MOST_BYTES or not all(one.subject and one.html for one in outgoing):
        return [email.send(one, clients) for one in outgoing]
    answers: list[Mapping[str, Any]] = []
    whole = outcomes.attempt(
        lambda service: _Listening(clients(service), answers),
        "sesv2",
        "send_bulk_email",
        lambda: _request(outgoing),
        answer_id="BulkEmailEntryResults",
        table=email.ERRORS,
    )
    if whole.status == "rejected":
        return [email.send(one, clients) for one in outgoing]
    results = answers[0]["BulkEmailEntryResults"] if whole.status == "accepted" else []
    return [_outcome(results[n]) if n < len(results) else _without(whole) for n in range(len(outgoing))]


class _Listening:
    """A client that lets the answer of its bulk call be heard whole, not by its id alone."""

    def __init__(self, client: Any, answers: list[Mapping[str, Any]]) -> None:
        self._client, self._answers = client, answers

    def send_bulk_email(self, **request: Any) -> Mapping[str, Any]:
        """The call."""
        answer: Mapping[str, Any] = self._client.send_bulk_email(**request)
        self._answers.append(answer)
        return answer


def _without(whole: Outcome) -> Outcome:
    """An entry that the answer does not speak of: what holds for the call, or, if that was taken, nobody knows."""
    return outcomes.NO_ID if whole.status == "accepted" else whole


def _outcome(result: Mapping[str, Any]) -> Outcome:
    if result.get("Status") == "SUCCESS":
        return Outcome("accepted", str(result["MessageId"])) if result.get("MessageId") else outcomes.NO_ID
    known = STATUSES.get(str(result.get("Status")), outcomes.UNFORESEEN)
    said = str(result.get("Error", "")).lower()
    if known.reason == "invalid_request" and ("address" in said or "domain" in said):
        return refused("invalid_address")
    return known


def _request(outgoing: Sequence[Outgoing]) -> dict[str, Any]:
    empty = orjson.dumps({"subject": "", "text": "", "html": ""}).decode()
    return {
        "FromEmailAddress": environment.get("EMAIL_FROM"),
        "ConfigurationSetName": environment.get("EMAIL_CONFIGURATION_SET"),
        "DefaultContent": {"Template": {"TemplateContent": _TEMPLATE, "TemplateData": empty}},
        "BulkEmailEntries": [_entry(one) for one in outgoing],
    }


def _entry(one: Outgoing) -> dict[str, Any]:
    values = orjson.dumps({"subject": one.subject, "text": one.body, "html": one.html}).decode()
    entry: dict[str, Any] = {
        "Destination": {"ToAddresses": [email.ascii_domain(one.to)]},
        "ReplacementTags": [{"Name": "reference", "Value": one.reference}],
        "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": values}},
    }
    if one.unsubscribe_url:
        entry["ReplacementHeaders"] = email.unsubscribe_headers(one.unsubscribe_url)
    return entry
