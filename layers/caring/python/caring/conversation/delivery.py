"""Delivering one body of a conversation: the customer read anew, asked about again, written to once at most."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from caring import clock, configuration
from caring.channels.types import Outgoing
from caring.conversation import holding, saying, terms
from caring.customers.model import Item
from caring.messages import refusals
from caring.messages.ledger import Entry
from caring.messages.sending import Draft, send_batch
from caring.observability import logger
from caring.runs import guards, pressure
from caring.runs.compose import Composer
from caring.runs.deliver import Worker, draft_for
from caring.scripts import store as scripts

_LATEST_DELAY = 900  # the longest that SQS lets a message wait


def deliver(body: Mapping[str, Any], worker: Worker) -> dict[str, Any]:
    """Send one message, once at most, or put it back for later; what came of it, for the log.

    Raises when stores or queues can't be reached: the queue then brings the body back, which is harmless.
    """
    settings = configuration.get().send
    customer, guard = holding.read(body["customer_id"], worker.channel)
    if guard.stopped:
        return _put_back(body, settings.held_delay_seconds)
    if worker.seconds_left() < settings.read_timeout_seconds + 15:
        return _put_back(body, 0)
    now = clock.now()
    if (not_before := body.get("not_before")) and not_before > clock.iso(now):
        return _put_back(body, int(clock.wall_seconds(clock.parse(not_before) - now)) + 1)
    draft = _draft(body, customer, now)
    if draft is None:
        return _put_back(body, _until_open(body, customer, now))
    wait, probe = guards.permit(guard.breaker)
    if wait:
        return _put_back(body, wait)
    if draft.outgoing is not None:
        pressure.record_contact(body["customer_id"], "message", body["cause"], now)
    result = send_batch([draft], worker.pacer, worker.pool, worker.deliver)
    guards.learn(guard.breaker, probe, worker.health, result.called, result.troubled)
    refusals.tell(result.refused)
    if result.halted:
        logger().error("a conversation's message met a halt", extra={"cause": body["cause"], "reason": result.halted})
    if result.given_back:
        _put_back(body, settings.retry_delay_seconds)
    return {"cause": body["cause"], "buckets": dict(result.deltas)}


def _put_back(body: Mapping[str, Any], delay_seconds: int) -> dict[str, Any]:
    saying.enqueue(body["channel"], body, min(delay_seconds, _LATEST_DELAY))
    return {"cause": body["cause"], "put_back_seconds": delay_seconds}


def _until_open(body: Mapping[str, Any], customer: Item | None, now: datetime) -> int:
    """Real seconds until the customer's window opens."""
    opens = holding.next_open(customer, body["purpose"], now)
    if opens > now:
        return max(1, int(clock.wall_seconds(opens - now)) + 1)
    return int(configuration.get().windows["margin_seconds"])  # about to close: after that it is looked at again


def _draft(body: Mapping[str, Any], customer: Item | None, now: datetime) -> Draft | None:
    """What to do; None while the customer's window is closed."""
    script = scripts.load_approved(body["script_id"], body["version"])
    names = ("question", "subject", "why")
    attributes = {name: str(body[name]) for name in names if body.get(name)}
    attributes["script"] = f"{body['script_id']}#{body['version']}"
    entry = Entry(body["customer_id"], body["cause"], body["channel"], attributes=attributes)

    def word(customer: Item, ttl_seconds: int) -> Outgoing:
        return _worded(script, body, customer, now, ttl_seconds)

    channels = (body["channel"],) if body["channel"] in terms.SPOKEN else terms.WRITTEN
    if body.get("run_id"):
        rules = terms.of_run(body["run_id"], channels)
    else:
        rules = terms.rules(body["purpose"], script.languages, channels=channels)
    return draft_for(entry, customer, rules, now, word)


def _worded(
    script: scripts.LoadedScript, body: Mapping[str, Any], customer: Item, now: datetime, ttl_seconds: int
) -> Outgoing:
    """The wording; within WhatsApp's 24 hours as free text, with the template's quick replies as buttons."""
    default = configuration.get().conversation.default_language
    composer = Composer(f"{script.script_id}#{script.version}", body["purpose"], script, default)
    outgoing = composer.compose(
        customer, body["channel"], body["cause"], ttl_seconds=ttl_seconds, values=body["values"]
    )
    template = outgoing.template
    if template is None or not terms.whatsapp_window_open(customer, now):
        return outgoing
    buttons = list(template.get("buttons") or ())
    if template.get("header_image") or any(button["type"] != "quick_reply" for button in buttons):
        return outgoing  # a picture or a link is what the template alone can show
    return replace(outgoing, template=None, replies=tuple(button["text"] for button in buttons))
