"""The context: what it may hold, and what is said of what it may not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from aws_cdk import App, Stack

from infra.layers import Layers
from infra.settings import SettingError, Settings
from tests.infra.synthesis import context


def _settings(**changes: object) -> Settings:
    return Settings.of(App(context=context(**changes)).node)


def test_an_object_may_be_given_as_json_on_the_command_line() -> None:
    settings = _settings(overrides='{"rates": {"sms": 5}}', scan_segments="2")
    assert json.loads(settings.overrides) == {"rates": {"sms": 5}, "plan": {"segments": 2}}


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("architecture", "mips", "use one of arm64, x86_64"),
        ("overrides", "{", "is not JSON"),
        ("overrides", "[]", "must be a JSON object"),
        ("removal_policy", "burn", "use one of retain, destroy"),
        ("connect", {"instance_id": "i"}, "instance_id, contact_flow_id, queue_id"),
        ("concurrency", {"sms": {"blast": 1}}, "2 or more"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_name(key: str, value: object, told: str) -> None:
    with pytest.raises(SettingError, match=told):
        _settings(**{key: value})


def test_a_stage_without_its_context_says_where_to_run_it() -> None:
    with pytest.raises(SettingError, match=r"folder of cdk\.json"):
        Settings.of(App(context={}).node)


def test_a_layer_that_is_not_built_is_said_to_be_missing(tmp_path: Path) -> None:
    app = App(context=context(dependencies_dir=str(tmp_path), layers_target="local"))
    with pytest.raises(SettingError, match=r"python -m infra\.bundle --target local"):
        Layers(Stack(app, "Stack"), "Layers", Settings.of(app.node))
