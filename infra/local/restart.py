"""Starts complaints again where they stand, whose state machine failed and that the sweep has given up.

The function of the sweep does it, on AWS as on the laptop cloud, whose emulator lacks RedriveExecution: a ticket knows
its place better than a failed execution does.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any


def restart(lambda_: Any, stage: str, ticket_ids: Sequence[str]) -> dict[str, str]:
    """Start these tickets again, or without ids all that do not go on: ticket_id → restarted, fine or ended.

    `lambda_` is a client, `stage` what the stage's names begin with. Raises ValueError when the function refuses.
    """
    payload = json.dumps({"restart": list(ticket_ids)}).encode()
    answer = lambda_.invoke(FunctionName=f"{stage}-sweep_tickets", Payload=payload)
    said: dict[str, str] = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise ValueError(str(said.get("errorMessage", said)))
    return said
