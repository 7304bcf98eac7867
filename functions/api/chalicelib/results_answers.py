"""What the API answers about runs, scripts and itself."""

from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field

from caring.runs import reasons
from chalicelib.answers import Answer, Listed
from chalicelib.models import Channel


class RunStarted(Answer):
    """A run that has begun to plan."""

    run_id: str


class Counted(Answer):
    """A bucket with its reasons."""

    total: int
    by_reason: dict[str, int] = Field(
        description=f"of skipped customers: {reasons.described()}; of rejected and failed: the provider's, in our words"
    )


class Ledger(Answer):
    """Each targeted customer is in one bucket: targeted is the sum of the others."""

    targeted: int
    pending: int
    sending: int
    unknown: int
    accepted: int
    delivered: int
    read: int
    skipped: Counted
    rejected: Counted
    failed: Counted
    held_out: int


class Forecast(Answer):
    """What a planned run would do; cost of the first wave in rupiah, limit = what makes it finish so late.

    cost_at_most: if every further wave goes to all of them over the dearest channel.
    """

    model_config = ConfigDict(extra="allow")
    targeted: int
    by_channel: dict[str, int]
    skipped: Counted
    cost: int
    cost_at_most: int | None = None
    finishes_at: datetime
    limit: str


class Reconciled(Answer):
    """The ledger counted anew, and the live counters as they were; balanced if all adds up."""

    balanced: bool
    ledger: Ledger
    counters: Ledger
    waves: list[Ledger]
    at: datetime


class Run(Answer):
    """One execution of a program."""

    run_id: str
    program_id: str
    witel: str | None
    state: Literal["planning", "planned", "releasing", "waiting", "paused", "finished", "cancelled", "failed"]
    reason: str | None
    created_at: datetime
    created_by: str
    script_version: int
    forecast: Forecast | None
    ledger: Ledger
    waves: list[Ledger]
    reconciled: Reconciled | None


class Runs(Listed):
    """A page of runs."""

    items: list[Run]


class Message(Answer):
    """What became of one targeted customer in a run."""

    customer_id: str
    wave: int
    channel: str | None
    status: str
    reason: str | None = Field(
        description=f"of a skipped customer: {reasons.described()}; of a rejected or failed message: the provider's"
    )
    reference: str | None
    at: datetime | None
    why: str | None


class Messages(Listed):
    """A page of messages."""

    items: list[Message]


class File(Answer):
    """Where a file can be fetched for a short time; url is null while it is being made: ask again."""

    state: Literal["ready", "making"]
    url: str | None


class Why(Answer):
    """Whether a program would reach a customer now."""

    customer_id: str
    program_id: str
    reached: bool
    channel: str | None
    reason: str | None = Field(description=f"null = he is reached; {reasons.described(by_why=True)}")
    why: str


class Script(Answer):
    """An approved wording with one variant per channel and language."""

    model_config = ConfigDict(extra="allow")
    script_id: str
    name: str
    purpose: str
    state: str


class Scripts(Listed):
    """A page of scripts."""

    items: list[Script]


class Health(Answer):
    """Whether what the API depends on answers."""

    status: Literal["ok", "degraded"]
    dependencies: dict[str, Literal["ok", "down"]]


class ParkedThing(Answer):
    """A receipt or reply that could not be matched; the body is shown to ops only."""

    at_id: str
    at: datetime
    reason: str
    detail: str | None = None
    reference: str | None = None
    body: Any = None


class ParkedThings(Listed):
    """A page of parked things."""

    items: list[ParkedThing]


class Breaker(Answer):
    """A channel's breaker: open while its provider is in trouble, half open while one worker tries it."""

    state: Literal["closed", "open", "half_open"]
    until: datetime | None
    reason: str | None


class KillSwitch(Answer):
    """Whether all sending is stopped, since when and by whom, and which channels wait."""

    on: bool
    reason: str | None
    by: str | None
    at: datetime | None
    channels: dict[Channel, Breaker]
