"""What a customer said or did that staff record: consents, payments, and episodes of his journey that ended."""

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from caring.customers import consents, payments
from caring.nps import episodes
from caring.rights import requests
from chalicelib import repeats, scoping
from chalicelib.paging import page
from chalicelib.routing import Call, route

if TYPE_CHECKING:
    from chalicelib import models, nps_models

records = Blueprint(__name__)


@route(
    records,
    "POST /consents",
    "record a customer's word on being reached; it works at once",
    body="NewConsent",
    answer="Consent",
    status=201,
)
def record_consent(call: Call) -> dict[str, Any]:
    """Kept as proof on the timeline."""
    said: models.NewConsent = call.body
    scoping.customer(call.caller, said.customer_id)
    pairs = consents.expand(said.channel, said.purpose)
    at = consents.record(
        said.customer_id,
        pairs,
        granted=said.granted,
        source=said.source,
        actor=call.caller.name,
        wording=said.wording,
    )
    if not said.granted:
        requests.fulfil(said.customer_id, "withdrawal", actor=call.caller.name)
    recorded = [{"channel": channel, "purpose": purpose, "granted": said.granted} for channel, purpose in pairs]
    return {"customer_id": said.customer_id, "at": at, "choices": recorded}


@route(
    records,
    "GET /customers/{customer_id}/consents",
    "the proof of a customer's own word: what, when, where, who took it down, which text",
    answer="Proofs",
)
def read_consents(call: Call) -> dict[str, Any]:
    """What is in force; the timeline tells what was before."""
    return page(consents.proofs(scoping.customer(call.caller, call.ids["customer_id"])), None)


@route(
    records,
    "POST /payments",
    "record a payment; reminders that have not left are stopped when the bill is paid",
    body="NewPayment",
    answer="Payment",
    status=201,
    headers=(repeats.HEADER,),
)
def record_payment(call: Call) -> dict[str, Any]:
    """Once, however often it is sent: by Idempotency-Key (409 with another body), else by customer, amount and day."""
    paid: models.NewPayment = call.body
    scoping.customer(call.caller, paid.customer_id)
    with repeats.once(call) as name:
        key = name if repeats.key_of(call) else None  # without one the same money on the same day is the same payment
        done = payments.record(paid.customer_id, paid.amount, paid.paid_on, actor=call.caller.name, key=key)
    return {
        "payment_id": done.payment_id,
        "customer_id": paid.customer_id,
        "amount_due": done.amount_due,
        "paid_on": done.paid_on,
        "settled": done.settled,
        "repeated": done.repeated,
    }


@route(
    records,
    "POST /episodes",
    "an episode of a customer's journey has ended; may start a survey",
    body="EndedEpisode",
    answer="Episode",
    status=201,
)
def end_episode(call: Call) -> dict[str, Any]:
    """Once, however often it is sent: by customer, episode, time and subject."""
    said: nps_models.EndedEpisode = call.body
    scoping.customer(call.caller, said.customer_id)
    return episodes.ended(said.customer_id, said.episode, said.at, subject=said.subject, staff=said.staff)
