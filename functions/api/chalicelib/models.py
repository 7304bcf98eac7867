"""What the API takes: each body and query as the model that validates it and that OpenAPI shows.

Loaded with the first request that says something (chalicelib/routing.py): a cold start that only reads does without.
"""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from unicodedata import category

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from caring import configuration
from caring.customers.model import FIELDS
from caring.programs.kinds import KindName
from chalicelib.paging import decode

Channel = Literal["whatsapp", "sms", "email", "voice"]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9._~-]{1,80}$", description="letters, digits and . _ ~ -")]
Rupiah = Annotated[int, Field(ge=0, le=999_999_999_999, description="whole rupiah")]
Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="HH:MM in the customer's zone")]


def _moment(said: object) -> datetime:
    try:
        moment = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not 2000 <= moment.year <= 2100:
        raise ValueError("write the time with its zone, like 2026-11-24T14:00+07:00 or 2026-11-24T07:00Z")
    return moment.astimezone(UTC)


def _one_line(said: str) -> str:
    if any(category(character) in ("Cc", "Zl", "Zp") for character in said):
        raise ValueError("write one line, without control characters")
    return said


Moment = Annotated[datetime, BeforeValidator(_moment), Field(description="with its zone: 2026-11-24T14:00+07:00")]


class Said(BaseModel):
    """A body: unknown fields are refused, and a text is no number."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, defer_build=True)


class Asked(BaseModel):
    """A query string: unknown parameters are refused; its texts are read as the types they stand for."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


NextToken = Annotated[str, Field(min_length=1, max_length=600, description="the `next` of the page before")]


class Page(Asked):
    """Which page of a list: at most `limit` items, after the page that gave `next`."""

    limit: int | None = Field(default=None, description="items on the page; the configured page size if left out")
    next: NextToken | None = None

    @field_validator("limit")
    @classmethod
    def _within_bounds(cls, limit: int | None) -> int | None:
        most = configuration.get().api.page_limit
        if limit is not None and not 1 <= limit <= most:
            raise ValueError(f"must be 1 to {most}")
        return limit

    @property
    def size(self) -> int:
        """Items on the page."""
        return self.limit or int(configuration.get().api.page)

    @property
    def start(self) -> str | None:
        """The key after which the page begins; CaringError bad_next for a token that is none of ours."""
        return decode(self.next) if self.next else None


class NewImport(Said):
    """A file about to be uploaded."""

    filename: Annotated[str, Field(min_length=1, max_length=200)]
    kind: Literal["customers", "episodes"]


class RowsQuery(Page):
    """Which rows of an import."""

    outcome: Literal["accepted", "rejected"] | None = None


class CustomersQuery(Page):
    """Whom to look for: exactly one of phone and email."""

    phone: Annotated[str, Field(min_length=3, max_length=40, description="08…, 62… or +62…")] | None = None
    email: Annotated[str, Field(min_length=3, max_length=320)] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "CustomersQuery":
        if (self.phone is None) == (self.email is None):
            raise ValueError("give either phone or email")
        return self


_Changed = Annotated[str | int | bool | None, Field(description='as in the import file; null or "" empties the field')]


class CustomerPatch(Said):
    """Fields of the import contract to change; the file's rules hold for them."""

    name: _Changed = None
    segment: _Changed = None
    phone: _Changed = None
    whatsapp: _Changed = None
    home_phone: _Changed = None
    email: _Changed = None
    language: _Changed = None
    address: _Changed = None
    village: _Changed = None
    district: _Changed = None
    witel: _Changed = None
    product: _Changed = None
    activated_on: _Changed = None
    due_date: _Changed = None
    paid_on: _Changed = None
    monthly_charge: _Changed = None
    amount_due: _Changed = None
    points: _Changed = None

    def changes(self) -> dict[str, Any]:
        """The fields that were given, as given."""
        return {name: getattr(self, name) for name in FIELDS if name in self.model_fields_set}


class NewConsent(Said):
    """A customer's word on being reached."""

    customer_id: Id
    channel: Channel | Literal["all"]
    purpose: Literal["offers", "service", "survey", "all"]
    granted: bool
    source: Annotated[str, Field(min_length=1, max_length=200, description="where he said it: a call, a form, …")]
    wording: (
        Annotated[
            str, Field(min_length=1, max_length=2000, description="the text put to him, or a script's id#version")
        ]
        | None
    ) = None


class NewPayment(Said):
    """Money that came in for a bill."""

    customer_id: Id
    amount: Annotated[int, Field(ge=1, le=999_999_999_999, description="whole rupiah")]
    paid_on: date


class Wave(Said):
    """One try: how many hours after the wave before it begins (the first: at the launch), and what spares him it.

    For whom the wave before has failed for good it begins at once.
    """

    after_hours: Annotated[int, Field(ge=0, le=720)]
    until: Literal["read", "reply", "paid", "ordered"]


class Window(Said):
    """Hours of the day in the customer's own zone."""

    from_: Annotated[Clock, Field(alias="from")]
    to: Clock

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> "Window":
        if self.from_ >= self.to:
            raise ValueError("must open before it closes: let from be earlier than to, as 08:00 and 17:00")
        return self


class Cap(Said):
    """At most so many contacts of one customer, of whatever kind, in so many days (a service run's waves are one)."""

    messages: Annotated[int, Field(ge=1, le=100)]
    days: Annotated[int, Field(ge=1)]

    @field_validator("days")
    @classmethod
    def _within_memory(cls, days: int) -> int:
        most = configuration.get().pressure.remember_days
        if days > most:
            raise ValueError(f"must be at most {most}: contacts are not remembered longer")
        return days


Text = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_one_line)]


def _each_once(channels: list[Channel]) -> list[Channel]:
    twice = sorted({channel for channel in channels if channels.count(channel) > 1})
    if twice:
        raise ValueError(f"names {' and '.join(twice)} more than once: name each channel once")
    return channels


Several = Annotated[
    list[Channel],
    Field(min_length=1, max_length=4, json_schema_extra={"uniqueItems": True}),
    AfterValidator(_each_once),
]
Channels = Literal["auto"] | Several
Audience = Annotated[dict[str, Any], Field(json_schema_extra={"$ref": "#/components/schemas/Audience"})]
Waves = Annotated[list[Wave], Field(min_length=1, max_length=8)]
Cron = Annotated[str, Field(max_length=120, description="cron(minutes hours day month weekday year), in Asia/Jakarta")]
Percent = Annotated[int, Field(ge=0, le=50)]
Launch = Literal["person", "auto"]
Witel = Annotated[
    str,
    Field(min_length=1, max_length=80, description="for those who see all; left out = every witel"),
    AfterValidator(_one_line),
]


class NewProgram(Said):
    """A caring program; what is left out comes from the kind's preset."""

    name: Text
    kind: KindName
    script_id: Id
    audience: Audience | None = None
    channels: Channels = "auto"
    waves: Waves | None = None
    window: Window | None = None
    cap: Cap | None = None
    holdout_percent: Percent = 0
    budget: Rupiah | None = None
    schedule: Cron | None = None
    launch: Launch = "person"
    witel: Witel | None = None


class ProgramPatch(Said):
    """What to change of a program; what is left out stays. Its kind and witel are fixed."""

    name: Text | None = None
    script_id: Id | None = None
    audience: Audience | None = None
    channels: Channels | None = None
    waves: Waves | None = None
    window: Window | None = None
    cap: Cap | None = None
    holdout_percent: Percent | None = None
    budget: Rupiah | None = None
    schedule: Cron | None = None
    launch: Launch | None = None


class ParkedQuery(Page):
    """Which kind of parked thing."""

    kind: Literal["receipt", "reply"]


class KillSwitchTurn(Said):
    """Stop all sending, or let it go on."""

    on: bool = Field(description="true stops all sending")
    reason: str = Field(min_length=1, max_length=300)
