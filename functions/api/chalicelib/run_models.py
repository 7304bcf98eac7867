"""What the API takes about runs and the work that comes of them: bodies and queries, as in chalicelib/models.py."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from caring.work import items
from chalicelib.models import Asked, Channel, Id, Moment, NextToken, Page, Said, Text, Witel
from chalicelib.paging import decode

Status = Literal[
    "pending", "sending", "unknown", "accepted", "delivered", "read", "skipped", "rejected", "failed", "held_out"
]
Reason = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,60}$", description="snake_case, as in a run's ledger")]


class NewRun(Said):
    """A run for those whom an ended run left in some statuses, for some reasons; empty for the program's audience."""

    from_run: Id | None = None
    statuses: list[Status] = Field(
        default_factory=list,
        max_length=10,
        description="empty = those not reached: pending, skipped, rejected, failed; never unknown, held_out",
    )
    reasons: list[Reason] = Field(default_factory=list, max_length=50, description="empty = whatever the reason")

    @model_validator(mode="after")
    def _of_a_run(self) -> "NewRun":
        if self.from_run is None and (self.statuses or self.reasons):
            raise ValueError("statuses and reasons are those of an earlier run: name it as from_run")
        return self


class MessagesQuery(Page):
    """Which of a run's customers."""

    status: Status | None = None
    channel: Channel | None = None


class WhyQuery(Asked):
    """Which customer and program."""

    customer_id: Id
    program_id: Id


class EffectQuery(Asked):
    """Where to go on counting a large run."""

    next: NextToken | None = None

    @property
    def began(self) -> str | None:
        """When the counting began that is to go on; CaringError bad_next for a token that is none of ours."""
        return decode(self.next) if self.next else None


class WorkItemsQuery(Page):
    """Which lockers: of one unit or all, in one witel."""

    unit: Literal[items.UNITS] | None = None  # type: ignore[valid-type]
    kind: Literal[items.KINDS] | None = None  # type: ignore[valid-type]
    state: Literal[items.STATES] = "open"  # type: ignore[valid-type]
    priority: Literal["high", "regular"] | None = Field(default=None, description="high = customers of high value")
    due_before: Moment | None = Field(default=None, description="with its zone: what is due before then")
    overdue: bool = Field(default=False, description="true = only what should have been done by now")
    witel: Witel | None = None


class PreferredChannel(Said):
    """The channel that a person chooses for a customer; null leaves it to the rules again."""

    channel: Channel | None
    reason: Text
