"""Customers: found by id, number or mailbox, changed by staff, and shown under the names of the import file.

What staff change here an import never overwrites: `edited` says which fields, and for the bill's own fields `paid_for`
says up to which due date, so that the next bill is taken from the file again.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from caring import aws, clock, environment, timeline
from caring.customers import areas, contactability, model
from caring.customers.importing import fields as rules
from caring.errors import CaringError, conflict, not_found
from caring.typed import plain, typed

Item = model.Item

_TRIES = 3
_MOST_FOUND = 200  # customers behind one number; more is a placeholder, not a household
_PHONE_INDEXES = {"by_phone": "phone", "by_whatsapp": "whatsapp", "by_home_phone": "home_phone"}
_BILL_FIELDS = ("amount_due", "paid_on")
_EMPTY = {"segment": "REGULAR", "language": "id", "points": 0}  # what the file's contract puts for a blank
_CHANNELS_OF = {
    field: [c for c in model.CHANNELS if model.CONTACT_FIELD[c] == field] for field in ("phone", "whatsapp", "email")
}
READERS: dict[str, Callable[[str], rules.Read]] = {
    **dict.fromkeys(("name", "address", "village", "district", "witel", "product"), rules.text),
    **dict.fromkeys(("phone", "whatsapp"), rules.mobile_phone),
    "home_phone": rules.any_phone,
    "email": rules.email,
    "segment": rules.segment,
    "language": rules.language,
    **dict.fromkeys(model.DATE_FIELDS, rules.day),
    **dict.fromkeys(("monthly_charge", "amount_due"), rules.amount),
    "points": rules.points,
}
_SAYS = {
    "invalid_phone": "is no valid telephone number",
    "not_mobile": "is not a mobile number: a landline belongs into home_phone",
    "invalid_email": "is no valid mailbox",
    "invalid_amount": "must be whole rupiah, such as 350000",
    "invalid_date": "must be a real day, YYYY-MM-DD or DD/MM/YYYY",
    "invalid_value": "has a value that does not exist there",
}


def get(customer_id: str) -> Item:
    """The customer, read consistently. CaringError 404 if there is none."""
    key = {"customer_id": {"S": customer_id}}
    answer = aws.client("dynamodb").get_item(TableName=environment.table("customers"), Key=key, ConsistentRead=True)
    if "Item" not in answer:
        raise not_found("customer", customer_id)
    item: Item = answer["Item"]
    return item


def find_by_phone(text: str) -> list[Item]:
    """Customers whose phone, whatsapp or home_phone this is, by id. CaringError 400 for what is no number."""
    number, wrong = rules.typed_phone(text.strip())
    if wrong:
        raise CaringError(wrong, f"phone {_SAYS[wrong]}; write it as 08…, 62… or +62…")
    return _found({index: (field, str(number)) for index, field in _PHONE_INDEXES.items()})


def find_by_email(text: str) -> list[Item]:
    """Customers with this mailbox, without regard to case, by id. CaringError 400 for what is no mailbox."""
    mailbox, wrong = rules.email(text.strip())
    if wrong:
        raise CaringError(wrong, f"email {_SAYS[wrong]}")
    return _found({"by_email": ("email_key", str(mailbox).lower())})


def _found(searches: Mapping[str, tuple[str, str]]) -> list[Item]:
    ids: dict[str, None] = {}
    for index, (field, value) in searches.items():
        answer = aws.client("dynamodb").query(
            TableName=environment.table("customers"),
            IndexName=index,
            KeyConditionExpression="#field = :value",
            ExpressionAttributeNames={"#field": field},
            ExpressionAttributeValues={":value": {"S": value}},
            Limit=_MOST_FOUND,
        )
        ids |= dict.fromkeys(item["customer_id"]["S"] for item in answer["Items"])
    return existing(sorted(ids)[:_MOST_FOUND])


def existing(ids: Iterable[str]) -> list[Item]:
    """Those of the customers that are there, in the order given."""
    return [item for customer_id in ids if (item := _if_there(customer_id))]


def _if_there(customer_id: str) -> Item | None:
    try:
        return get(customer_id)
    except CaringError:
        return None  # removed after the index was read


def patch(customer_id: str, changes: Mapping[str, Any], *, actor: str) -> Item:
    """Change fields by the import file's rules and return the customer; None or "" empties a field.

    CaringError: 400 with the file's own issue code, 404 unknown, 409 if others keep changing the customer.
    """
    values = {field: clean(field, value) for field, value in changes.items()}
    for _ in range(_TRIES):
        item = get(customer_id)
        if model.flag(item, "erased"):
            raise conflict("erased", "the customer's data were erased and cannot be changed any more")
        changed = {field: value for field, value in values.items() if _stored(item, field) != value}
        if not changed:
            return item
        if _write(item, changed):
            timeline.append(customer_id, "change", fields=sorted(changed), by=actor)
            return get(customer_id)
    raise conflict("changed_meanwhile", "the customer is being changed by others: read it and try again")


def clean(field: str, value: Any) -> Any:
    """A field's stored form, None for empty; CaringError 400 with the import's issue code for a bad value."""
    cell = "" if value is None else str(value).strip()
    if cell == "":
        if field == "name":
            raise CaringError("missing_name", "name: a customer needs one")
        return _EMPTY.get(field)
    read, wrong = ("", "invalid_value") if isinstance(value, bool) else READERS[field](cell)
    if wrong:
        raise CaringError(wrong, f"{field} {_SAYS[wrong]}")
    return read


def _stored(item: Item, field: str) -> Any:
    return plain(item[field]) if field in item else None


def _write(item: Item, changed: Mapping[str, Any]) -> bool:
    """Write all changes if the item is still as it was read; False if it is not."""
    at = clock.iso(clock.now())
    values = dict(changed)
    if "email" in changed:
        values["email_key"] = changed["email"].lower() if changed["email"] else None
    if "witel" in changed:
        values["witel_key"] = changed["witel"].casefold() if changed["witel"] else None
    if not set(areas.FIELDS).isdisjoint(changed):
        values["area_key"] = areas.area_key(*(changed.get(f, _stored(item, f)) for f in areas.FIELDS))
    due_date = changed["due_date"] if "due_date" in changed else model.text(item, "due_date")
    edited = dict(plain(item["edited"])) if "edited" in item else {}
    for field in changed:
        if field in _BILL_FIELDS and due_date:
            values["paid_for"] = due_date
        else:
            edited[field] = at
    invalid = dict(plain(item["invalid"])) if "invalid" in item else {}
    for field in changed:
        for channel in _CHANNELS_OF.get(field, ()):
            invalid.pop(channel, None)  # a new number or mailbox is thought valid until it proves otherwise
    values |= {"edited": edited, "invalid": invalid, "updated_at": at}
    version = model.number(item, "version") or 0
    names = {f"#f{place}": field for place, field in enumerate(values)}
    filled = {f":f{p}": typed(value) for p, value in enumerate(values.values()) if value is not None}
    sets = [f"#f{p} = :f{p}" for p, value in enumerate(values.values()) if value is not None]
    drops = [f"#f{p}" for p, value in enumerate(values.values()) if value is None]
    try:
        aws.client("dynamodb").update_item(
            TableName=environment.table("customers"),
            Key={"customer_id": item["customer_id"]},
            UpdateExpression=f"SET {', '.join(sets)}, #version = :next"
            + (f" REMOVE {', '.join(drops)}" if drops else ""),
            ConditionExpression="#version = :version" if version else "attribute_not_exists(#version)",
            ExpressionAttributeNames=names | {"#version": "version"},
            ExpressionAttributeValues=filled
            | {":next": {"N": str(version + 1)}}
            | ({":version": {"N": str(version)}} if version else {}),
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True


def view(item: Item) -> dict[str, Any]:
    """The customer as staff see him: every field of the import contract under its name, and what follows from them.

    contact_points: as model.contact_points, with consent = to any purpose and consents: {purpose: bool};
    contactability: {score, state, offers, service, survey}, the last three the channels that may be used for that.
    """
    shown: dict[str, Any] = {field: _stored(item, field) for field in model.FIELDS}
    # What the file said, unless the customer has spoken since: his word is what counts, here as in sending.
    shown |= {
        f"consent_{channel}": any(model.consent(item, channel, purpose) for purpose in model.PURPOSES)
        for channel in model.CHANNELS
    }
    shown |= {field: shown[field] or "" for field in ("address", "village", "district", "witel", "product")}
    points = [
        point | {"consent": any(point["consent"].values()), "consents": point["consent"]}
        for point in model.contact_points(item)
    ]
    shown["contact_points"] = points
    shown["episode"] = model.text(item, "episode")
    shown["contactability"] = _contactability(item, points)
    shown["preferred"] = _stored(item, "preferred")
    now = clock.iso(clock.now())
    window, check = model.text(item, "whatsapp_window_until"), _stored(item, "payment_check")
    shown["whatsapp_window_until"] = window if window and window > now else None
    shown["payment_check_until"] = check["until"] if check and check["until"] > now else None
    shown["last_reply_at"] = model.text(item, "last_reply_at")
    shown["erased"] = model.flag(item, "erased")
    shown["updated_at"] = model.text(item, "updated_at")
    return shown


def _contactability(item: Item, points: list[dict[str, Any]]) -> dict[str, Any]:
    usable = {
        purpose: [point["channel"] for point in points if point["valid"] and point["consents"][purpose]]
        for purpose in model.PURPOSES
    }
    if model.flag(item, "erased"):
        state = "erased"
    elif not any(point["valid"] for point in points):
        state = "no_valid_contact"
    else:
        state = "reachable" if any(usable.values()) else "no_consent"
    return {"score": contactability.score(item, clock.now()), "state": state, **usable}
