"""The lockers: what people have to do, in the order in which it is worth most; taken, given back, and done."""

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from caring import clock
from caring.customers import repair_rounds
from caring.errors import not_found
from caring.work import claiming, completing, dialling, handling, items, prompts, teaching
from chalicelib import repeats, scoping
from chalicelib.paging import page
from chalicelib.routing import Call, route

if TYPE_CHECKING:
    from chalicelib import run_models, ticket_models

work = Blueprint(__name__)


@route(
    work,
    "GET /work-items",
    "the items of a unit's locker, the most valuable and oldest first; of all units without one",
    query="WorkItemsQuery",
    answer="WorkItems",
)
def list_work_items(call: Call) -> dict[str, Any]:
    """Of the caller's witel; `ask_for_contact` where the customer's numbers or mailboxes no longer work."""
    asked: run_models.WorkItemsQuery = call.query
    due = [clock.iso(clock.now())] if asked.overdue else []
    due += [clock.iso(asked.due_before)] if asked.due_before else []
    found, following = items.listed(
        asked.unit or items.UNITS,
        asked.state,
        scoping.one_witel(call.caller, asked.witel),
        kind=asked.kind,
        high=None if asked.priority is None else asked.priority == "high",
        due_before=min(due, default=None),
        limit=asked.size,
        after=asked.start,
    )
    return page(repair_rounds.shown(found), following)


@route(
    work,
    "GET /work-items/{work_id}",
    "an item with all that belongs to it, and the script on screen for who calls",
    answer="WorkInHand",
)
def read_work_item(call: Call) -> dict[str, Any]:
    """`screen` holds the number and the words to say, in the customer's language; null for work without a script."""
    return _in_hand(scoping.work_item(call.caller, call.ids["work_id"]))


@route(
    work,
    "POST /work-items",
    "have a customer taught; the item offers the material that fits its matter",
    body="NewLesson",
    answer="WorkInHand",
    status=201,
    headers=(repeats.HEADER,),
)
def enter_lesson(call: Call) -> dict[str, Any]:
    """Once for an Idempotency-Key (409 with another body). Completed with `material`, it sends that to the customer."""
    said: ticket_models.NewLesson = call.body
    scoping.customer(call.caller, said.customer_id)
    category, matter = said.category, said.matter
    if said.ticket_id is not None:
        ticket = scoping.ticket(call.caller, said.ticket_id)
        if ticket["customer_id"] != said.customer_id:
            raise not_found("ticket", said.ticket_id)
        category, matter = category or ticket["category"], matter or ticket["matter"]
    with repeats.once(call) as name:
        item = teaching.want(
            said.customer_id,
            name,
            unit=said.unit,
            reason=said.reason,
            category=category,
            matter=matter,
            ticket_id=said.ticket_id,
        )
    return _in_hand(item)


@route(work, "POST /work-items/{work_id}/claim", "take an item in hand, for some time", answer="WorkInHand")
def claim_work_item(call: Call) -> dict[str, Any]:
    """Nobody else can have it until `lease_until`; claiming it again begins that time anew."""
    scoping.work_item(call.caller, call.ids["work_id"], to_work=True)
    return _in_hand(claiming.claim(call.ids["work_id"], call.caller.name))


@route(
    work,
    "POST /work-items/{work_id}/dial",
    "have the customer of a call in hand dialled, where this deployment has a telephone",
    answer="Dialled",
)
def dial(call: Call) -> dict[str, Any]:
    """Amazon Connect calls him and connects the officer; dialling again while that goes on is the same call."""
    scoping.work_item(call.caller, call.ids["work_id"], to_work=True)
    return {"work_id": call.ids["work_id"], "contact_id": dialling.dial(call.ids["work_id"], call.caller.name)}


@route(work, "POST /work-items/{work_id}/release", "give an item back to its locker", answer="WorkInHand")
def release_work_item(call: Call) -> dict[str, Any]:
    """Who holds it gives it back; one that is open stays so."""
    scoping.work_item(call.caller, call.ids["work_id"], to_work=True)
    return _in_hand(handling.release(call.ids["work_id"], call.caller.name))


@route(
    work,
    "POST /work-items/{work_id}/complete",
    "say what came of an item: what follows from that is done at once",
    body="Outcome",
    answer="WorkInHand",
)
def complete_work_item(call: Call) -> dict[str, Any]:
    """Sending the same again changes nothing; an open item need not be claimed first."""
    scoping.work_item(call.caller, call.ids["work_id"], to_work=True)
    said: ticket_models.Outcome = call.body
    if said.outcome == "matched" and said.values and "customer_id" in said.values:
        scoping.customer(call.caller, said.values["customer_id"])
    given = said.model_dump(mode="json", exclude_none=True)
    return _in_hand(completing.complete(call.ids["work_id"], given, call.caller.name))


def _in_hand(item: dict[str, Any]) -> dict[str, Any]:
    (shown,) = repair_rounds.shown([items.view(item)])
    return shown | {"screen": prompts.of(item)}
