"""Lists in the order of an index: a page is filled from one or more partitions, whatever its filters leave out.

The indexes hold keys only, and may be a moment behind the table: what an item is now is read from the table.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from caring import tables

Item = dict[str, Any]


class Place(NamedTuple):
    """Where an item stands in an index: its sort key there, and its id."""

    sort: str
    id: str

    @classmethod
    def of(cls, text: str) -> "Place":
        """The place that `str` wrote."""
        sort, _, id_ = text.rpartition("#")
        return cls(sort, id_)

    def __str__(self) -> str:
        return f"{self.sort}#{self.id}"


class Index(NamedTuple):
    """A KEYS_ONLY index: the table's name, the index's, its partition and sort key, and the table's key."""

    table: str
    name: str
    partition: str
    sort: str
    id: str


def page(
    index: Index,
    partitions: Sequence[str],
    read: Callable[[list[str]], list[Item]],
    *,
    limit: int,
    after: str | None = None,
    keep: Callable[[Place], bool] = lambda _place: True,
    wanted: Callable[[Item], bool] = lambda _item: True,
) -> tuple[list[Item], str | None]:
    """At most `limit` items of the partitions, in the index's order after the place `after`, and where the next begin.

    `read` reads items by id; `keep` leaves out what its place alone tells, `wanted` what the item itself does.
    """
    since = Place.of(after) if after else None
    found: list[tuple[Place, Item]] = []
    while True:
        places = sorted(p for partition in partitions for p in _places(index, partition, limit + 1, since, keep))
        places = places[: limit + 1]
        items = {item[index.id]: item for item in read([place.id for place in places])}
        found += [(p, items[p.id]) for p in places if p.id in items and wanted(items[p.id])]
        if len(found) > limit or len(places) <= limit:
            break
        since = places[-1]
    following = str(found[limit - 1][0]) if len(found) > limit else None
    return [item for _, item in found[:limit]], following


def _places(
    index: Index, partition: str, limit: int, since: Place | None, keep: Callable[[Place], bool]
) -> list[Place]:
    """The first `limit` places of a partition after `since`."""
    condition, names, values = "#p = :p", {"#p": index.partition}, {":p": {"S": partition}}
    if since:
        condition += " AND #s >= :s"
        names["#s"], values[":s"] = index.sort, {"S": since.sort}
    found: list[Place] = []
    for item in tables.query(
        index.table,
        IndexName=index.name,
        KeyConditionExpression=condition,
        ExpressionAttributeNames=names,
        ExpressionAttributeValues=values,
    ):
        place = Place(item[index.sort]["S"], item[index.id]["S"])
        if (since and place <= since) or not keep(place):
            continue
        if len(found) >= limit and place.sort > found[-1].sort:
            break  # of those with the same sort key an index knows no order, so all of them are looked at
        found.append(place)
    return sorted(found)[:limit]
