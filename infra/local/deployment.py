"""The stack on the emulator: layers built for this machine, bootstrapped and deployed by the unchanged CDK."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.local import steps
from infra.local.clockwork import LocalClock
from infra.local.emulator import ACCOUNT, REGION, Ports, bare_environment, client_environment
from infra.local.state import ROOT, LocalError, State, read_json

STAGE = "local"
STACK = f"Caring-{STAGE}"
BUNDLE_SECONDS, BOOTSTRAP_SECONDS, DEPLOY_SECONDS = 300.0, 180.0, 420.0
CHANNELS = ("whatsapp", "sms", "email", "voice")  # as infra.settings has them, whose CDK every command would wait for
_CDK = ROOT / "node_modules" / ".bin" / "cdk"
_SOURCES = ("cdk.json", "functions", "infra", "layers/caring/python", "requirements/layer.txt", "statemachines")
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_API_URL = re.compile(r"https://([^.]+)\.execute-api\.[^/]+/([^/]+)/?$")


def fingerprint() -> str:
    """What is to be deployed, as a digest of its sources: equal means there is nothing to deploy."""
    digest = hashlib.sha256()
    for source in _SOURCES:
        path = ROOT / source
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts and not file.is_relative_to(ROOT / "infra" / "local"):
                digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def deploy(
    state: State, ports: Ports, clock: LocalClock, overrides: Mapping[str, Any], *, bootstrapped: bool = False
) -> dict[str, Any]:
    """Build, bootstrap and deploy, each under a time-out; the stack's outputs by snake_case name. Raises LocalError."""
    if not _CDK.exists():
        raise LocalError("the CDK command line is not installed: run `make setup`")
    environment = {
        **bare_environment(),
        **client_environment(ports, clock),
        "CDK_HOME": str(state.root / "cdk-home"),  # a cache of its own: which account a key belongs to, and notices
        "CDK_VALIDATION": "false",  # of the templates: most of a synthesis' time, and the tests do it
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",  # the oldest that works
        "NO_COLOR": "1",
        "PYTHON_COLORS": "0",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CI": "true",
    }
    with steps.step("Building the layers"):
        command = [sys.executable, "-m", "infra.bundle", "--target", "local"]
        steps.run(state, "bundle", command, environment, BUNDLE_SECONDS)
    outputs_file = state.root / "stack-outputs.json"
    common = [
        *("--app", f'"{sys.executable}" -m infra.app'),
        *("--output", str(state.root / "cdk.out")),
        *context(ports, overrides),
        *("--context", f"caring:dependencies_dir={pointer_layer(state)}"),
        *("--no-notices", "--no-version-reporting"),
    ]
    if not bootstrapped:
        with steps.step("Bootstrapping the CDK"):
            # Without the app, which would be synthesized here and again for the deployment.
            command = [str(_CDK), "bootstrap", f"aws://{ACCOUNT}/{REGION}", "--app", "", "--no-notices"]
            steps.run(state, "bootstrap", command, environment, BOOTSTRAP_SECONDS)
    with steps.step("Deploying the stack"):
        command = [
            *(str(_CDK), "deploy", STACK, "--exclusively", "--require-approval", "never"),
            *("--method", "direct", "--asset-parallelism", "--asset-prebuild=false"),
            *("--progress", "events", "--outputs-file", str(outputs_file)),
            *common,
        ]
        steps.run(state, "deploy", command, environment, DEPLOY_SECONDS)
    return _outputs(outputs_file, ports)


def pointer_layer(state: State) -> Path:
    """A layer that leads to the one just built, in its place, instead of holding a copy of its thousands of files.

    The emulator unpacks layers for every worker that it starts: copies cost each a cold start, and `down` a minute.
    What is imported are the built layer's own files, before any other; a new build makes another layer version.
    """
    built = ROOT / "layers" / "dependencies" / "build" / "local"
    folder = state.root / "dependencies"
    packages = folder / "python" / "lib" / "python3" / "site-packages"
    packages.mkdir(parents=True, exist_ok=True)
    digest = built.with_suffix(".inputs").read_text(encoding="utf-8")
    line = f"import sys; sys.path.insert(0, {str(built / 'python')!r})  # {digest}\n"
    (packages / "dependencies.pth").write_text(line, encoding="utf-8")
    return folder


def context(ports: Ports, overrides: Mapping[str, Any]) -> list[str]:
    """What a laptop passes to the same application: its addresses, its processor, and data that goes with the stack."""
    arm = platform.machine().lower() in ("arm64", "aarch64")
    values: dict[str, object] = {
        "stage": STAGE,
        "region": REGION,
        "architecture": "arm64" if arm else "x86_64",
        "layers_target": "local",
        "removal_policy": "destroy",
        "gateway_errors": "resources",  # the emulator does not read them from the API's document
        "nag": "off",  # the tests run it
        "schedule_state": "DISABLED",  # the clock driver fires them
        "concurrency": json.dumps({channel: {"blast": 2, "conversation": 2} for channel in CHANNELS}),
        "workers": json.dumps(
            dict.fromkeys(("imports", "receipts", "replies", "incidents"), 2)
        ),  # each unpacks the layers
        "scan_segments": 2,
        "link_base_url": ports.site_url,
        "media_base_url": f"{ports.site_url}/media",
        "overrides": json.dumps(dict(overrides)),
    }
    return [word for key, value in values.items() for word in ("--context", f"caring:{key}={value}")]


def _outputs(file: Path, ports: Ports) -> dict[str, Any]:
    stack = read_json(file).get(STACK)
    if not isinstance(stack, dict):
        raise LocalError(f"the deployment wrote no outputs of {STACK}", file)
    outputs: dict[str, Any] = {_WORDS.sub("_", key).lower(): _value(value) for key, value in stack.items()}
    match = _API_URL.match(str(outputs.get("api_url")))
    if not match:
        raise LocalError(f"the stack's ApiUrl is {outputs.get('api_url')!r}", file)
    outputs["api_url"] = f"{ports.aws_endpoint_url}/_aws/execute-api/{match[1]}/{match[2]}"
    return outputs


def _value(text: str) -> Any:
    return json.loads(text) if text.startswith("{") else text
