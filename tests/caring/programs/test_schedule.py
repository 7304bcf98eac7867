"""Cron expressions that a program may have."""

from __future__ import annotations

import pytest

from caring.errors import CaringError
from caring.programs.schedule import check


@pytest.mark.parametrize(
    "fine",
    [
        "cron(0 9 ? * MON-FRI *)",
        "cron(0 9 * * ? *)",
        "cron(0/15 8-17 ? * 2,4,6 2026-2030)",
        "cron(30 9 L * ? *)",
        "cron(30 9 15W * ? *)",
        "cron(30 9 ? JAN,feb 6#3 *)",
        "cron(0 */2 1,15 * ? *)",
    ],
)
def test_what_the_scheduler_takes_is_taken(fine: str) -> None:
    check(fine)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "cron()",
        "rate(1 day)",
        "0 9 * * *",
        "cron(0 9 * * *)",
        "cron(0 9 * * * *)",
        "cron(0 9 ? * ? *)",
        "cron(60 9 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 9 32 * ? *)",
        "cron(0 9 ? * MOO *)",
        "cron(0 9 ? 13 MON *)",
        "cron(0 9 * * ? 1969)",
        "cron(0/0 9 * * ? *)",
        "cron(1-2-3 9 * * ? *)",
        "cron(? 9 * * ? *)",
        "cron(0 9 * * ? *) ",
        "cron(* * * * ? *)",
        "cron(, 9 * * ? *)",
        "cron(-1 9 * * ? *)",
    ],
)
def test_what_the_scheduler_would_refuse_is_refused_first(bad: str) -> None:
    with pytest.raises(CaringError) as refused:
        check(bad)
    assert refused.value.code == "bad_schedule"
