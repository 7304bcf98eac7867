"""What one deployment is told, read from the CDK context once and checked before a single construct is made.

The keys and their defaults stand in cdk.json under "caring:"; `-c caring:key=value` overrides one (objects as JSON).
There is no question "is this the laptop": a laptop passes other values.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from constructs import Node

ROOT = Path(__file__).resolve().parent.parent
FUNCTIONS = ROOT / "functions"
STATE_MACHINES = ROOT / "statemachines"
CHANNELS = ("whatsapp", "sms", "email", "voice")
LANES = ("blast", "conversation")
CONNECT = ("instance_id", "contact_flow_id", "queue_id")  # of Amazon Connect: who dials, by which flow and number
ROLES = (
    "agent",
    "officer",
    "unit_member",
    "manager",
    "general_manager",
    "regional_approver",
    "head_office_approver",
    "ops",
)
CONFIGURATION = ROOT / "layers" / "caring" / "python" / "caring" / "configuration.toml"


class SettingError(ValueError):
    """A context value cannot be used; the message names the key and what it may hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Context of one stage.

    Days are whole, rates are requests a second. `concurrency` is how many senders of a channel's lane run at once,
    `workers` how many readers of another queue. `connect` is empty, or names what dials for officers.
    """

    stage: str
    region: str
    architecture: str
    layers_target: str
    removal_policy: str
    schedule_state: str
    link_base_url: str
    media_base_url: str
    overrides: str
    identities: dict[str, str]
    connect: dict[str, str]
    concurrency: dict[str, dict[str, int]]
    workers: dict[str, int]
    keep_days: dict[str, int]
    throttle: dict[str, int]
    alarm_email: str
    monthly_budget: int
    gateway_errors: str
    caring_layer_dir: Path
    dependencies_dir: Path

    @property
    def keeps_data(self) -> bool:
        """Whether tables and buckets outlive their stack."""
        return self.removal_policy == "retain"

    def name(self, thing: str) -> str:
        """The physical name of a thing of this stage, e.g. caring-dev-send_sms."""
        return f"caring-{self.stage}-{thing}"

    def share(self, lane: str) -> str:
        """A lane's part of its channel's rate, as the product's configuration or its overrides state it."""
        rates = tomllib.loads(CONFIGURATION.read_text("utf-8"))["rates"] | json.loads(self.overrides).get("rates", {})
        return str(rates[f"{lane}_share"])

    def max_concurrency(self, channel: str, lane: str) -> int:
        """How many senders of a lane may run at once; SQS takes no fewer than 2."""
        return self.concurrency[channel][lane]

    @classmethod
    def of(cls, node: Node) -> Settings:
        """Read and check the context. Raises SettingError."""

        def get(key: str) -> Any:
            value = node.try_get_context(f"caring:{key}")
            if value is None:
                raise SettingError(
                    f"context caring:{key} is missing: run from the folder of cdk.json or pass -c caring:{key}=…"
                )
            return value

        def mapping(key: str) -> dict[str, Any]:
            value = get(key)
            if isinstance(value, str):
                try:
                    value = json.loads(value or "{}")
                except json.JSONDecodeError as error:
                    raise SettingError(f"context caring:{key} is not JSON: {error}") from error
            if not isinstance(value, dict):
                raise SettingError(f"context caring:{key} must be a JSON object")
            return value

        def one_of(key: str, *allowed: str) -> str:
            value = str(get(key))
            if value not in allowed:
                raise SettingError(f"context caring:{key} is {value!r}: use one of {', '.join(allowed)}")
            return value

        target = one_of("layers_target", "aws", "local")
        build = {name: ROOT / "layers" / name / "build" / target for name in ("caring", "dependencies")}
        overrides = mapping("overrides")
        overrides["plan"] = {"segments": int(get("scan_segments"))} | overrides.get("plan", {})
        settings = cls(
            stage=str(get("stage")),
            region=str(get("region")),
            architecture=one_of("architecture", "arm64", "x86_64"),
            layers_target=target,
            removal_policy=one_of("removal_policy", "retain", "destroy"),
            schedule_state=one_of("schedule_state", "ENABLED", "DISABLED"),
            link_base_url=str(get("link_base_url")).rstrip("/"),
            media_base_url=str(get("media_base_url")).rstrip("/"),
            overrides=json.dumps(overrides, separators=(",", ":"), sort_keys=True),
            identities={key: str(value) for key, value in mapping("identities").items()},
            connect={key: str(value) for key, value in mapping("connect").items()},
            concurrency=mapping("concurrency"),
            workers={key: int(value) for key, value in mapping("workers").items()},
            keep_days={key: int(value) for key, value in mapping("keep_days").items()},
            throttle={key: int(value) for key, value in mapping("throttle").items()},
            alarm_email=str(get("alarm_email")),
            monthly_budget=int(get("monthly_budget")),
            gateway_errors=one_of("gateway_errors", "document", "resources"),
            caring_layer_dir=Path(str(node.try_get_context("caring:caring_layer_dir") or build["caring"])),
            dependencies_dir=Path(str(node.try_get_context("caring:dependencies_dir") or build["dependencies"])),
        )
        if settings.connect and set(settings.connect) != set(CONNECT):
            raise SettingError(f"context caring:connect must be empty, or give {', '.join(CONNECT)}")
        for channel in CHANNELS:
            for lane in LANES:
                if int(settings.concurrency.get(channel, {}).get(lane, 0)) < 2:
                    raise SettingError(
                        f"context caring:concurrency must give {channel}.{lane} 2 or more: SQS takes no less"
                    )
        return settings
