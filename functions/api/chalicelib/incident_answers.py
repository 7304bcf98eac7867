"""What the API answers about incidents."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from chalicelib.answers import Answer, Listed


class IncidentCounts(Answer):
    """What has come of it so far; customers are counted once each."""

    reports: int = Field(description="fault tickets of the village in its time")
    reporters: int = Field(description="… of so many customers")
    tickets: int = Field(description="tickets that follow it")
    affected: int = Field(description="customers who live in the village now")
    customers: int = Field(description="customers whom it concerns, as far as they are found")
    held: int = Field(description="whose bills and offers wait now")
    released: int
    told: int = Field(description="neighbours to whom the disturbance was told before they complained")
    not_reached: int = Field(description="neighbours whom no channel may reach")
    asked: int = Field(description="who were asked, or told how to say, whether all is well again")


class IncidentHead(Answer):
    """A disturbance of one village."""

    incident_id: str
    state: Literal["proposed", "confirmed", "mended", "dismissed"]
    witel: str
    district: str
    village: str
    since: datetime = Field(description="from when on the village's fault tickets belong to it")
    proposed_at: datetime
    proposed_by: str = Field(description='who entered it; "system" when fault tickets did')
    confirmed_at: datetime | None
    confirmed_by: str | None
    note: str | None
    mended_at: datetime | None
    mended_by: str | None
    mended_note: str | None
    dismissed_at: datetime | None
    dismissed_by: str | None
    reason: str | None


class Incident(IncidentHead):
    """With what has come of it."""

    counts: IncidentCounts


class Incidents(Listed):
    """Incidents."""

    items: list[IncidentHead]
