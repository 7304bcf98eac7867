"""Whatever a customer types is taken by every channel, stands on his timeline as he typed it, and breaks nothing."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caring.replies import inbound
from tests.caring.conftest import Talk
from tests.caring.replies.conftest import AT, Rooms, asked, heard, says

NAUGHTY: list[str] = json.loads((Path(__file__).parents[2] / "events/texts/naughty_strings.json").read_text("utf-8"))


@pytest.mark.parametrize("channel", ["whatsapp", "sms"])
def test_naughty_strings_are_taken_as_they_are(unit: Talk, rooms: Rooms, channel: str) -> None:
    asked("closure", "closure-t1-0-1", subject="t1")
    half = NAUGHTY[:: 2 if channel == "whatsapp" else 3]
    for place, text in enumerate(half):
        assert inbound.take(says(text, channel, minutes=place / 60))
    kept = heard(unit)
    assert [event["text"] for event in kept] == half
    assert all(event["understood"]["reason"] for event in kept)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(), max_size=300), st.sampled_from(["text", "button", "edited", "flow", "email"]))
def test_any_text_is_taken_and_kept(unit: Talk, rooms: Rooms, text: str, kind: str) -> None:
    before = len(heard(unit))
    channel = "email" if kind == "email" else "whatsapp"
    message = says(text, channel, kind, minutes=before)
    assert inbound.take(message)
    assert inbound.take(message)
    event = heard(unit)[-1]
    assert len(heard(unit)) <= before + 1
    assert event["at_id"] <= f"{(AT + timedelta(days=30)).isoformat()}"
    if channel == "whatsapp":
        assert event["text"] == text.encode("utf-8", "replace").decode()
