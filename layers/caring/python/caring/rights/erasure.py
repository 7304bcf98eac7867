"""Erasure: everything that tells who a customer was goes; what counts stays, under a number that points to nobody.

It marks the customer first, so that nothing more is sent, ends his tickets and the work on them, and empties his item
last, for the item tells what to look for. Every step may be done again: a crash is taken up by starting over, files by
where they were left. What stays is the item {customer_id, erased}, which a later import leaves alone; ledger rows,
tickets, work items and scores without words, so that totals keep adding up; and the request itself.
"""

from collections.abc import Callable

from caring import aws, clock, environment, tables, timeline
from caring.customers import model, store
from caring.errors import CaringError
from caring.observability import logger
from caring.rights import files, requests, stores
from caring.rights.identity import Identity

Enough = Callable[[], bool]  # whether the caller's time is nearly up


def begin(customer_id: str, *, actor: str, source: str) -> requests.Request:
    """Ask for the erasure and stop everything for the customer at once; `run` does the rest. Harmless when repeated.

    CaringError 404 for an unknown customer.
    """
    customer = store.get(customer_id)
    request = requests.ask(
        customer_id, "erasure", source=source, actor=actor, witel_key=model.text(customer, "witel_key")
    )
    if request["state"] == "open":
        _mark(customer_id)
        requests.note(customer_id, "erasure", begun_at=clock.iso(clock.now()))
    return requests.get(customer_id, "erasure") or request


def _mark(customer_id: str) -> None:
    tables.update(
        environment.table("customers"),
        {"customer_id": {"S": customer_id}},
        UpdateExpression="SET erased = :yes ADD version :one",
        ConditionExpression="attribute_exists(customer_id)",
        ExpressionAttributeValues={":yes": {"BOOL": True}, ":one": {"N": "1"}},
    )


def run(customer_id: str, enough: Enough = lambda: False) -> bool:
    """Erase a customer for whom that has begun; False if something is left for later.

    An import that still reads his row is waited for, and so is more time. CaringError 404 if nobody asked for it.
    """
    request = requests.get(customer_id, "erasure")
    if request is None or "begun_at" not in request:
        raise CaringError("not_asked", "nobody asked for this erasure: DELETE the customer first", 404)
    if request["state"] == "done":
        return True
    customer = store.get(customer_id)
    who = Identity.of(customer)
    stores.end_tickets(customer)
    files.erase_mail(stores.mail_of(who))
    stores.erase_events(who)
    stores.erase_words(who)
    stores.erase_parked(who)
    files.erase_exports(customer_id)
    if not files.erase_uploads(who, request, enough):
        logger().info("an erasure goes on later", extra={"customer_id": customer_id})
        return False
    stores.erase_events(who)  # what was begun before he was marked may have been written meanwhile
    stores.erase_words(who)
    _empty(customer)
    requests.fulfil(customer_id, "erasure", actor=request["by"])
    timeline.append(customer_id, "erasure", at=clock.parse(request["asked_at"]), event_id="erasure", by=request["by"])
    logger().info("a customer was erased", extra={"customer_id": customer_id})
    return True


def _empty(customer: model.Item) -> None:
    """Leave of the customer that he was erased, and the witel whose staff may see that."""
    kept = {name: customer[name] for name in ("customer_id", "witel_key") if name in customer}
    left = {"erased": {"BOOL": True}, "erased_at": {"S": clock.iso(clock.now())}}
    version = {"N": str((model.number(customer, "version") or 0) + 1)}
    aws.client("dynamodb").put_item(TableName=environment.table("customers"), Item=kept | left | {"version": version})
