"""What the API answers about complaints and tickets, and an item of work as who works on it sees it."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field

from chalicelib.answers import Answer, Listed
from chalicelib.outcome_answers import WorkItem

State = Literal["open", "in_locker", "in_collaboration", "confirming", "closed", "closed_without_answer"]


class Opened(Answer):
    """The ticket that a complaint opened or joined."""

    ticket_id: str


class Entry(Answer):
    """Something that happened with a ticket; further names depend on the event."""

    model_config = ConfigDict(extra="allow")
    at: datetime
    event: str


class Ticket(Answer):
    """A complaint on its way; `paused` while its clock waits for the customer, `units` those that are asked."""

    ticket_id: str
    customer_id: str
    witel: str
    segment: str
    source: str
    category: str
    technical: bool
    matter: str | None
    text: str
    unit: str
    units: list[str]
    state: State
    round: int
    reopened: int = Field(description="how often the customer said that it is not mended")
    complaints: int = Field(description="how often he complained of it")
    incident_id: str | None = Field(description="the disturbance that it follows")
    churn_risk: bool = Field(description="whether he spoke of leaving")
    opened_at: datetime
    deadline: datetime
    warned: bool
    breached: bool
    paused: bool
    closed_at: datetime | None
    closed_by: str | None = Field(description="the channel of his yes; null if he gave none")
    closed_by_message: str | None = Field(description="event_id, on the timeline, of the message that holds his yes")
    closed_reason: Literal["erased"] | None = Field(
        description="why it is closed without his word: erased = his data were, so it counts neither way"
    )
    work_ids: list[str]
    history: list[Entry] = Field(
        description="oldest first; in a list with the latest complaints that joined it only, by itself with up to 200"
    )


class Tickets(Listed):
    """A page of tickets."""

    items: list[Ticket]


class Screen(Answer):
    """What a caller reads out: the item's script in the customer's words; `missing` says why `text` is null."""

    number: str | None
    valid: bool = Field(description="false if the number has proven not to work")
    language: str
    script_id: str
    version: int | None
    text: str | None
    missing: str | None
    ask_for: list[str] = Field(description="fields of the customer that no longer work: ask for new ones")


class WorkInHand(WorkItem):
    """An item with its script, null for work that has none."""

    screen: Screen | None


class Dialled(Answer):
    """The telephone's own id of a call that it makes."""

    work_id: str
    contact_id: str
