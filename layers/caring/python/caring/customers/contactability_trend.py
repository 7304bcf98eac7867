"""The trend of contactability: measured once a day, segment by segment of the customers table, kept per witel.

A day of a witel is one item of the measures table in which each segment has a place of its own, so measuring a segment
again replaces what it had counted. The measure of all witels lists those it has seen.
"""

from collections import defaultdict
from datetime import date
from typing import Any

import orjson

from caring import aws, clock, configuration, environment, tables
from caring.customers import contactability, model
from caring.typed import plain_item, typed

_MEASURE = "contactability"
_COUNTS = ("customers", "points", "reachable", "no_valid_contact")


def start() -> dict[str, Any]:
    """Start the measuring of today, one call of this function per segment: {day, segments}."""
    settings = configuration.get()
    day = clock.local_date(clock.now(), settings.zones.default).isoformat()
    for segment in range(settings.plan.segments):
        aws.client("lambda").invoke(
            FunctionName=environment.get("MEASURE_FUNCTION"),
            InvocationType="Event",
            Payload=orjson.dumps({"day": day, "segment": segment, "segments": settings.plan.segments}),
        )
    return {"day": day, "segments": settings.plan.segments}


def measure(day: str, segment: int, segments: int) -> dict[str, int]:
    """Count one segment for a day (YYYY-MM-DD): {customers, witels}. Harmless when repeated."""
    now = clock.now()
    counted: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(_COUNTS, 0))
    names = {f"#r{place}": name for place, name in enumerate(contactability.READS)}
    pages = (
        aws.client("dynamodb")
        .get_paginator("scan")
        .paginate(
            TableName=environment.table("customers"),
            Segment=segment,
            TotalSegments=segments,
            ProjectionExpression=", ".join(names),
            ExpressionAttributeNames=names,
        )
    )
    for page in pages:
        for customer in page["Items"]:
            if model.flag(customer, "erased"):
                continue
            score = contactability.score(customer, now)
            points = model.contact_points(customer)
            for name in (model.text(customer, "witel_key") or "", "*"):
                counts = counted[name]
                counts["customers"] += 1
                counts["points"] += score
                counts["reachable"] += score >= configuration.get().contactability.reachable
                counts["no_valid_contact"] += not any(point["valid"] for point in points)
    for witel, counts in counted.items():
        _keep(witel, day, segment, counts)
    if counted:
        _keep_witels(day, set(counted) - {"*", ""})
    return {"customers": counted["*"]["customers"], "witels": len(counted) - 1}


def _keep(witel: str, day: str, segment: int, counts: dict[str, int]) -> None:
    _update(witel, day, "SET #segment = :counts", {"#segment": f"s{segment}"}, {":counts": typed(counts)})


def _keep_witels(day: str, witels: set[str]) -> None:
    if witels:
        _update("*", day, "ADD #witels :witels", {"#witels": "witels"}, {":witels": {"SS": sorted(witels)}})


def _update(witel: str, day: str, change: str, names: dict[str, str], values: dict[str, Any]) -> None:
    aws.client("dynamodb").update_item(
        TableName=environment.table("measures"),
        Key={"measure": {"S": f"{_MEASURE}#{witel}"}, "day": {"S": day}},
        UpdateExpression=change,
        ExpressionAttributeNames=names,
        ExpressionAttributeValues=values,
    )


def trend(witel: str | None, first: date, last: date) -> list[dict[str, Any]]:
    """A line per day of a witel (casefolded), or with None per day and witel and for all ("*"), oldest first.

    Each is {day, witel, customers, score (mean), reachable_percent, no_valid_contact}.
    """
    whole = _days(witel or "*", first, last)
    lines = [_line(witel or "*", item) for item in whole]
    if witel is None:
        seen = sorted({name for item in whole for name in item.get("witels", ())})
        lines += [_line(name, item) for name in seen for item in _days(name, first, last)]
    return sorted(lines, key=lambda line: (line["day"], line["witel"]))


def _days(witel: str, first: date, last: date) -> list[dict[str, Any]]:
    measured = tables.query(
        environment.table("measures"),
        KeyConditionExpression="measure = :measure AND #day BETWEEN :first AND :last",
        ExpressionAttributeNames={"#day": "day"},
        ExpressionAttributeValues={
            ":measure": {"S": f"{_MEASURE}#{witel}"},
            ":first": {"S": first.isoformat()},
            ":last": {"S": last.isoformat()},
        },
    )
    return list(map(plain_item, measured))


def _line(witel: str, item: dict[str, Any]) -> dict[str, Any]:
    counts = [part for name, part in item.items() if name.startswith("s")]
    total = {name: sum(part[name] for part in counts) for name in _COUNTS}
    n = total["customers"]
    return {
        "day": item["day"],
        "witel": witel,
        "customers": n,
        "score": round(total["points"] / n, 1) if n else None,
        "reachable_percent": round(100 * total["reachable"] / n, 1) if n else None,
        "no_valid_contact": total["no_valid_contact"],
    }
