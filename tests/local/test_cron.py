"""Scheduler's expressions on any clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from infra.local import cron

JAKARTA = ZoneInfo("Asia/Jakarta")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JAKARTA)


def fires(expression: str, text: str) -> bool:
    moment = at(text)
    return cron.parse(expression).occurrence(moment - timedelta(minutes=1), moment, moment) == moment


@pytest.mark.parametrize(
    ("expression", "yes", "no"),
    [
        ("cron(0 8 * * ? *)", "2026-11-24T08:00", "2026-11-24T20:00"),
        ("cron(0/15 8-17 ? * MON-FRI *)", "2026-11-24T16:45", "2026-11-22T16:45"),
        ("cron(0 8 ? * FRI-MON *)", "2026-11-22T08:00", "2026-11-24T08:00"),
        ("cron(5 9 1,15 * ? *)", "2026-11-15T09:05", "2026-11-16T09:05"),
        ("cron(0 10 L * ? *)", "2028-02-29T10:00", "2028-02-28T10:00"),
        ("cron(0 10 15W * ? *)", "2026-11-16T10:00", "2026-11-15T10:00"),  # the 15th is a Sunday
        ("cron(0 10 1W * ? *)", "2026-08-03T10:00", "2026-07-31T10:00"),  # a Saturday does not leave its month
        ("cron(0 10 LW * ? *)", "2026-10-30T10:00", "2026-10-31T10:00"),
        ("cron(0 10 ? * FRI#2 *)", "2026-11-13T10:00", "2026-11-20T10:00"),
        ("cron(0 10 ? * 6L *)", "2026-11-27T10:00", "2026-11-20T10:00"),
        ("cron(0 10 ? * L *)", "2026-11-28T10:00", "2026-11-27T10:00"),
        ("cron(30 7 ? JAN,NOV 3 2026)", "2026-11-24T07:30", "2027-11-23T07:30"),
    ],
)
def test_an_expression_fires_in_its_minute_and_in_no_other(expression: str, yes: str, no: str) -> None:
    assert fires(expression, yes)
    assert not fires(expression, no)


def test_a_look_that_comes_late_still_sees_what_was_due() -> None:
    daily = cron.parse("cron(0 8 * * ? *)")
    due = daily.occurrence(at("2026-11-24T07:59:50"), at("2026-11-24T08:31:10"), at("2026-11-24T07:00"))
    assert due == at("2026-11-24T08:00")


def test_nothing_fires_twice_in_one_minute() -> None:
    daily = cron.parse("cron(0 8 * * ? *)")
    assert daily.occurrence(at("2026-11-24T08:00:00"), at("2026-11-24T08:00:30"), at("2026-11-24T07:00")) is None


def test_a_rate_counts_from_when_it_was_made() -> None:
    rate, made = cron.parse("rate(5 minutes)"), at("2026-11-24T08:02:30")
    assert rate.occurrence(made, at("2026-11-24T08:07:29"), made) is None
    assert rate.occurrence(made, at("2026-11-24T08:07:31"), made) == at("2026-11-24T08:07:30")


def test_a_rate_fires_once_for_what_a_long_pause_missed() -> None:
    rate, made = cron.parse("rate(1 hour)"), at("2026-11-24T08:00")
    assert rate.occurrence(made, at("2026-11-24T12:10"), made) == at("2026-11-24T12:00")


@pytest.mark.parametrize(
    "expression",
    ["at(2026-11-24T08:00:00)", "cron(0 8 * * ?)", "cron(61 8 * * ? *)", "cron(0 8 ? * XYZ *)", "rate(0.5 hours)", ""],
)
def test_an_expression_that_is_none_is_refused(expression: str) -> None:
    with pytest.raises(ValueError):
        cron.parse(expression)
