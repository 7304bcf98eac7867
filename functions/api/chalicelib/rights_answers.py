"""What the API answers about customers' data and their contactability."""

from datetime import date, datetime
from typing import Literal

from chalicelib.answers import Answer, Listed


class Request(Answer):
    """What a customer asked of his data; late = not done by `due_at`."""

    customer_id: str
    request_id: str
    kind: Literal["access", "correction", "withdrawal", "erasure"]
    source: str
    state: Literal["open", "done"]
    asked_at: datetime
    due_at: datetime
    by: str
    done_at: datetime | None
    done_by: str | None
    late: bool


class Requests(Listed):
    """Requests."""

    items: list[Request]


class Exported(Answer):
    """The file with everything that is kept, and the request that it answers."""

    request: Request
    url: str


class TrendDay(Answer):
    """A witel on a day ("*" = all): the mean score, and the share of customers above the score of [contactability]."""

    day: date
    witel: str
    customers: int
    score: float | None
    reachable_percent: float | None
    no_valid_contact: int


class Trend(Answer):
    """Days, oldest first."""

    items: list[TrendDay]
