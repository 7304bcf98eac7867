"""The state machine's definition and the stack that fills it in."""

from __future__ import annotations

import json
from typing import Any

from infra.runs import DEFINITION, placeholders
from tests.infra.synthesis import Synthesis

DOCUMENT = json.loads(DEFINITION.read_text())


def _states(machine: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for state in machine["States"].values():
        found.append(state)
        if "ItemProcessor" in state:
            found += _states(state["ItemProcessor"])
    return found


def test_what_the_definition_asks_for_is_what_the_stack_gives(synthesis: Synthesis) -> None:
    given = synthesis.one("AWS::StepFunctions::StateMachine")["DefinitionSubstitutions"]
    assert placeholders(DEFINITION.read_text()) == set(given)


def test_a_placeholder_is_the_function_whose_name_it_bears(synthesis: Synthesis) -> None:
    given = synthesis.one("AWS::StepFunctions::StateMachine")["DefinitionSubstitutions"]
    for name, value in given.items():
        if name.endswith("Arn"):
            function = synthesis.resources[value["Fn::GetAtt"][0]]["Properties"]["FunctionName"]
            assert function.removeprefix("caring-dev-").replace("_", "") == name.removesuffix("Arn").lower()


def test_the_machine_may_invoke_its_steps_and_run_itself_and_nothing_else(synthesis: Synthesis) -> None:
    (policy,) = [
        p["Properties"]["PolicyDocument"]["Statement"]
        for n, p in synthesis.of_type("AWS::IAM::Policy").items()
        if n.startswith("RunsMachineRole")
    ]
    actions = {a for s in policy for a in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])}
    assert {a for a in actions if a.startswith(("lambda:", "states:"))} == {
        "lambda:InvokeFunction",
        "states:StartExecution",
        "states:DescribeExecution",
        "states:StopExecution",
        "states:RedriveExecution",
    }
    given = synthesis.one("AWS::StepFunctions::StateMachine")["DefinitionSubstitutions"]
    (invokes,) = [s["Resource"] for s in policy if s["Action"] == "lambda:InvokeFunction"]
    assert sorted(map(json.dumps, invokes)) == sorted(json.dumps(v) for n, v in given.items() if n.endswith("Arn"))


def test_the_machine_is_logged_without_its_data_and_traced(synthesis: Synthesis) -> None:
    machine = synthesis.one("AWS::StepFunctions::StateMachine")
    assert machine["LoggingConfiguration"]["Level"] == "ALL"
    assert machine["LoggingConfiguration"]["IncludeExecutionData"] is False
    assert machine["TracingConfiguration"] == {"Enabled": True}


def test_a_map_item_is_a_shard_and_its_answer_no_payload() -> None:
    maps = [state for state in _states(DOCUMENT) if state["Type"] == "Map"]
    assert maps
    for state in maps:
        assert state["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
        assert state["ResultPath"] is None
        assert not {"ItemBatcher", "ResultWriter", "ItemReader"} & set(state)


def test_no_state_lets_an_error_pass_unseen() -> None:
    for state in _states(DOCUMENT):
        if state["Type"] == "Task":
            assert state.get("Retry")
        if state["Type"] == "Choice":
            assert "Default" in state
