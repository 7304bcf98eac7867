"""Access: everything that is kept about a customer, as one JSON file that he can be given."""

from typing import Any

import orjson

from caring import aws, clock, environment
from caring.customers import model, store
from caring.ids import new_id
from caring.rights import files, requests, stores
from caring.typed import plain_item

FORMAT = "caring.customer/1"
_LINK_SECONDS = 900
_INNER = frozenset({"token", "task_token", "claim", "expires_at", "locker", "order_key", "version"})  # of our machinery


def export(customer_id: str, *, actor: str) -> dict[str, Any]:
    """Write the file and note the request as done: {request, url}, a link for a short time.

    CaringError 404 for an unknown customer.
    """
    customer = store.get(customer_id)
    witel_key = model.text(customer, "witel_key")
    asked = requests.ask(customer_id, "access", source="staff", actor=actor, witel_key=witel_key)
    key = f"{files.exports_of(customer_id)}{new_id()}.json"
    aws.client("s3").put_object(
        Bucket=environment.get("DATA_BUCKET"),
        Key=key,
        Body=orjson.dumps(gather(customer), option=orjson.OPT_INDENT_2),
        ContentType="application/json; charset=utf-8",
        ContentDisposition='attachment; filename="customer.json"',
    )
    requests.fulfil(customer_id, "access", actor=actor)
    url = aws.client("s3").generate_presigned_url(
        "get_object", Params={"Bucket": environment.get("DATA_BUCKET"), "Key": key}, ExpiresIn=_LINK_SECONDS
    )
    return {"request": requests.shown(requests.get(customer_id, asked["request_id"]) or asked), "url": url}


def gather(customer: model.Item) -> dict[str, Any]:
    """{format, made_at, customer, requests, timeline, messages, tickets, work_items, nps,
    incidents}: all items, plain."""
    customer_id = customer["customer_id"]["S"]
    return {
        "format": FORMAT,
        "made_at": clock.iso(clock.now()),
        "customer": _shown(plain_item(customer)),
        "requests": requests.listed(customer_id),
        **{name: [_shown(item) for item in stores.held(name, customer_id)] for name in stores.HELD},
    }


def _shown(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shown(inner) for name, inner in value.items() if name not in _INNER}
    return [_shown(inner) for inner in value] if isinstance(value, list) else value
