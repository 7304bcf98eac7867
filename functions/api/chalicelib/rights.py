"""What a customer may ask of his data: a copy, a correction, an erasure; and how well customers can be reached."""

from typing import TYPE_CHECKING, Any

import orjson
from botocore.exceptions import ClientError
from chalice.app import Blueprint

from caring import aws, clock, configuration, environment
from caring.customers import contactability_trend, model
from caring.observability import logger, safe
from caring.rights import erasure, export, requests
from chalicelib import scoping
from chalicelib.paging import cut
from chalicelib.routing import Call, json_response, route

if TYPE_CHECKING:
    from chalicelib import rights_models

rights = Blueprint(__name__)


@route(
    rights,
    "GET /customers/{customer_id}/export",
    "everything that is kept about a customer, as a file to give him",
    answer="Exported",
)
def export_customer(call: Call) -> dict[str, Any]:
    """JSON; the link works for a short time, the file is deleted after some days. Recorded as his request."""
    scoping.customer(call.caller, call.ids["customer_id"])
    return export.export(call.ids["customer_id"], actor=call.caller.name)


@route(
    rights,
    "DELETE /customers/{customer_id}",
    "erase a customer: nothing more is sent at once, the rest goes within the time that his request tells",
    answer="Request",
    status=202,
)
def erase_customer(call: Call) -> Any:
    """Totals keep adding up; a later import leaves the number erased. Repeating it is harmless."""
    customer_id = call.ids["customer_id"]
    scoping.customer(call.caller, customer_id)
    request = erasure.begin(customer_id, actor=call.caller.name, source="staff")
    if request["state"] == "open":
        _begin_soon(customer_id)
    return json_response(requests.shown(request), 202)


def _begin_soon(customer_id: str) -> None:
    """Have the erasure begun now; the request is kept, so the next scheduled look takes up what this cannot."""
    try:
        aws.client("lambda").invoke(
            FunctionName=environment.get("FULFIL_REQUESTS_FUNCTION"),
            InvocationType="Event",
            Payload=orjson.dumps({"customer_id": customer_id}),
        )
    except ClientError as error:
        logger().warning("an erasure waits for the next look", customer_id=customer_id, error=safe(error))


@route(
    rights,
    "GET /customers/{customer_id}/requests",
    "what a customer has asked of his data, newest first, with the time by which it must be done",
    answer="Requests",
)
def list_requests(call: Call) -> dict[str, Any]:
    """Access, correction, withdrawal, erasure."""
    scoping.customer(call.caller, call.ids["customer_id"])
    return {"items": requests.listed(call.ids["customer_id"]), "next": None}


@route(
    rights,
    "POST /customers/{customer_id}/requests",
    "record that a customer asks for something that is done later",
    body="NewRequest",
    answer="Request",
    status=201,
)
def record_request(call: Call) -> dict[str, Any]:
    """It is done by the export, the change, the withdrawal or the erasure itself."""
    said: rights_models.NewRequest = call.body
    customer = scoping.customer(call.caller, call.ids["customer_id"])
    return requests.shown(
        requests.ask(
            call.ids["customer_id"],
            said.kind,
            source=said.source,
            actor=call.caller.name,
            witel_key=model.text(customer, "witel_key"),
        )
    )


@route(rights, "GET /requests", "open requests, the most urgent first", query="Page", answer="Requests")
def list_open_requests(call: Call) -> dict[str, Any]:
    """Of the caller's witel."""
    open_ones = [requests.shown(r) for r in requests.open_until("~") if call.caller.sees(r.get("witel_key"))]
    rows = [r | {"place": f"{r['due_at']}#{r['customer_id']}#{r['request_id']}"} for r in open_ones]
    shown = cut(rows, "place", call.query)
    for row in shown["items"]:
        del row["place"]
    return shown


@route(
    rights,
    "GET /contactability",
    "how well customers could be reached, day by day and witel by witel",
    query="TrendQuery",
    answer="Trend",
)
def read_contactability(call: Call) -> dict[str, Any]:
    """Measured once a night; "*" is all witels."""
    asked: rights_models.TrendQuery = call.query
    today = clock.local_date(clock.now(), configuration.get().zones.default)
    first, last = asked.days(today)
    witel = scoping.witel(call.caller, asked.witel)
    return {"items": contactability_trend.trend(witel and witel.casefold(), first, last)}
