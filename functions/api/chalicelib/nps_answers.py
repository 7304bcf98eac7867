"""What the API answers about episodes and NPS."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field, RootModel

from chalicelib.answers import Answer, Listed
from chalicelib.models import Channel


class Survey(Answer):
    """Whether the end of an episode made a survey, and by which channel it goes; else the reason."""

    asked: bool
    channel: Channel | None
    reason: str | None = Field(description="asked_recently, open_ticket, fresh_detractor, not_reachable, …")
    why: str


class Episode(Answer):
    """An episode that has ended, once however often it is told."""

    customer_id: str
    episode_id: str
    episode: str
    at: datetime
    survey: Survey


class Response(Answer):
    """Surveys sent and answered; null by channel and segment while a run of surveys goes on."""

    asked: int | None
    answered: int | None
    response_rate: float | None = Field(description="0 to 1; null when nobody was asked")


class FollowUps(Answer):
    """The loop with detractors: resolved within `hours` of the score is in time."""

    detractors: int
    followed_up: int
    resolved_in_time: int
    resolved_late: int
    overdue: int
    hours: int


class Figure(Answer):
    """A figure in points; verdict against the target, not_shown when too few scores or too wide a margin."""

    n: int
    promoters: int
    passives: int
    detractors: int
    nps: float | None
    margin: float | None
    target: int
    verdict: Literal["above", "below", "not_shown"]
    surveys: Response
    follow_ups: FollowUps


class KeyedFigure(Figure):
    """The figure of one episode, segment, channel, week or program."""

    key: str


class Figures(Listed):
    """A figure for each key."""

    items: list[KeyedFigure]


class NpsAnswer(RootModel[Figure | Figures]):
    """One figure, or a list of them when `by` is given."""

    model_config = ConfigDict(defer_build=True)


class Example(Answer):
    """A comment, numbers and mailboxes masked."""

    text: str
    score: int | None = Field(description="null for what was said without a score")
    at: datetime


class SpokenTheme(Answer):
    """How often a theme is spoken of, and by whom."""

    theme: str
    title: str
    n: int
    promoters: int
    passives: int
    detractors: int
    examples: list[Example]


class SpokenCategory(Answer):
    """How often praise, or a complaint of a category, was heard."""

    category: str = Field(description="fault, billing, …, praise, as of complaints")
    title: str = Field(description="what the unit calls it: pujian, gangguan, …")
    n: int
    examples: list[Example]


class Spoken(Answer):
    """Comments of scores, messages without one, their themes and categories, the most spoken of first."""

    comments: int
    messages: int
    themes: list[SpokenTheme]
    categories: list[SpokenCategory]


class KeyedSpoken(Spoken):
    """The same of one episode or program."""

    key: str


class SpokenList(Listed):
    """The same for each key."""

    items: list[KeyedSpoken]


class ThemesAnswer(RootModel[Spoken | SpokenList]):
    """One set of themes, or a list of them when `by` is given."""

    model_config = ConfigDict(defer_build=True)


class SamplePlan(Answer):
    """Scores and surveys that a margin takes; shares in percent, and where they come from."""

    margin: float
    scores: int
    surveys: int
    promoters: float
    detractors: float
    response: float
    shares_from: Literal["given", "scores", "worst_case"]
    response_from: Literal["given", "surveys", "configuration"]
