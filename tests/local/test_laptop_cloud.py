"""The laptop cloud as its users meet it: up, up again, tokens, one origin, schedules, redrive."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from typing import Any

import pytest

from infra.local import cloud, deployment, processes
from infra.local.api import Api
from infra.local.emulator import client
from infra.local.state import ROOT, STATE_VARIABLE
from infra.local.users import WIDE_ROLES, WITEL_ROLES


def command(api: Api, *words: str) -> subprocess.CompletedProcess[str]:
    """One command of `python -m infra.local` on this cloud."""
    return subprocess.run(  # noqa: S603 (our own command)
        [sys.executable, "-m", "infra.local", *words],
        cwd=ROOT,
        env={**os.environ, STATE_VARIABLE: str(api.state.root)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def test_the_outputs_name_what_outside_checks_need(laptop_cloud: Api) -> None:
    written = json.loads(laptop_cloud.state.outputs_file.read_text())
    assert {"processes", "logs", "clock", "user_pool_id", "queue_urls"} <= written.keys()
    for name in ("api_url", "site_url", "aws_endpoint_url", "providers_url"):
        assert written[name].startswith("http://127.0.0.1:")


def test_it_is_well_and_seeded(laptop_cloud: Api) -> None:
    assert laptop_cloud.as_(None).get("/health")["status"] == "ok"
    assert {"billing-reminder"} <= {s["script_id"] for s in laptop_cloud.each("/scripts") if s["state"] == "approved"}
    assert "billing-reminder" in {program["program_id"] for program in laptop_cloud.each("/programs")}


def test_a_second_up_on_a_running_one_changes_nothing(laptop_cloud: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployment, "fingerprint", lambda: laptop_cloud.outputs["fingerprint"])
    began = time.monotonic()
    assert cloud.up(laptop_cloud.state) == laptop_cloud.outputs
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("role", WITEL_ROLES + WIDE_ROLES)
def test_a_token_of_every_role_is_printed_alone(laptop_cloud: Api, role: str) -> None:
    printed = command(laptop_cloud, "token", "--role", role)
    assert printed.returncode == 0, printed.stderr
    assert printed.stdout.count("\n") == 1
    told = claims(printed.stdout.strip())
    assert told["token_use"] == "id"
    assert told["cognito:groups"] == [role]
    assert told.get("custom:witel") == ("BANDUNG" if role in WITEL_ROLES else None)


def test_a_user_of_another_witel_is_made_when_asked_for(laptop_cloud: Api) -> None:
    told = claims(command(laptop_cloud, "token", "--role", "agent", "--witel", "bogor barat").stdout)
    assert told["custom:witel"] == "BOGOR BARAT"


def test_a_role_that_is_none_is_refused_on_stderr(laptop_cloud: Api) -> None:
    refused = command(laptop_cloud, "token", "--role", "king")
    assert refused.returncode != 0
    assert refused.stdout == ""
    assert "there is no role" in refused.stderr


def test_page_api_and_links_have_one_origin(laptop_cloud: Api) -> None:
    site = laptop_cloud.outputs["site_url"]
    assert laptop_cloud.as_(None).call("GET", f"{site}/api/health").status == 200
    assert laptop_cloud.call("GET", f"{site}/api/programs").status == 200
    assert laptop_cloud.as_(None).call("GET", f"{site}/api/programs").status == 401
    assert laptop_cloud.as_(None).call("GET", f"{site}/l/forged").status == 404


def test_the_driver_is_the_one_that_fires_the_recurring_schedules(laptop_cloud: Api) -> None:
    outputs = laptop_cloud.outputs
    scheduler = client(outputs, "scheduler")
    listed = scheduler.list_schedules(GroupName=outputs["schedule_group"])["Schedules"]
    assert {one["State"] for one in listed if one["Name"].startswith("caring-local-")} == {"DISABLED"}
    shown = command(laptop_cloud, "fire")
    assert "caring-local-replay_parked" in shown.stdout
    assert command(laptop_cloud, "fire", "caring-local-replay_parked").stdout == "fired caring-local-replay_parked\n"


def test_a_dead_letter_goes_back_by_one_command(laptop_cloud: Api) -> None:
    sqs = client(laptop_cloud.outputs, "sqs")
    name = "caring-local-voice-conversation"
    dead = sqs.get_queue_url(QueueName=f"{name}-dead")["QueueUrl"]
    sqs.send_message(QueueUrl=dead, MessageBody='{"v":1,"kind":"nothing"}')
    moved = command(laptop_cloud, "redrive", name)
    assert moved.stdout.split() == ["1", f"{name}-dead", "→", name]


def test_every_process_that_the_outputs_name_runs(laptop_cloud: Api) -> None:
    started = processes.remembered(laptop_cloud.state)
    assert {process.name for process in started} == {"emulator", "providers", "site", "driver"}
    assert {process.name: process.pid for process in started} == {
        name: told["pid"] for name, told in laptop_cloud.outputs["processes"].items()
    }
    assert all(processes.alive(process) for process in started)
