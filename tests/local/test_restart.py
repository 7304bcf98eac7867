"""Starting complaints again by hand: what the command asks of the sweep's function, and what it shows."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from infra.local.restart import restart


class Lambda:
    """A client that answers what it is told to."""

    def __init__(self, said: object, **more: str) -> None:
        self.said, self.more = said, more
        self.asked: dict[str, Any] = {}

    def invoke(self, **request: Any) -> dict[str, Any]:
        self.asked = request
        return {"Payload": io.BytesIO(json.dumps(self.said).encode()), **self.more}


def test_named_tickets_are_asked_for_and_shown() -> None:
    function = Lambda({"t1": "restarted", "t2": "ended"})
    assert restart(function, "caring-local", ["t1", "t2"]) == {"t1": "restarted", "t2": "ended"}
    assert function.asked["FunctionName"] == "caring-local-sweep_tickets"
    assert json.loads(function.asked["Payload"]) == {"restart": ["t1", "t2"]}


def test_a_refusal_says_why() -> None:
    with pytest.raises(ValueError, match="there is no ticket t9"):
        restart(Lambda({"errorMessage": "there is no ticket t9"}, FunctionError="Unhandled"), "caring-local", ["t9"])
