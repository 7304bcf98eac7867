"""Complaints taken down, and the tickets that they became."""

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from caring.customers import model
from caring.errors import CaringError
from caring.tickets import complaints, intake, listing, store
from chalicelib import repeats, scoping
from chalicelib.paging import page
from chalicelib.routing import Call, route

if TYPE_CHECKING:
    from chalicelib import ticket_models

tickets = Blueprint(__name__)


@route(
    tickets,
    "POST /complaints",
    "take down a complaint: it opens a ticket, or joins the open one of the same matter",
    body="NewComplaint",
    answer="Opened",
    status=201,
    headers=(repeats.HEADER,),
)
def take_complaint(call: Call) -> dict[str, Any]:
    """Once for an Idempotency-Key, however often it is sent (409 with another body); without one, each time."""
    said: ticket_models.NewComplaint = call.body
    customer_id = _whose(call, said)
    with repeats.once(call) as name:
        ticket_id = intake.open_ticket(
            customer_id,
            source=said.source,
            text=said.text,
            category=said.category,
            event_id=name,
            taken_by=call.caller.name,
        )
    return {"ticket_id": ticket_id}


def _whose(call: Call, said: "ticket_models.NewComplaint") -> str:
    if said.customer_id is not None:
        found = [scoping.customer(call.caller, said.customer_id)]
    else:
        found = scoping.customers(call.caller, phone=said.phone, email=said.email)
    if not found:
        wanted = "phone" if said.phone is not None else "email"
        raise CaringError(
            "not_found", f"no customer that you may see has this {wanted}: look him up and give his customer_id", 404
        )
    ids = [str(model.text(item, "customer_id")) for item in found]
    if len(ids) > 1:
        raise CaringError(
            "several_customers", f"several customers have it: give the customer_id of one, {', '.join(ids[:10])}", 409
        )
    return ids[0]


@route(tickets, "GET /tickets", "tickets of a customer, or of a witel", query="TicketsQuery", answer="Tickets")
def list_tickets(call: Call) -> dict[str, Any]:
    """A customer's the newest first; a witel's the nearest deadline first."""
    asked: ticket_models.TicketsQuery = call.query
    states = (asked.state,) if asked.state else store.STATES
    if asked.customer_id is not None:
        scoping.customer(call.caller, asked.customer_id)
        found, following = listing.of_customer(asked.customer_id, states, asked.unit, asked.size, asked.start)
    else:
        witel = scoping.one_witel(call.caller, asked.witel)
        found, following = listing.listed(asked.unit, states, witel, asked.size, asked.start)
    return page([listing.view(ticket) for ticket in found], following)


@route(tickets, "GET /tickets/{ticket_id}", "a ticket with its history", answer="Ticket")
def read_ticket(call: Call) -> dict[str, Any]:
    """Where it stands, until when it must be done, and what happened with it."""
    return listing.view(complaints.with_all(scoping.ticket(call.caller, call.ids["ticket_id"])))
