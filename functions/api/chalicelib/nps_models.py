"""What the API takes about episodes and NPS: bodies and queries, as in chalicelib/models.py."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from chalicelib.models import Asked, Id, Moment, Said, Witel


def _day(text: object) -> object:
    if not isinstance(text, str) or len(text) != 10 or not "2000" <= text[:4] <= "2100":
        raise ValueError("must be a day YYYY-MM-DD of the years 2000 to 2100")
    return text


Day = Annotated[date, BeforeValidator(_day), Field(description="YYYY-MM-DD, in the witel's zone")]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class EndedEpisode(Said):
    """An episode of a customer's journey that has ended."""

    customer_id: Id
    episode: Literal["aware", "buy", "activate", "use", "pay", "get_support", "leave"]
    at: Moment = Field(description="when it ended, with its zone")
    subject: Annotated[str, Field(min_length=1, max_length=80, description="what it was about: a ticket, …")] | None = (
        None
    )
    staff: Annotated[str, Field(min_length=1, max_length=120, description="who looked after it")] | None = None


class Span(Asked):
    """Which days, both included, and which witel."""

    from_: Day | None = Field(default=None, alias="from", description="left out = some months before `to`")
    to: Day | None = Field(default=None, description="left out = today")
    witel: Witel | None = None


class NpsQuery(Span):
    """Which figures."""

    by: Literal["episode", "segment", "channel", "week", "program"] | None = None


class ThemesQuery(Span):
    """Which comments."""

    by: Literal["episode", "program"] | None = None


class PlanQuery(Asked):
    """How sure a figure should be, and what is expected; what is left out is taken from the latest scores."""

    margin: Annotated[float, Field(ge=0.5, le=100, allow_inf_nan=False, description="points, of 95 %")]
    promoters: Percent | None = None
    detractors: Percent | None = None
    response: Annotated[float, Field(ge=0.1, le=100, allow_inf_nan=False, description="percent that answer")] | None = (
        None
    )
    witel: Witel | None = None

    @model_validator(mode="after")
    def _fit_together(self) -> "PlanQuery":
        if (self.promoters is None) != (self.detractors is None):
            raise ValueError("give both promoters and detractors, or neither")
        if (self.promoters or 0) + (self.detractors or 0) > 100:
            raise ValueError("promoters and detractors are at most 100 percent together")
        return self
