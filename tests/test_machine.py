"""The walk through state machines does what the language says, as far as our definitions use it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.machine import Machine, NotUnderstood


def test_the_walk_calls_counts_and_waits_as_the_definition_says() -> None:
    task = {"Type": "Task", "Resource": "arn:…:lambda:invoke", "ResultSelector": {"answer.$": "$.Payload"}}
    call = task | {"Parameters": {"FunctionName": "${LookAgainArn}", "Payload": {"n.$": "$.n"}}, "ResultPath": "$.r"}
    child = {"StartAt": "A", "States": {"A": call | {"End": True}}}
    states = {
        "Each": {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": child, "ResultPath": None, "Next": "Look"},
        "Look": call | {"Next": "Enough"},
        "Enough": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.r.answer.go", "StringEquals": "on", "Next": "Pause"}],
            "Default": "Done",
        },
        "Pause": {"Type": "Wait", "TimestampPath": "$.until", "Next": "Look"},
        "Done": {"Type": "Succeed"},
    }
    answers = iter(["off", "off", "on", "off"])
    waits: list[str] = []
    calls: list[tuple[str, int]] = []

    def invoke(folder: str, payload: Any) -> Any:
        calls.append((folder, payload["n"]))
        return {"go": next(answers)}

    machine = Machine(invoke, waits.append, "run", {"StartAt": "Each", "States": states})
    end = machine.run({"items": [{"n": 1}, {"n": 2}], "n": 0, "until": "2026-11-24T03:00:00Z"})
    assert (end, machine.transitions, waits) == ("Done", 1 + 2 + 2 * 2 + 1 + 1, ["2026-11-24T03:00:00Z"])
    assert calls == [("look_again", 1), ("look_again", 2), ("look_again", 0), ("look_again", 0)]


WAITS = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
    "Parameters": {"FunctionName": "${GiveWorkArn}", "Payload": {"to.$": "$", "token.$": "$$.Task.Token"}},
    "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}],
    "End": True,
}
ALL = {"Type": "Map", "ItemProcessor": {"StartAt": "One", "States": {"One": WAITS}}, "End": True}


def test_several_tokens_are_awaited_at_once_and_answered_in_any_order() -> None:
    given: dict[str, str] = {}
    machine = Machine(
        lambda _, said: given.update({said["to"]: said["token"]}), print, "e", {"StartAt": "A", "States": {"A": ALL}}
    )
    machine.start(["x", "y"])
    assert machine.waiting == set(given.values())
    machine.tell(given["y"], 2)
    assert machine.waiting == {given["x"]}
    assert machine.end is None
    machine.tell(given["x"], 1)
    assert not machine.waiting
    assert machine.end == "A"


def test_a_function_that_fails_is_called_again_with_another_token_until_the_task_fails() -> None:
    tokens: list[str] = []

    def fails(_: str, said: Any) -> None:
        tokens.append(said["token"])
        raise RuntimeError

    machine = Machine(fails, print, "e", {"StartAt": "A", "States": {"A": WAITS}}, retries=True)
    machine.start("x")
    assert (machine.end, machine.failed) == ("A", True)
    assert len(set(tokens)) == 3


def test_what_nobody_answers_is_an_error_of_a_walk_in_one_go() -> None:
    with pytest.raises(NotUnderstood):
        Machine(lambda *_: None, print, "e", {"StartAt": "A", "States": {"A": WAITS}}).run("x")
