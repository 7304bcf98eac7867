"""Functions: every folder is deployed, all alike in what they run on, and none may do more than it must."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from infra.settings import CHANNELS
from tests.infra.synthesis import ROOT, Synthesis

FOLDERS = sorted(
    folder.name for folder in (ROOT / "functions").iterdir() if folder.is_dir() and not folder.name.startswith("_")
)
HANDLED = [name for name in FOLDERS if name != "api"]
SENDERS = [f"send_{channel}{lane}" for channel in CHANNELS for lane in ("", "_conversation")]
# A folder is deployed under its own name, but for the one that is deployed once per channel and lane.
NAMES = [name for name in FOLDERS if name != "send_messages"] + SENDERS


def _folder(name: str) -> str:
    return "send_messages" if name in SENDERS else name


@pytest.mark.parametrize("folder", HANDLED)
def test_every_function_folder_has_its_handler(folder: str) -> None:
    tree = ast.parse((ROOT / "functions" / folder / "handler.py").read_text())
    assert [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "handler"]


def test_every_function_folder_is_deployed_and_nothing_else(synthesis: Synthesis) -> None:
    assert sorted(synthesis.functions) == sorted(NAMES)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "api"])
def test_a_function_is_the_code_of_its_folder(synthesis: Synthesis, name: str) -> None:
    deployed = {f.name: f.read_bytes() for f in synthesis.asset(name).rglob("*") if f.is_file()}
    written = (ROOT / "functions" / _folder(name)).rglob("*.py")
    assert deployed == {f.name: f.read_bytes() for f in written}
    assert synthesis.functions[name]["Handler"] == "handler.handler"


def test_all_functions_and_layers_agree_on_runtime_and_processor(synthesis: Synthesis) -> None:
    for name, function in synthesis.functions.items():
        assert function["Runtime"] == "python3.13", name
        assert function["Architectures"] == ["arm64"], name
    for layer in synthesis.of_type("AWS::Lambda::LayerVersion").values():
        assert layer["Properties"]["CompatibleArchitectures"] == ["arm64"]
        assert layer["Properties"]["CompatibleRuntimes"] == ["python3.13"]


def test_all_functions_take_both_layers_and_are_traced_and_logged(synthesis: Synthesis) -> None:
    layers = [{"Ref": name} for name in synthesis.of_type("AWS::Lambda::LayerVersion")]
    groups = synthesis.of_type("AWS::Logs::LogGroup")
    for name, function in synthesis.functions.items():
        assert sorted(map(json.dumps, function["Layers"])) == sorted(map(json.dumps, layers)), name
        assert function.get("Tracing", function.get("TracingConfig", {}).get("Mode")) == "Active", name
        group = groups[function["LoggingConfig"]["LogGroup"]["Ref"]]["Properties"]
        assert group["LogGroupName"] == f"/aws/lambda/caring-dev-{name}"
        assert group["RetentionInDays"] == 30


def test_a_function_that_nobody_waits_for_keeps_what_failed(synthesis: Synthesis) -> None:
    assert {n for n, f in synthesis.functions.items() if "DeadLetterConfig" in f} == {
        *("export_run", "replay_parked", "fulfil_requests", "measure_contactability"),
        *("fire_ticket_timer", "sweep_tickets"),
    }


def test_each_function_has_a_role_of_its_own_and_an_alarm(synthesis: Synthesis) -> None:
    roles = [json.dumps(function["Role"]) for function in synthesis.functions.values()]
    assert len(set(roles)) == len(roles)
    watched = [
        alarm["Properties"]["Dimensions"][0]["Value"]["Ref"]
        for alarm in synthesis.of_type("AWS::CloudWatch::Alarm").values()
        if alarm["Properties"]["MetricName"] == "Errors"
    ]
    assert sorted(watched) == sorted([*synthesis.of_type("AWS::Lambda::Function"), "APIHandler"])


def test_no_action_is_a_wildcard(synthesis: Synthesis) -> None:
    for name, statement in synthesis.statements():
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        assert not [action for action in actions if "*" in action], name


# What AWS knows no resource for; everything else names what it may touch.
WITHOUT_RESOURCE = {
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
}


def test_a_right_to_everything_is_one_that_knows_no_resources(synthesis: Synthesis) -> None:
    for name, statement in synthesis.statements():
        if statement["Resource"] == "*":
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            assert set(actions) <= WITHOUT_RESOURCE, name


def test_a_sender_reaches_its_own_provider_only(synthesis: Synthesis) -> None:
    providers = ("social-messaging:", "sms-voice:", "ses:")
    for name in SENDERS:
        allowed = {a for actions in synthesis.rights(name).values() for a in actions if a.startswith(providers)}
        channel = synthesis.functions[name]["Environment"]["Variables"]["CHANNEL"]
        assert (
            allowed
            == {
                "whatsapp": {"social-messaging:SendWhatsAppMessage"},
                "sms": {"sms-voice:SendTextMessage"},
                "voice": {"sms-voice:SendVoiceMessage"},
                "email": {"ses:SendEmail", "ses:SendRawEmail", "ses:SendBulkEmail"},
            }[channel]
        )


def _modules(name: str) -> set[Path]:
    """The files of our own package that a handler imports, directly or not."""
    package = ROOT / "layers" / "caring" / "python"
    todo, found = [*(ROOT / "functions" / _folder(name)).rglob("*.py")], set[Path]()
    while todo:
        for node in ast.walk(ast.parse(todo.pop().read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                wanted = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Import):
                wanted = [alias.name for alias in node.names]
            else:
                continue
            for module in wanted:
                base = package / module.replace(".", "/")
                for file in (base.with_suffix(".py"), base / "__init__.py"):
                    if file.is_file() and file not in found:
                        found.add(file)
                        todo.append(file)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_no_function_has_a_table_that_nothing_it_imports_speaks_of(synthesis: Synthesis, name: str) -> None:
    files = [*_modules(name), *(ROOT / "functions" / _folder(name)).rglob("*.py")]
    text = "\n".join(file.read_text() for file in files)
    variables = synthesis.functions[name]["Environment"]["Variables"]
    for variable in variables:
        if variable.endswith("_TABLE"):
            table = variable.removesuffix("_TABLE").lower()
            assert f'table("{table}")' in text or f', "{table}")' in text, variable


@pytest.mark.parametrize("name", NAMES)
def test_a_function_is_told_of_no_store_that_it_has_no_right_to(synthesis: Synthesis, name: str) -> None:
    rights = " ".join(synthesis.rights(name))
    for variable, value in synthesis.functions[name]["Environment"]["Variables"].items():
        if variable.endswith(("_TABLE", "_BUCKET")):
            assert value["Ref"] in rights, variable
