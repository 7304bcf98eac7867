"""The table of kinds."""

from __future__ import annotations

from typing import get_args

from caring.programs.audience import check
from caring.programs.kinds import KINDS, KindName, Purpose, Until


def test_every_kind_that_has_a_name_has_a_row() -> None:
    assert set(KINDS) == set(get_args(KindName))


def test_every_row_makes_sense() -> None:
    for kind in KINDS.values():
        assert kind.purpose in get_args(Purpose)
        assert kind.until in get_args(Until)
        assert 0 <= kind.equivocal <= 3
        assert kind.episode in ("aware", "buy", "activate", "use", "pay", "get_support", "leave")
        assert kind.waves
        assert min(kind.cap) >= 1
        assert kind.marketing == (kind.purpose == "offers")
        if kind.audience:
            check(kind.audience)
