"""How many scores, and how many surveys, it takes until a figure is as sure as somebody wants it."""

import math
from datetime import timedelta
from typing import Any

from caring import clock, configuration
from caring.nps import figures, reports

_WORST = 50.0  # promoters and detractors in percent: no other shares scatter as much


def plan(
    margin: float,
    *,
    promoters: float | None = None,
    detractors: float | None = None,
    response: float | None = None,
    witel: str | None = None,
) -> dict[str, Any]:
    """{margin, scores, surveys, promoters, detractors, response, shares_from, response_from}: shares in percent.

    `margin` is in points, above 0. Shares that are not given come from the latest scores if they are enough for a
    verdict, else from the worst case; the response from the surveys of the same days, else from the configuration.
    """
    settings = configuration.get().nps
    measured = None
    if promoters is None or detractors is None or response is None:
        today = clock.local_date(clock.now(), configuration.get().zones.default)
        measured = reports.whole(today - timedelta(days=settings.figures_days - 1), today, witel)
    shares_from, response_from = "given", "given"
    if promoters is None or detractors is None:
        enough = measured is not None and measured["n"] >= settings.least
        shares_from = "scores" if enough else "worst_case"
        promoters = 100 * measured["promoters"] / measured["n"] if measured and enough else _WORST
        detractors = 100 * measured["detractors"] / measured["n"] if measured and enough else _WORST
    if response is None:
        surveys = measured["surveys"] if measured else {}
        enough = (surveys.get("asked") or 0) >= settings.least and surveys["answered"] > 0
        response_from = "surveys" if enough else "configuration"
        response = 100 * surveys["answered"] / surveys["asked"] if enough else float(settings.response_percent)
    needed = figures.sample_needed(margin, promoters / 100, detractors / 100)
    return {
        "margin": margin,
        "scores": needed,
        "surveys": math.ceil(round(needed * 100 / response, 6)),
        "promoters": round(promoters, 1),
        "detractors": round(detractors, 1),
        "response": round(response, 1),
        "shares_from": shares_from,
        "response_from": response_from,
    }
