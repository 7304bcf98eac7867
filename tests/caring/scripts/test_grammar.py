"""The grammar of scripts: a closed list of placeholders in braces, and nothing else that has a meaning."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caring.scripts import grammar
from caring.scripts.grammar import PLACEHOLDERS, Placeholder


def parsed(text: str) -> list[str]:
    return [part if isinstance(part, str) else f"<{part.name}>" for part in grammar.parse(text)[0]]


def problems(text: str) -> list[tuple[str, int]]:
    return [(problem.code, problem.at) for problem in grammar.parse(text)[1]]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Yth. {name}, tagihan {amount_due}.", ["Yth. ", "<name>", ", tagihan ", "<amount_due>", "."]),
        ("{name}{name}", ["<name>", "<name>"]),
        ("{{name}}", ["{", "name", "}"]),
        ("{{{name}}}", ["{", "<name>", "}"]),
        ("", []),
        ("tanpa apa-apa", ["tanpa apa-apa"]),
    ],
)
def test_a_good_text_is_literals_and_placeholders(text: str, parts: list[str]) -> None:
    assert (parsed(text), problems(text)) == (parts, [])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Yth. {nama}", [("unknown_placeholder", 5)]),
        ("{}", [("unknown_placeholder", 0)]),
        ("{name.__class__}", [("unknown_placeholder", 0)]),
        ("{name!r:>10}", [("unknown_placeholder", 0)]),
        ("{ name }", [("unknown_placeholder", 0)]),
        ("{Name}", [("unknown_placeholder", 0)]),
        ("halo {name", [("unbalanced_brace", 5)]),
        ("halo name}", [("unbalanced_brace", 9)]),
        ("{na{name}", [("unbalanced_brace", 0)]),
        ("{na\nme}", [("unbalanced_brace", 0), ("unbalanced_brace", 6)]),
        ("{% if name %}", [("unknown_placeholder", 0)]),
        ("{nama} dan {", [("unknown_placeholder", 0), ("unbalanced_brace", 11)]),
    ],
)
def test_what_is_wrong_is_found_where_it_stands(text: str, found: list[tuple[str, int]]) -> None:
    assert problems(text) == found


def test_what_is_wrong_still_shows_in_a_preview() -> None:
    assert "".join(parsed("Yth. {nama} {")) == "Yth. {nama} {"


def test_a_finding_says_what_there_is_to_choose_from() -> None:
    assert "amount_due" in grammar.parse("{nama}")[1][0].message


def test_every_placeholder_has_a_meaning_an_example_and_a_source() -> None:
    assert all(
        p.meaning and p.example and p.source in ("customer", "link", "value", "constant") for p in PLACEHOLDERS.values()
    )


@given(st.text(max_size=60))
def test_an_escaped_text_means_itself(text: str) -> None:
    parts, wrong = grammar.parse(grammar.escape(text))
    assert ("".join(part for part in parts if isinstance(part, str)), wrong) == (text, [])


@given(st.text(alphabet="{}ab\n ", max_size=40) | st.text(max_size=40))
def test_no_text_whatever_raises_or_loses_a_letter(text: str) -> None:
    parts, wrong = grammar.parse(text)
    shown = "".join(part if isinstance(part, str) else f"{{{part.name}}}" for part in parts)
    if not wrong:
        assert shown.replace("{", "").replace("}", "") == text.replace("{", "").replace("}", "")
    assert all(0 <= problem.at < len(text) for problem in wrong)


def test_names_come_once_each_in_order() -> None:
    assert grammar.names("{due_date} {name} {due_date} {{name}}") == ["due_date", "name"]
    assert isinstance(PLACEHOLDERS["name"], Placeholder)
