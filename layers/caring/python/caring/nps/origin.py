"""What a score is about: the episode, program, ticket and member of staff behind the question that it answers."""

from dataclasses import dataclass

from caring.customers import model
from caring.errors import CaringError
from caring.ids import run_of
from caring.nps import store
from caring.programs.kinds import KINDS
from caring.runs import store as runs
from caring.understanding.meaning import Pending

EPISODES = ("aware", "buy", "activate", "use", "pay", "get_support", "leave")
_SURVEY = "survey-"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a score comes from: `survey` is the cause of the message that asked, `asked_at` the entry that it is of."""

    episode: str
    survey: str | None = None
    asked_at: str | None = None
    program_id: str | None = None
    subject: str | None = None
    staff: str | None = None


def survey_cause(episode: str, event_id: str) -> str:
    """The cause of the survey about an ended episode."""
    return f"{_SURVEY}{episode.replace('_', '-')}-{event_id}"


def of(question: Pending | None, customer: model.Item) -> Origin:
    """The origin of a score; one that answers no question is about the customer's latest episode."""
    if question is None:
        return Origin(model.text(customer, "episode") or "use")
    if run := run_of(question.cause):
        return _of_run(run[0], question.cause)
    # A survey points to its episode, the question of a thank-you to the score that it thanks for: a number corrects it.
    behind = store.get(question.subject) if question.subject else None
    if behind is None:
        return Origin(_episode_in(question.cause), question.cause)
    return Origin(
        str(behind["episode"]),
        str(behind.get("survey") or behind.get("cause") or question.cause),
        question.subject if str(behind["entry"]).startswith("episode#") else None,
        program_id=behind.get("program_id"),
        subject=behind.get("subject"),
        staff=behind.get("staff"),
    )


def of_message(quoted_cause: str | None, customer: model.Item) -> Origin:
    """The origin of what a customer says unasked: the run whose message he quotes, else his latest episode."""
    run = run_of(quoted_cause) if quoted_cause else None
    return _of_run(run[0], None) if run else of(None, customer)


def _of_run(run_id: str, cause: str | None) -> Origin:
    try:
        program = runs.get_run(run_id).program
    except CaringError:
        return Origin("use", cause)
    return Origin(KINDS[program["kind"]].episode, cause, program_id=str(program["program_id"]))


def _episode_in(cause: str) -> str:
    """The episode that a survey's cause names."""
    name = cause.removeprefix(_SURVEY).rpartition("-")[0].replace("-", "_")
    return name if name in EPISODES else "use"
