"""On what terms one customer may be written to: the rules of runs, without an audience, a holdout or a cap."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from caring import clock, configuration
from caring.customers.model import CHANNELS, Item, text
from caring.runs import prepare, windows
from caring.runs import store as runs
from caring.runs.eligibility import Rules
from caring.runs.richness import Router, richness_of
from caring.scripts.grammar import VALUES

SPOKEN = ("voice",)  # nobody can answer a spoken message: it goes out only where it is asked for by name
WRITTEN = tuple(channel for channel in CHANNELS if channel not in SPOKEN)


def rules(
    purpose: str,
    languages: Mapping[str, frozenset[str]],
    *,
    equivocal: int = 0,
    free_whatsapp: bool = False,
    channels: Collection[str] = WRITTEN,
) -> Rules:
    """The rules for a message of a purpose, whose script is written in `languages` (channel → languages).

    `equivocal` (0–3) says how much the matter can be misunderstood; `free_whatsapp` that WhatsApp costs nothing now.
    """
    settings = configuration.get()
    prices = {**settings.prices, **({"whatsapp": 0.0} if free_whatsapp else {})}
    rich = {channel: richness_of(channel) for channel in settings.richness.channels}
    return Rules(
        program_id="",
        purpose=purpose,
        pay_ends_it=False,
        wants_peace=purpose != "service",
        waits_for_incident=purpose == "offers",
        asks_score=False,  # the survey after an episode has its own limits (nps/surveys.py)
        witel_key=None,
        channels=tuple(sorted(channels, key=lambda channel: (prices[channel], channel))),
        languages=languages,
        hours=windows.of_program(purpose, None),
        holdout_percent=0,
        cap=None,
        in_audience=None,
        reads=(),
        router=Router(int(settings.richness.least[equivocal]), rich, prices),
        default_language=settings.conversation.default_language,
    )


def of_run(run_id: str, channels: Collection[str]) -> Rules:
    """The rules of a run for what is said to one of its customers afterwards, by these channels and without its cap."""
    default = configuration.get().conversation.default_language
    return replace(prepare.rules(runs.get_run(run_id)), channels=tuple(channels), cap=None, default_language=default)


def whatsapp_window_open(customer: Item, moment: datetime) -> bool:
    """Whether the customer has written by WhatsApp within its 24 hours: free text may go to him, at no price."""
    until = text(customer, "whatsapp_window_until")
    return until is not None and until > clock.iso(moment)


def check_values(values: Mapping[str, str]) -> None:
    """Raises ValueError for a value that no script may speak of: bodies of queues hold ids and words of ours only."""
    unknown = [name for name in values if name not in VALUES]
    if unknown:
        raise ValueError(f"no script speaks of {', '.join(unknown)}; the grammar knows {', '.join(VALUES)}")
