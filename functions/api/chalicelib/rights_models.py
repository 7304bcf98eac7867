"""What the API takes about customers' data and their contactability."""

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from chalicelib.models import Asked, Said, Witel

_MOST_DAYS = 366
_USUAL_DAYS = 30


class NewRequest(Said):
    """What a customer asked, to be done within the time that the law gives."""

    kind: Literal["access", "correction", "withdrawal", "erasure"]
    source: Annotated[str, Field(min_length=1, max_length=200, description="where he said it: a call, a letter, …")]


class TrendQuery(Asked):
    """Which days, both included; the last month if left out. Who sees every witel may name one."""

    from_: Annotated[date | None, Field(alias="from")] = None
    to: date | None = None
    witel: Witel | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "TrendQuery":
        if self.from_ and self.to and not timedelta() <= self.to - self.from_ < timedelta(days=_MOST_DAYS):
            raise ValueError(f"from must not be after to, and at most {_MOST_DAYS} days before it")
        return self

    def days(self, today: date) -> tuple[date, date]:
        """The first and last day that are meant."""
        last = self.to or (max(today, self.from_) if self.from_ else today)
        first = self.from_ or last - timedelta(days=_USUAL_DAYS)
        return max(first, last - timedelta(days=_MOST_DAYS)), last
