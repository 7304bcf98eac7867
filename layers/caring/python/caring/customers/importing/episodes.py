"""A file of episodes that have ended: customer_id, episode, ended_at, and perhaps what it was about and who cared.

Rows are told to nps.episodes one by one, so each may make a survey, and the same row again changes nothing.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from caring.customers import model
from caring.customers import store as customers
from caring.customers.importing.importer import Importer
from caring.customers.importing.rows import Issue
from caring.errors import CaringError
from caring.ids import CUSTOMER_ID
from caring.nps import episodes
from caring.nps.origin import EPISODES
from caring.runs.windows import zone_of

REQUIRED = ("customer_id", "episode", "ended_at")
COLUMNS = (*REQUIRED, "subject", "staff")

_LIMITS = {"subject": 80, "staff": 120}  # characters; more is dropped, with an issue


def take(cells: dict[str, str], importer: Importer | None) -> tuple[str | None, str | None, list[Issue]]:
    """End the episode of one row: (why the row is rejected or None, customer_id, issues)."""
    customer_id, episode = cells["customer_id"], cells["episode"].casefold()
    if not customer_id:
        return "missing_customer_id", None, []
    if not CUSTOMER_ID.fullmatch(customer_id):
        return "malformed_customer_id", customer_id[:40], []
    if episode not in EPISODES:
        return "unknown_episode", customer_id, []
    try:
        customer = customers.get(customer_id)
    except CaringError:
        return "unknown_customer", customer_id, []
    if importer and not importer.may_write(customer):
        return "other_witel", customer_id, []
    at = _moment(cells["ended_at"], zone_of(model.text(customer, "witel_key")))
    if at is None:
        return "invalid_date", customer_id, []
    about = {name: cells[name] for name in _LIMITS if cells.get(name)}
    issues = [(name, "too_long") for name, said in about.items() if len(said) > _LIMITS[name]]
    for name, _ in issues:
        del about[name]
    try:
        episodes.ended(customer_id, episode, at, subject=about.get("subject"), staff=about.get("staff"))
    except CaringError as refusal:
        return ("erased" if refusal.status == 409 else "invalid_date"), customer_id, []  # yet to come, or long past
    return None, customer_id, issues


def _moment(text: str, zone: str) -> datetime | None:
    """A time in ISO form, in the customer's own zone where it names none (a day is its beginning); None for another."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
