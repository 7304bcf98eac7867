"""What the API takes about incidents: bodies and queries, as in chalicelib/models.py."""

from typing import Annotated, Literal

from pydantic import Field

from caring.incidents import store
from chalicelib.models import Page, Said, Text, Witel

_Note = Annotated[str, Field(min_length=1, max_length=500, description="for staff: no customer's data")]


class IncidentsQuery(Page):
    """Which incidents, in one witel: of one state; those that are not over if it is left out."""

    state: Literal[store.STATES] | None = None  # type: ignore[valid-type]
    witel: Witel | None = None


class NewIncident(Said):
    """The village that is disturbed, written as in customers' addresses."""

    village: Text
    district: Text | None = None
    witel: Witel | None = None
    note: _Note | None = None


class IncidentNote(Said):
    """What there is to say of it."""

    note: _Note | None = None


class IncidentReason(Said):
    """Why it is no incident."""

    reason: _Note
