"""What the API answers: the models that OpenAPI shows, and that the tests hold every answer against.

Loaded for /openapi.json only.
"""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.models import Cap, Channel, Wave, Window


class Answer(BaseModel):
    """An answer; what is not named here is refused in the tests."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class Error(Answer):
    """Every refusal."""

    code: str = Field(pattern=r"^[a-z0-9_]+$", description="snake_case")
    message: str = Field(description="what was wrong and how to mend it")


class Listed(Answer):
    """A page of a list."""

    next: str | None = Field(description="?next= of the following page; null on the last")


class Upload(Answer):
    """Where the bytes are PUT, with these headers."""

    url: str
    headers: dict[str, str]


class ImportBegun(Answer):
    """An import that waits for its file."""

    import_id: str
    upload: Upload


class Refusal(Answer):
    """Why a whole file was refused."""

    code: str
    columns: list[str]


class Import(Answer):
    """How far an import is."""

    model_config = ConfigDict(extra="allow")
    import_id: str
    status: Literal["waiting", "running", "done", "refused"]
    refused: Refusal | None
    rows: int
    accepted: int
    rejected: int
    issues: int


class Issue(Answer):
    """A field that was dropped."""

    field: str
    code: str


class Row(Answer):
    """What became of one data row (1 = the first)."""

    row: int
    outcome: Literal["accepted", "rejected"]
    reason: str | None
    issues: list[Issue]
    customer_id: str | None


class Rows(Listed):
    """A page of rows."""

    items: list[Row]


class ContactPoint(Answer):
    """A number or mailbox of a customer, and why and since when it is invalid; `consent` is to any purpose."""

    channel: Channel
    value: str
    valid: bool
    reason: str | None
    since: datetime | None
    consent: bool
    consents: dict[str, bool]


class Contactability(Answer):
    """How well he can be reached (0 to 100), whether at all, and by which channels for each purpose."""

    score: int = Field(ge=0, le=100)
    state: Literal["reachable", "no_consent", "no_valid_contact", "erased"]
    offers: list[Channel]
    service: list[Channel]
    survey: list[Channel]


class Preferred(Answer):
    """The channel that a person has chosen for a customer."""

    channel: Channel
    reason: str
    by: str
    at: datetime


class Preference(Answer):
    """The choice that now stands with a customer; null = the rules choose."""

    customer_id: str
    preferred: Preferred | None
    usable: bool | None = Field(description="whether the channel may be used for him now; null = the rules choose")
    note: str | None = Field(description="what stands in the channel's way, altogether or for some purposes")


class Customer(Answer):
    """A customer, under the names of the import file."""

    customer_id: str
    name: str | None
    segment: str | None
    phone: str | None
    whatsapp: str | None
    home_phone: str | None
    email: str | None
    language: str | None
    address: str
    village: str
    district: str
    witel: str
    product: str
    activated_on: str | None
    due_date: str | None
    paid_on: str | None
    monthly_charge: int | None
    amount_due: int | None
    points: int | None
    consent_whatsapp: bool
    consent_sms: bool
    consent_email: bool
    consent_voice: bool
    consent_at: str | None
    contact_points: list[ContactPoint]
    episode: str | None
    contactability: Contactability
    preferred: Preferred | None
    erased: bool
    updated_at: str | None
    whatsapp_window_until: datetime | None
    payment_check_until: datetime | None
    last_reply_at: datetime | None


class Customers(Listed):
    """A page of customers."""

    items: list[Customer]


class Event(Answer):
    """Something that happened; further names depend on the type."""

    model_config = ConfigDict(extra="allow")
    at: datetime
    type: str
    channel: str | None


class Timeline(Listed):
    """A page of events, newest first."""

    items: list[Event]


class Choice(Answer):
    """A customer's word on one channel and purpose."""

    channel: Channel
    purpose: Literal["offers", "service", "survey"]
    granted: bool


class Consent(Answer):
    """What was recorded."""

    customer_id: str
    at: datetime
    choices: list[Choice]


class Proof(Choice):
    """The same with its proof; what was said before proofs named their text has none."""

    at: datetime
    source: str
    by: str | None
    wording: str | None = Field(description="the text put to him, or the script's id#version that it stands in")


class Proofs(Listed):
    """A customer's own words that are in force."""

    items: list[Proof]


class Payment(Answer):
    """What a payment did; `repeated` if it was recorded before."""

    payment_id: str
    customer_id: str
    amount_due: int | None
    paid_on: str | None
    settled: bool
    repeated: bool


class Program(Answer):
    """A program, presets filled in; witel null = every witel."""

    program_id: str
    name: str
    kind: str
    audience: dict[str, Any]
    script_id: str
    channels: Literal["auto"] | list[Channel]
    waves: list[Wave]
    window: Window | None
    cap: Cap
    holdout_percent: int
    budget: int | None
    schedule: str | None
    launch: Literal["person", "auto"]
    witel: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


class Programs(Listed):
    """A page of programs."""

    items: list[Program]
