"""What the emulator's process adds to the emulator."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from ministack.services import eventbridge, lambda_svc

from infra.local import emulator_process


def test_what_schedules_invoke_waits_for_its_turn_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most, done, lock = 0, 0, [], threading.Lock()

    def execute(record: str, event: dict[str, Any]) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.01)
        with lock:
            running -= 1
            done.append((record, event["n"]))
        raise RuntimeError("a broken invocation takes nobody's turn away")

    monkeypatch.setattr(lambda_svc, "_get_func_record_for_ref", lambda arn: ({"arn": arn}, {"arn": arn}, arn))
    monkeypatch.setattr(lambda_svc, "_execution_record_for_config", lambda function, _: function["arn"])
    monkeypatch.setattr(lambda_svc, "_execute_function_with_config_scope", execute)
    invoke = emulator_process.in_turn(3)
    for n in range(40):
        invoke("timer", f'{{"n": {n}}}')
    deadline = time.monotonic() + 20
    while len(done) < 40 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert sorted(done) == [("timer", n) for n in range(40)]
    assert most == 3


def test_the_emulator_still_invokes_functions_where_it_did() -> None:
    assert callable(eventbridge._dispatch_to_lambda)
