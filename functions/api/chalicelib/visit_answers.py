"""What the API answers about rounds of visits."""

import datetime

from pydantic import Field

from chalicelib.answers import Answer, Listed
from chalicelib.outcome_answers import WorkItem


class VisitRound(Answer):
    """Visits of one district on one day."""

    round: str = Field(description="its name within the witel; the items of its visits show it too")
    visit_on: datetime.date
    number: int
    witel: str
    district: str
    planned_by: str
    planned_at: datetime.datetime
    visits: list[WorkItem] = Field(description="in the order of the round, village by village")


class Rounds(Listed):
    """Rounds."""

    items: list[VisitRound]
