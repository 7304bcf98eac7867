"""What a fresh laptop cloud holds: a user of each role, approved scripts, the programs; and the providers' topics.

Scripts and programs are written by the same code as the API's, in a process with the API function's own environment.
"""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Mapping
from typing import Any

from caring.programs.store import seed_programs
from caring.scripts.seed import seed_scripts
from infra.local import steps, users
from infra.local.clockwork import LocalClock
from infra.local.emulator import Ports, bare_environment, client, client_environment
from infra.local.state import State

TOPICS = ("whatsapp_events", "sms_events", "sms_replies", "email_events", "email_replies")
SECONDS = 120.0


def seed(state: State, outputs: Mapping[str, Any]) -> None:
    """Seed users, scripts and programs; what is there already stays as it is. Raises LocalError."""
    users.seed_users(state, outputs)
    command = [sys.executable, "-m", "infra.local.seed"]
    steps.run(state, "seed", command, function_environment(outputs, outputs["api_function"]), SECONDS)


def tell_providers(outputs: Mapping[str, Any]) -> None:
    """Tell the provider simulator which topics to publish to, and which bucket mails land in."""
    topics = {name: outputs[f"{name}_topic_arn"] for name in TOPICS}
    body = json.dumps({**topics, "inbound_bucket": outputs["inbound_bucket"]}).encode()
    request = urllib.request.Request(f"{outputs['providers_url']}/topics", body, method="PUT")  # noqa: S310 (loopback)
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 (loopback)
        answer.read()


def function_environment(outputs: Mapping[str, Any], function: str) -> dict[str, str]:
    """The environment in which a deployed function runs on this machine."""
    configuration = client(outputs, "lambda").get_function_configuration(FunctionName=function)
    ports, clock = Ports(**outputs["ports"]), LocalClock.of(outputs["clock"])
    return {
        **bare_environment(),
        **configuration.get("Environment", {}).get("Variables", {}),
        **client_environment(ports, clock),
    }


def main() -> None:
    """Write scripts and programs; runs in the environment of the API's function. What is there stays as it is."""
    seed_scripts()
    seed_programs()


if __name__ == "__main__":
    main()
