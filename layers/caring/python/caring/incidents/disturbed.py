"""The areas in which a disturbance is being repaired, for rules that are asked about many customers one after another.

They bind from the confirmation on, before the area's customers are worked through, and whoever moves there is meant
too. A worker reads all of them together, and goes on with what it read for a moment.
"""

from time import monotonic

from caring import configuration
from caring.customers.model import Item, text
from caring.incidents import store

_known: dict[str, tuple[float, frozenset[str]]] = {}  # by table: until when (monotonic), and the areas


def is_home_of(customer: Item) -> bool:
    """Whether a customer lives where a disturbance is being repaired."""
    area = text(customer, "area_key")
    return area is not None and area in areas()


def areas() -> frozenset[str]:
    """The areas of all confirmed incidents."""
    table, now = store.table(), monotonic()
    until, found = _known.get(table, (0.0, frozenset()))
    if now >= until:
        found = frozenset(store.confirmed_areas())
        _known[table] = now + configuration.get().incidents.known_seconds, found
    return found
