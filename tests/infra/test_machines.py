"""The state machines' definitions and the stack that fills them in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.machines import placeholders
from infra.settings import STATE_MACHINES
from tests.infra.synthesis import Synthesis, listed

NAMES = {"caring_run": "run", "complaint": "complaint"}  # definition → the machine's name without the stage
OF_THE_RUN = {"states:StartExecution", "states:DescribeExecution", "states:StopExecution", "states:RedriveExecution"}


def document(definition: str) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads((STATE_MACHINES / f"{definition}.asl.json").read_text())
    return whole


def states(machine: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for state in machine["States"].values():
        yield state
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"])


def deployed(synthesis: Synthesis, definition: str) -> dict[str, Any]:
    (machine,) = [
        machine["Properties"]
        for machine in synthesis.of_type("AWS::StepFunctions::StateMachine").values()
        if machine["Properties"]["StateMachineName"] == f"caring-dev-{NAMES[definition]}"
    ]
    properties: dict[str, Any] = machine
    return properties


def test_every_definition_is_deployed() -> None:
    assert {path.name.removesuffix(".asl.json") for path in STATE_MACHINES.glob("*.asl.json")} == set(NAMES)


@pytest.mark.parametrize("definition", NAMES)
def test_what_the_definition_asks_for_is_what_the_stack_gives(synthesis: Synthesis, definition: str) -> None:
    given = deployed(synthesis, definition)["DefinitionSubstitutions"]
    assert placeholders((STATE_MACHINES / f"{definition}.asl.json").read_text()) == set(given)


@pytest.mark.parametrize("definition", NAMES)
def test_a_placeholder_is_the_function_whose_name_it_bears(synthesis: Synthesis, definition: str) -> None:
    for name, value in deployed(synthesis, definition)["DefinitionSubstitutions"].items():
        if name.endswith("Arn"):
            function = synthesis.resources[value["Fn::GetAtt"][0]]["Properties"]["FunctionName"]
            assert function.removeprefix("caring-dev-").replace("_", "") == name.removesuffix("Arn").lower()


@pytest.mark.parametrize(("definition", "besides"), [("caring_run", OF_THE_RUN), ("complaint", set())])
def test_a_machine_may_invoke_its_steps_and_a_run_itself_and_nothing_else(
    synthesis: Synthesis, definition: str, besides: set[str]
) -> None:
    machine = deployed(synthesis, definition)
    policy = [
        statement
        for _, one in synthesis.of_type("AWS::IAM::Policy").items()
        if {"Ref": machine["RoleArn"]["Fn::GetAtt"][0]} in one["Properties"]["Roles"]
        for statement in one["Properties"]["PolicyDocument"]["Statement"]
    ]
    actions = {action for statement in policy for action in listed(statement["Action"])}
    assert {a for a in actions if a.startswith(("lambda:", "states:"))} == {"lambda:InvokeFunction", *besides}
    given = machine["DefinitionSubstitutions"]
    (invokes,) = [s["Resource"] for s in policy if s["Action"] == "lambda:InvokeFunction"]
    assert sorted(map(json.dumps, invokes)) == sorted(json.dumps(v) for n, v in given.items() if n.endswith("Arn"))


@pytest.mark.parametrize("definition", NAMES)
def test_a_machine_is_logged_without_its_data_and_traced(synthesis: Synthesis, definition: str) -> None:
    machine = deployed(synthesis, definition)
    assert machine["LoggingConfiguration"]["Level"] == "ALL"
    assert machine["LoggingConfiguration"]["IncludeExecutionData"] is False
    assert machine["TracingConfiguration"] == {"Enabled": True}


def test_a_runs_map_item_is_a_shard_and_its_answer_no_payload() -> None:
    maps = [state for state in states(document("caring_run")) if state["Type"] == "Map"]
    assert maps
    for state in maps:
        assert state["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
        assert state["ResultPath"] is None
        assert not {"ItemBatcher", "ResultWriter", "ItemReader"} & set(state)


@pytest.mark.parametrize("definition", NAMES)
def test_no_state_lets_an_error_pass_unseen(definition: str) -> None:
    for state in states(document(definition)):
        if state["Type"] == "Task":
            assert state.get("Retry")
        if state["Type"] == "Choice":
            assert "Default" in state


@pytest.mark.parametrize("definition", NAMES)
def test_nothing_is_used_that_the_laptop_cloud_drops_in_silence(definition: str) -> None:
    whole = document(definition)
    assert "TimeoutSeconds" not in whole
    for state in states(whole):
        assert "HeartbeatSeconds" not in state
        if "TimeoutSeconds" in state:
            assert state["Type"] == "Task"
        if state["Type"] == "Wait":
            assert "TimestampPath" in state


def test_a_manager_finds_a_sentence_with_every_state_of_a_complaint() -> None:
    assert all(state.get("Comment") for state in states(document("complaint")))


def test_the_complaint_carries_ids_and_outcomes_alone() -> None:
    """No answer's text passes through the machine: what its steps answer is narrowed to what it chooses by."""
    for state in states(document("complaint")):
        if state["Type"] == "Task" and "waitForTaskToken" not in state["Resource"]:
            assert set(state["ResultSelector"]) <= {"outcome.$", "units.$"}
