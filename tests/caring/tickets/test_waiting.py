"""Whom no question has reached is not silent about it: what is held, taken back, fails late, or is to be called."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from caring import clock, configuration
from caring.messages import status as st
from caring.runs import guards
from caring.tickets import sent
from tests.caring.tickets.test_paths import come_to
from tests.caring.tickets.world import CUSTOMER, World

EVENING = timedelta(hours=11)  # from ten in the morning: at nine nobody is written to
MORNING = "2026-11-25T01:00:00.000Z"  # at eight in Bandung
PAST_ALL = {"days": 20}


def events(world: World) -> list[str]:
    history: list[dict[str, Any]] = sorted(world.ticket()["history"].values(), key=lambda entry: str(entry["at"]))
    return [
        entry["event"] for entry in history if entry["event"] not in ("opened", "given_to_unit", "warned", "breached")
    ]


def entry(world: World, event: str) -> dict[str, Any]:
    (found,) = [one for one in world.ticket()["history"].values() if one["event"] == event]
    return dict(found)


def at_night(world: World) -> None:
    world.holds = lambda: not 1 <= world.time.hour < 13


def stop(world: World) -> None:
    """The kill switch."""
    world.unseen(lambda: guards.switch(True, "a test", "rina"))
    world.holds = lambda: True


def let_go(world: World) -> None:
    world.unseen(lambda: guards.switch(False, "a test", "rina"))
    world.holds = lambda: False


def test_a_question_that_waits_for_the_morning_says_so_and_silence_counts_from_when_it_left(world: World) -> None:
    at_night(world)
    world.time += EVENING
    come_to(world, "question")
    assert events(world) == ["solved", "question_held"]
    held = entry(world, "question_held")
    assert (held["step"], held["channel"], held["until"]) == ("question", "whatsapp", MORNING)
    assert "silent_at" not in world.ticket()["question"]
    world.wait(hours=15)
    assert events(world) == ["solved", "question_held", "asked"]
    left, question = entry(world, "asked")["at"], world.ticket()["question"]
    assert MORNING <= left < "2026-11-25T01:05"
    assert clock.parse(question["silent_at"]) - clock.parse(left) == timedelta(hours=24)
    world.wait(hours=20)
    assert "reminded" not in events(world), "a day after it was solved, but not after he was asked"


def test_nobody_is_silent_about_what_the_kill_switch_holds_and_he_is_called_instead(world: World) -> None:
    stop(world)
    come_to(world, "question")
    assert "kill switch" in entry(world, "question_held")["why"]
    world.wait(hours=configuration.get().closure.held_hours - 1)
    assert events(world) == ["solved", "question_held"]
    world.wait(hours=2)
    assert events(world) == ["solved", "question_held", "question_not_sent", "call_wanted"]
    let_go(world)
    world.wait(hours=1)
    assert world.said == [], "what was taken back never leaves"
    message = world.dynamodb.tables["messages"][CUSTOMER, world.ticket()["question"]["cause"][:-1] + "1"]
    assert (message["status"]["S"], message["reason"]["S"]) == (st.SKIPPED, "withdrawn")


def test_what_the_kill_switch_lets_go_in_time_is_asked(world: World) -> None:
    stop(world)
    come_to(world, "question")
    world.wait(hours=5)
    let_go(world)
    world.wait(hours=1)
    assert events(world) == ["solved", "question_held", "asked"]
    world.say("yes", "m1")
    world.end("closed")


def test_a_message_that_lies_on_its_queue_is_told_of_after_a_while_and_then_he_is_called(world: World) -> None:
    world.holds = lambda: True
    come_to(world, "question")
    world.wait(minutes=10)
    assert events(world) == ["solved"]
    world.wait(minutes=30)
    assert "queue" in entry(world, "question_held")["why"]
    world.wait(hours=25)
    assert "call_wanted" in events(world)


def test_a_message_given_back_by_its_provider_has_not_left(world: World) -> None:
    world.holds = lambda: True
    come_to(world, "question")
    ticket = world.ticket()
    row = {
        "customer_id": CUSTOMER,
        "cause": ticket["question"]["cause"],
        "channel": "whatsapp",
        "at": clock.iso(world.time),
    }
    world.dynamodb.put_item(
        "messages",
        {name: {"S": value} for name, value in row.items()} | {"status": {"S": st.PENDING}, "attempt": {"N": "1"}},
    )
    world.wait(hours=5)
    assert "asked" not in events(world)
    world.wait(hours=25)
    assert events(world)[-2:] == ["question_not_sent", "call_wanted"]


def test_a_reminder_that_waits_is_taken_back_when_he_answers_the_question(world: World) -> None:
    world.time += timedelta(hours=9)  # seven in the evening: the reminder is due at seven, and by nine it is held
    come_to(world, "question")
    stop(world)
    world.silence("question")
    said = list(world.said)
    assert "question_held" in events(world)
    world.say("yes", "m1")
    world.end("closed")
    let_go(world)
    world.wait(days=1)
    assert [one for one in world.said if one[0].startswith("closure-")] == said


@pytest.mark.parametrize("word", ["yes", "no"])
def test_an_answer_that_is_faster_than_the_look_stands_behind_its_question(world: World, word: str) -> None:
    come_to(world, "question")
    assert "asked" not in events(world)
    world.time += timedelta(seconds=5)
    world.say(word, "m1")
    assert events(world)[:3] == ["solved", "asked", "answered"]


def test_who_was_neither_written_to_nor_called_is_not_given_up(world: World) -> None:
    world.add(**{f"consent_{channel}": False for channel in ("whatsapp", "sms", "email")})
    come_to(world, "question")
    world.wait(**PAST_ALL)
    assert world.ticket()["state"] == "confirming"
    assert events(world) == ["solved", "not_reachable", "call_wanted", "never_asked"]
    (brought,) = [one for one in world.items("open") if one["kind"] == "escalation" and "uncalled" in one["work_id"]]
    assert brought["unit"] == world.ticket()["unit"]
    world.complete("call", outcome="no_answer")
    world.wait(**PAST_ALL)
    world.end("closed_without_answer")


def test_who_asked_to_be_called_at_an_hour_is_not_given_up_before_it(world: World) -> None:
    come_to(world, "call")
    agreed = world.time + timedelta(days=6)
    world.complete("call", outcome="callback", at=clock.iso(agreed))
    world.wait(days=6)
    assert world.ticket()["state"] == "confirming"
    world.complete("call", outcome="answered", answer="yes")
    world.end("closed")
    assert world.ticket()["closed_by"] == "call"


def test_after_the_agreed_hour_a_call_has_its_usual_time_and_then_he_is_given_up(world: World) -> None:
    come_to(world, "call")
    agreed = world.time + timedelta(days=6)
    world.complete("call", outcome="callback", at=clock.iso(agreed))
    usual = configuration.get().work.due_hours["call"]
    world.wait(days=6, hours=usual - 1)
    assert world.ticket()["state"] == "confirming"
    world.wait(hours=2)
    world.end("closed_without_answer")


def test_a_callback_sooner_than_the_end_of_the_wait_does_not_shorten_it(world: World) -> None:
    come_to(world, "call")
    over = world.ticket()["question"]["silent_at"]
    world.complete("call", outcome="callback", at=clock.iso(world.time + timedelta(hours=1)))
    world.wait(seconds=(clock.parse(over) - world.time).total_seconds() - 60)
    assert world.ticket()["state"] == "confirming"


def test_a_failure_that_comes_when_the_reminder_is_out_is_told_and_the_channel_not_used_again(world: World) -> None:
    come_to(world, "reminder_1")
    world.wait(minutes=5)
    first, _ = (channel for _, channel in world.said)
    world.dynamodb.tables["messages"][CUSTOMER, sent.cause(world.ticket()["ticket_id"], 1, 1)]["status"] = {
        "S": "failed"
    }
    world.silence("reminder_1")
    world.silence("reminder_2")
    assert events(world).count("message_failed") == 1
    assert entry(world, "message_failed")["channel"] == first
    assert world.ticket()["question"]["failed"] == [first]
    assert first not in [channel for _, channel in world.said][1:]


def test_a_failure_that_comes_before_the_silence_is_over_is_no_silence(world: World) -> None:
    come_to(world, "question")
    world.wait(hours=2)
    world.dynamodb.tables["messages"][CUSTOMER, world.ticket()["question"]["cause"]]["status"] = {"S": "failed"}
    world.wait(hours=23)
    assert events(world) == ["solved", "asked", "message_failed", "asked"]
