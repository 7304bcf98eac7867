"""The pictures in the documents show the system as it is."""

from __future__ import annotations

from infra.pictures import documents
from tests.infra.synthesis import MAIN, Synthesis


def test_every_drawn_document_is_what_the_code_draws_now(synthesis: Synthesis) -> None:
    for path, text in documents(synthesis.templates[MAIN], "dev").items():
        assert path.read_text("utf-8") == text, f"{path.name} is out of date: python -m infra.pictures"
