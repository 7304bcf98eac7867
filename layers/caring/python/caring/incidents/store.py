"""Incidents as their table holds them, and each area's place, in which one incident at a time may stand.

(incident_id, "meta") is the incident: {incident_id, area, witel, district, village, state, since, proposed_at,
proposed_by, …}; `since` is from when on the area's fault tickets belong to it. (incident_id, "customer#<customer_id>")
is one whom it concerns. ("area#<area>", "<opened_at>#<ticket_id>") is a fault ticket of an area, and ("area#<area>",
"current") says which incident the area has, and in which state: {current, state, since}. ("areas#confirmed",
"<area>") is there while the area has a confirmed one.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from caring import aws, clock, environment, places, tables
from caring.errors import not_found
from caring.ids import ID
from caring.typed import plain_item, typed, typed_item

Incident = dict[str, Any]

STATES = ("proposed", "confirmed", "mended", "dismissed")
GOING_ON = ("proposed", "confirmed")
ENDED = ("mended", "dismissed")
META, CURRENT, CUSTOMER = "meta", "current", "customer#"
CONFIRMED = "areas#confirmed"
_AFTER_TIMES, _AFTER_CUSTOMERS = "A", "customer$"  # what sorts behind all parts of a sort


def key(incident_id: str, part: str = META) -> dict[str, Any]:
    """The key of an incident, or of a part of it."""
    return {"incident_id": {"S": incident_id}, "part": {"S": part}}


def place(area: str) -> str:
    """Under which id an area's reports and its current incident stand."""
    return f"area#{area}"


def table() -> str:
    """The name of the incidents table."""
    return environment.table("incidents")


def witel_state(state: str, witel: str) -> str:
    """The key of the index by state: a witel's incidents of one state."""
    return f"{state}#{witel.casefold()}"


def get(incident_id: str) -> Incident:
    """The incident, read consistently. CaringError 404 if there is none."""
    found = part(incident_id, META) if ID.match(incident_id) else None
    if found is None:
        raise not_found("incident", incident_id)
    return found


def part(incident_id: str, name: str) -> dict[str, Any] | None:
    """A part of an incident, or of an area's place, read consistently; None if it is not there."""
    answer = aws.client("dynamodb").get_item(TableName=table(), Key=key(incident_id, name), ConsistentRead=True)
    return plain_item(answer["Item"]) if "Item" in answer else None


def parts(incident_id: str, *, first: str, last: str, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """The parts from `first` to `last`, in their order, read consistently; at most `limit`."""
    found = tables.query(
        table(),
        KeyConditionExpression="incident_id = :id AND part BETWEEN :first AND :last",
        ExpressionAttributeValues={":id": {"S": incident_id}, ":first": {"S": first}, ":last": {"S": last}},
        ConsistentRead=True,
        **({"Limit": limit} if limit else {}),
    )
    for count, item in enumerate(found):
        if limit is not None and count >= limit:
            return
        yield plain_item(item)


def reports(area: str, since: str, *, after: str | None = None, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """An area's fault tickets that were opened at `since` (ISO) or later, oldest first, behind the part `after`."""
    return parts(place(area), first=f"{after} " if after else since, last=_AFTER_TIMES, limit=limit)


def ended(incident: Incident) -> str:
    """Behind the last report that can belong to an incident."""
    return f"{incident.get('mended_at') or incident.get('dismissed_at') or ''}~"


def customers(incident_id: str, after: str | None, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """Those whom an incident concerns, in the order of their ids, after one of them."""
    first = f"{CUSTOMER}{after} " if after else CUSTOMER  # a blank sorts before whatever an id may go on with
    return parts(incident_id, first=first, last=_AFTER_CUSTOMERS, limit=limit)


def current(area: str) -> dict[str, Any] | None:
    """Which incident an area has or had last, {current, state, since}; `since` is when its state began."""
    return part(place(area), CURRENT)


def propose(incident: Incident, seen: Mapping[str, Any] | None, lapsed: str | None = None) -> bool:
    """Enter an incident as its area's, if the area's place is as it was seen; False if it is not.

    `lapsed` is the proposal that it takes the place of.
    """
    whole = incident | {"part": META, "witel_state": witel_state(incident["state"], incident["witel"])}
    standing = {"current": incident["incident_id"], "state": incident["state"], "since": incident["proposed_at"]}
    put = {"TableName": table(), "Item": key(place(incident["area"]), CURRENT) | typed_item(standing)}
    if seen is None:
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(incident_id)"}
    else:
        condition = {
            "ConditionExpression": "#current = :current AND #state = :state",
            "ExpressionAttributeNames": {"#current": "current", "#state": "state"},
            "ExpressionAttributeValues": {":current": {"S": seen["current"]}, ":state": {"S": seen["state"]}},
        }
    writes: list[dict[str, Any]] = [
        {"Put": {"TableName": table(), "Item": typed_item(whole)}},
        {"Put": put | condition},
    ]
    if lapsed:
        said = {"dismissed_at": incident["proposed_at"], "reason": "nobody decided on it in time"}
        writes.append({"Update": _turned(get(lapsed), "dismissed", said)})
    return _together(writes)


def turn(incident: Incident, state: str, sets: Mapping[str, Any]) -> Incident | None:
    """Bring an incident that is as it was read into another state, with its area's place; None if it has changed."""
    update = {
        "TableName": table(),
        "Key": key(place(incident["area"]), CURRENT),
        "UpdateExpression": "SET #state = :state, since = :since",
        "ConditionExpression": "#current = :id",
        "ExpressionAttributeNames": {"#state": "state", "#current": "current"},
        "ExpressionAttributeValues": {
            ":state": {"S": state},
            ":since": {"S": clock.iso(clock.now())},
            ":id": {"S": incident["incident_id"]},
        },
    }
    disturbed = key(CONFIRMED, incident["area"])
    marks: list[dict[str, Any]] = []
    if state == "confirmed":
        held = disturbed | {"current": {"S": incident["incident_id"]}}
        marks = [{"Put": {"TableName": table(), "Item": held}}]
    elif incident["state"] == "confirmed":
        marks = [{"Delete": {"TableName": table(), "Key": disturbed}}]
    done = _together([{"Update": _turned(incident, state, sets)}, {"Update": update}, *marks])
    return get(incident["incident_id"]) if done else None


def _turned(incident: Incident, state: str, sets: Mapping[str, Any]) -> dict[str, Any]:
    values = {**sets, "state": state, "witel_state": witel_state(state, incident["witel"])}
    return {
        "TableName": table(),
        "Key": key(incident["incident_id"]),
        "UpdateExpression": "SET " + ", ".join(f"#n{i} = :v{i}" for i in range(len(values))),
        "ConditionExpression": "#state = :was",
        "ExpressionAttributeNames": {f"#n{i}": name for i, name in enumerate(values)} | {"#state": "state"},
        "ExpressionAttributeValues": {f":v{i}": typed(value) for i, value in enumerate(values.values())}
        | {":was": {"S": incident["state"]}},
    }


def _together(writes: list[dict[str, Any]]) -> bool:
    try:
        aws.client("dynamodb").transact_write_items(TransactItems=writes)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("TransactionCanceledException", "TransactionConflictException"):
            raise
        return False
    return True


def note(incident_id: str, customer_id: str, sets: Mapping[str, Any], ticket_id: str | None = None) -> dict[str, Any]:
    """Keep of a customer whom an incident concerns what was not kept yet; all that is kept of him now."""
    values = {"customer_id": customer_id, **sets}
    names = {f"#n{i}": name for i, name in enumerate(values)}
    typed_ = {f":v{i}": typed(value) for i, value in enumerate(values.values())}
    expression = "SET " + ", ".join(f"{name} = if_not_exists({name}, :v{i})" for i, name in enumerate(names))
    if ticket_id:
        expression += " ADD ticket_ids :ticket"
        typed_[":ticket"] = {"SS": [ticket_id]}
    kept = tables.update(
        table(),
        key(incident_id, f"{CUSTOMER}{customer_id}"),
        UpdateExpression=expression,
        ExpressionAttributeNames=names,
        ExpressionAttributeValues=typed_,
        ReturnValues="ALL_NEW",
    )
    return plain_item(kept or {})


def confirmed_areas() -> Iterator[str]:
    """The areas that have a confirmed incident, read consistently."""
    found = tables.query(
        table(),
        KeyConditionExpression="incident_id = :id",
        ExpressionAttributeValues={":id": {"S": CONFIRMED}},
        ConsistentRead=True,
    )
    return (item["part"]["S"] for item in found)


def listed(
    states: Sequence[str], witel: str, limit: int, after: str | None = None
) -> tuple[list[Incident], str | None]:
    """A witel's incidents of some states, the longest known first, after the place `after`; and the next `after`."""
    return places.page(
        places.Index(table(), "by_state", "witel_state", "proposed_at", "incident_id"),
        [witel_state(state, witel) for state in states],
        _read,
        limit=limit,
        after=after,
        wanted=lambda incident: incident["state"] in states,
    )


def _read(incident_ids: Sequence[str]) -> list[Incident]:
    return [plain_item(item) for item in tables.read(table(), map(key, incident_ids))]
