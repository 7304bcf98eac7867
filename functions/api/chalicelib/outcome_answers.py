"""What the API answers about what came of runs: their effect, and the work that they left to people."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict

from chalicelib.answers import Answer, Listed
from chalicelib.models import Channel


class Group(Answer):
    """Customers of a run, and what they did since it began; paid_rate 0 to 1, null for none."""

    n: int
    paid: int
    paid_rate: float | None
    tickets: int
    churned: int


class Gap(Answer):
    """Treated less held out in percentage points, with its 95 % interval; null where a group is empty."""

    points: float | None
    low: float | None
    high: float | None
    verdict: Literal["better", "worse", "not_proven", "not_shown"]


class ByChoice(Answer):
    """What came of one choice of channel: messages of all waves; `why` null = whatever the reason."""

    channel: Channel
    why: str | None
    planned: int
    sent: int
    delivered: int
    read: int
    failed: int
    paid: int


class Count(Answer):
    """A number as forecast, and as it became."""

    forecast: int | None
    outcome: int


class Moment(Answer):
    """A time as forecast, and as it became: of the last message that its provider took."""

    forecast: datetime | None
    outcome: datetime | None


class Compared(Answer):
    """The first wave beside its forecast; costs in rupiah."""

    by_channel: dict[str, Count]
    cost: Count
    cost_of_all_waves: int
    finish: Moment


class Effect(Answer):
    """What a run achieved. Not complete = counted in part: ask again with `next`."""

    run_id: str
    at: datetime
    complete: bool
    next: str | None
    treated: Group
    held_out: Group
    difference: dict[Literal["paid", "tickets", "churned"], Gap]
    verdict: Literal["better", "worse", "not_proven", "not_shown"]
    method: str
    by_channel: list[ByChoice]
    by_why: list[ByChoice]
    compared: Compared


class WorkItem(Answer):
    """What a person has to do; further names depend on the kind."""

    model_config = ConfigDict(extra="allow")
    work_id: str
    kind: str
    unit: str
    state: Literal["open", "claimed", "done"]
    witel: str
    customer_id: str | None = None
    reason: str
    created_at: datetime
    due_at: datetime


class WorkItems(Listed):
    """A page of a locker."""

    items: list[WorkItem]
