"""The themes of comments: a small list, each shown by its own examples."""

from __future__ import annotations

import pytest

from caring.understanding import themes


@pytest.mark.parametrize("theme", themes.listed(), ids=lambda theme: theme.name)
def test_every_theme_is_found_in_its_examples(theme: themes.Theme) -> None:
    assert theme.title
    assert theme.examples
    assert all(theme.name in themes.of(example) for example in theme.examples)


def test_a_comment_may_speak_of_several_and_of_none() -> None:
    assert themes.of("teknisinya ramah tapi tagihannya mahal") == ["technician", "staff", "price", "bill"]
    assert themes.of("ya begitulah") == []
    assert themes.of("") == []
