"""The stacks as a whole: what they are made of, that they are made offline, and that nobody changed them unawares."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.infra.synthesis import AWS_ONLY, MAIN, Synthesis

SNAPSHOTS = Path(__file__).parent / "snapshots"
# Types for which the laptop cloud refuses a whole template; found by trying.
REFUSED = (
    "AWS::SMSVOICE::",
    "AWS::SES::ReceiptRule",
    "AWS::WAFv2::WebACLAssociation",
    "AWS::Budgets::",
    "AWS::Backup::BackupSelection",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::ApplicationAutoScaling::",
    "Custom::",
    "AWS::CloudFormation::CustomResource",
)
OUTPUTS = {
    *("ApiUrl", "UserPoolId", "UserPoolClientId", "DataBucket", "InboundBucket", "CaringRunArn", "ComplaintArn"),
    *("ScheduleGroup", "LinkSecretArn", "QueueUrls", "ReceiptsQueueUrl", "RepliesQueueUrl", "ImportsQueueUrl"),
    *("CustomersTable", "MessagesTable", "TimelineTable", "TicketsTable", "WorkItemsTable", "ProgramsTable"),
    *("ScriptsTable", "RunsTable", "ImportsTable", "ParkedTable", "IdempotencyTable"),
    *("WhatsappEventsTopicArn", "SmsEventsTopicArn", "SmsRepliesTopicArn", "EmailEventsTopicArn"),
    "EmailRepliesTopicArn",
}


def test_synthesis_works_offline_and_nothing_is_found_against_it(synthesis: Synthesis) -> None:
    assert synthesis.error is None
    report = json.loads((synthesis.folder / "validation-report.json").read_text())
    rules = [violation for plugin in report["pluginReports"] for violation in plugin.get("violations", [])]
    assert not rules
    assert "AwsSolutions" in json.dumps(report)


def test_the_first_stack_holds_nothing_that_the_laptop_cloud_refuses(synthesis: Synthesis) -> None:
    kinds = {resource["Type"] for resource in synthesis.resources.values()}
    assert not [kind for kind in kinds if kind.startswith(REFUSED)]


def test_no_alarm_computes(synthesis: Synthesis) -> None:
    assert not [n for n, a in synthesis.of_type("AWS::CloudWatch::Alarm").items() if "Metrics" in a["Properties"]]


def test_the_second_stack_holds_only_what_the_first_may_not(synthesis: Synthesis) -> None:
    kinds = {resource["Type"] for resource in synthesis.templates[AWS_ONLY]["Resources"].values()}
    assert kinds == {
        "AWS::SMSVOICE::ConfigurationSet",
        "AWS::SES::ReceiptRuleSet",
        "AWS::SES::ReceiptRule",
        "AWS::WAFv2::WebACL",
        "AWS::WAFv2::WebACLAssociation",
    }


def test_the_stack_tells_where_its_things_are(synthesis: Synthesis) -> None:
    assert set(synthesis.templates[MAIN]["Outputs"]) >= OUTPUTS


def test_nothing_is_fetched_from_elsewhere_when_a_function_starts(synthesis: Synthesis) -> None:
    assert not [n for n, f in synthesis.functions.items() if "ImageUri" in json.dumps(f)]


def _masked(template: dict[str, Any]) -> list[str]:
    """One line for each thing of a template; what changes with every line of code is masked."""
    lines = []
    for section in ("Parameters", "Resources", "Outputs"):
        for name, thing in sorted(template.get(section, {}).items()):
            if thing.get("Type") == "AWS::ApiGateway::RestApi":
                thing = {**thing, "Properties": {**thing["Properties"], "Body": "<openapi>"}}  # noqa: PLW2901
            line = json.dumps({name: {k: v for k, v in thing.items() if k != "Metadata"}}, sort_keys=True)
            line = re.sub(r"[0-9a-f]{64}", "<asset>", line)
            lines.append(re.sub(r"ApiDeployment[0-9a-f]{12}[0-9A-F]*", "ApiDeployment", line))
    return lines


@pytest.mark.parametrize("name", [MAIN, AWS_ONLY])
def test_a_change_to_the_infrastructure_is_seen(synthesis: Synthesis, name: str) -> None:
    """After a change that is meant: CARING_SNAPSHOT=write make test-fast ARGS=tests/infra, and read the difference."""
    file = SNAPSHOTS / f"{name}.jsonl"
    now = _masked(synthesis.templates[name])
    if os.environ.get("CARING_SNAPSHOT") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text("\n".join(now) + "\n")
    before = file.read_text().splitlines()
    assert [line for line in now if line not in before] == []
    assert [line for line in before if line not in now] == []
