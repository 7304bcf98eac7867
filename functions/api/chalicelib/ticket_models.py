"""What the API takes about complaints, tickets and work in hand: bodies and queries, as in chalicelib/models.py."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from caring.tickets import routing, store
from caring.work import items, outcomes
from chalicelib.models import Id, Moment, Page, Said, Witel

Complaint = Annotated[str, Field(min_length=1, max_length=4000, description="the customer's own words")]
Note = Annotated[str, Field(min_length=1, max_length=4000)]
Unit = Literal[items.UNITS]  # type: ignore[valid-type]


class NewComplaint(Said):
    """A complaint as it was taken down; whose it is, is said by exactly one of customer_id, phone and email."""

    source: Literal["call_centre_147", "social_media", "myindihome", "walk_in"]
    customer_id: Id | None = None
    phone: Annotated[str, Field(min_length=3, max_length=40, description="08…, 62… or +62…")] | None = None
    email: Annotated[str, Field(min_length=3, max_length=320)] | None = None
    text: Complaint
    category: Literal[routing.CATEGORIES] | None = Field(  # type: ignore[valid-type]
        default=None, description="left out = read from the text"
    )

    @model_validator(mode="after")
    def _somebodys(self) -> "NewComplaint":
        if sum(who is not None for who in (self.customer_id, self.phone, self.email)) != 1:
            raise ValueError("say whose complaint it is: give one of customer_id, phone and email")
        if not self.text.strip():
            raise ValueError("text: write down what the customer says")
        return self


class TicketsQuery(Page):
    """Which tickets: of one customer (the newest first), or of a witel (the nearest deadline first)."""

    state: Literal[store.STATES] | None = None  # type: ignore[valid-type]
    unit: Unit | None = Field(default=None, description="the unit that has them, or is asked about them")
    customer_id: Id | None = None
    witel: Witel | None = None


class Outcome(Said):
    """What came of an item; which outcomes and further fields fit depends on its kind."""

    outcome: Annotated[
        str,
        Field(
            min_length=1,
            max_length=40,
            description="; ".join(f"{kind}: {', '.join(fitting)}" for kind, fitting in outcomes.OUTCOMES.items()),
        ),
    ]
    note: Note | None = None
    at: Moment | None = Field(
        default=None,
        description="with its zone; of a callback: when he wants to be called; of not_home: when he may be met",
    )
    units: list[Unit] | None = Field(default=None, max_length=len(items.UNITS), description="of needs_unit")
    request: Note | None = Field(default=None, description="of needs_unit: what the units are asked to do")
    values: dict[str, Annotated[str, Field(max_length=320)]] | None = Field(
        default=None, description="of fixed: phone, whatsapp, home_phone, email; of matched: customer_id"
    )
    material: Id | None = Field(default=None, description="of the item's materials: the one to send to the customer")
    answer: Literal["yes", "no"] | None = Field(
        default=None, description="of an answered closing call: whether the complaint may be closed"
    )


class NewLesson(Said):
    """A customer who is to be taught something; with a ticket it is of its category and matter."""

    kind: Literal["educate"]
    customer_id: Id
    reason: Annotated[str, Field(min_length=1, max_length=400)]
    unit: Unit = "crm"
    category: Literal[routing.CATEGORIES] | None = None  # type: ignore[valid-type]
    matter: Literal[routing.matters()] | None = None  # type: ignore[valid-type]
    ticket_id: Id | None = None
