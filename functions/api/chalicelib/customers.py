"""Customers: found, read, changed; and what happened with one."""

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from caring import timeline
from caring.customers import preference, store
from caring.nps import episodes
from caring.rights import requests
from chalicelib import scoping
from chalicelib.paging import cut, page
from chalicelib.routing import Call, route

if TYPE_CHECKING:
    from chalicelib import models, run_models

customers = Blueprint(__name__)


@route(
    customers,
    "GET /customers",
    "find customers by number or mailbox",
    query="CustomersQuery",
    answer="Customers",
)
def find_customers(call: Call) -> dict[str, Any]:
    """Those of the caller's witel."""
    query: models.CustomersQuery = call.query
    seen = [store.view(item) for item in scoping.customers(call.caller, phone=query.phone, email=query.email)]
    return cut(seen, "customer_id", query)


@route(customers, "GET /customers/{customer_id}", "a customer", answer="Customer")
def read_customer(call: Call) -> dict[str, Any]:
    """Every field of the import file under its name there."""
    return store.view(scoping.customer(call.caller, call.ids["customer_id"]))


@route(
    customers,
    "PATCH /customers/{customer_id}",
    "change fields of a customer; an import never overwrites them",
    body="CustomerPatch",
    answer="Customer",
)
def change_customer(call: Call) -> dict[str, Any]:
    """The same rules as the file's."""
    before = scoping.customer(call.caller, call.ids["customer_id"])
    after = store.patch(call.ids["customer_id"], call.body.changes(), actor=call.caller.name)
    episodes.product_changed(before, after)
    requests.fulfil(call.ids["customer_id"], "correction", actor=call.caller.name)
    return store.view(after)


@route(
    customers,
    "GET /customers/{customer_id}/timeline",
    "what happened with a customer, newest first",
    query="Page",
    answer="Timeline",
)
def read_timeline(call: Call) -> dict[str, Any]:
    """Messages, receipts, replies, consents, payments, changes."""
    scoping.customer(call.caller, call.ids["customer_id"])
    events, following = timeline.read(call.ids["customer_id"], call.query.size, call.query.start)
    return page(events, following)


@route(
    customers,
    "POST /customers/{customer_id}/preferred-channel",
    "choose the channel for a customer, for a reason; null leaves it to the rules again",
    body="PreferredChannel",
    answer="Preference",
)
def choose_channel(call: Call) -> dict[str, Any]:
    """Obeyed wherever it may be used, and the answer says where not; an import leaves it alone."""
    customer = scoping.customer(call.caller, call.ids["customer_id"])
    said: run_models.PreferredChannel = call.body
    chosen = preference.prefer(call.ids["customer_id"], said.channel, reason=said.reason, actor=call.caller.name)
    usable, note = preference.standing(customer, said.channel) if said.channel else (None, None)
    return {"customer_id": call.ids["customer_id"], "preferred": chosen, "usable": usable, "note": note}
