"""One Lambda function of ours: code, runtime, role, log group and alarm, with only the rights that it asks for.

A function gets the name of a table or bucket in its environment only with a right to it, so that what it may not do
fails on the laptop too, where nobody enforces IAM.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from aws_cdk import CfnElement, Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.alarms import Alarms
from infra.data import TABLES, Data
from infra.layers import RUNTIME, Layers, architecture
from infra.nag import accept
from infra.settings import FUNCTIONS, Settings

# What a letter of a table right allows: r(ead), s(can), w(rite). PartiQL has IAM actions of its own.
TABLE_ACTIONS = {
    "r": ("GetItem", "BatchGetItem", "Query", "PartiQLSelect"),
    "s": ("Scan",),
    "w": (
        "PutItem",
        "UpdateItem",
        "DeleteItem",
        "BatchWriteItem",
        "ConditionCheckItem",
        "PartiQLInsert",
        "PartiQLUpdate",
        "PartiQLDelete",
    ),
}


@dataclass(frozen=True, slots=True)
class House:
    """What every function lives in: the stage's settings, stores, layers and alarms."""

    settings: Settings
    data: Data
    layers: Layers
    alarms: Alarms

    def environment(self, service: str) -> dict[str, str]:
        """Variables that every function has."""
        return {
            "POWERTOOLS_SERVICE_NAME": service,
            "POWERTOOLS_METRICS_NAMESPACE": "caring",
            "POWERTOOLS_LOG_LEVEL": "INFO",
            "CARING_OVERRIDES": self.settings.overrides,
        }


def grant_tables(role: iam.IGrantable, data: Data, rights: Mapping[str, str]) -> dict[str, str]:
    """Allow a role its tables, e.g. {"runs": "rw"}; the environment that names them."""
    for name, letters in rights.items():
        arn = data.tables[name].table_arn
        indexes = [f"{arn}/index/{index}" for index in TABLES[name].indexes]
        role.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=[f"dynamodb:{action}" for letter in letters for action in TABLE_ACTIONS[letter]],
                resources=[arn, *(indexes if "r" in letters else [])],
            )
        )
    return {f"{name.upper()}_TABLE": data.tables[name].table_name for name in rights}


def grant_objects(
    role: iam.Role,
    bucket: s3.Bucket,
    *,
    read: tuple[str, ...],
    write: tuple[str, ...] = (),
    delete: tuple[str, ...] = (),
) -> None:
    """Allow a role the objects under prefixes ("plans/"). Who may list gets a 404 for a missing object, not a 403."""
    principal = role.grant_principal
    bucket_id = Stack.of(bucket).get_logical_id(cast(CfnElement, bucket.node.default_child))
    accept(
        role,
        "Objects are named when they are made: the right is to one prefix of one bucket",
        *(f"IAM5[Resource::<{bucket_id}.Arn>/{prefix}*]" for prefix in {*read, *write, *delete}),
    )
    if read:
        principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["s3:GetObject"], resources=[bucket.arn_for_objects(f"{prefix}*") for prefix in read]
            )
        )
        principal.add_to_principal_policy(iam.PolicyStatement(actions=["s3:ListBucket"], resources=[bucket.bucket_arn]))
    if write:
        principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["s3:PutObject", "s3:AbortMultipartUpload"],
                resources=[bucket.arn_for_objects(f"{prefix}*") for prefix in write],
            )
        )
    if delete:
        principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["s3:DeleteObject"], resources=[bucket.arn_for_objects(f"{prefix}*") for prefix in delete]
            )
        )


def function_role(scope: Construct, id_: str, log_group: logs.LogGroup) -> iam.Role:
    """A role that may write its own log group and nothing else yet."""
    role = iam.Role(scope, id_, assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    role.add_to_policy(
        iam.PolicyStatement(actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[log_group.log_group_arn])
    )
    accept(role, "X-Ray's PutTraceSegments knows no resources", "IAM5[Resource::*]")
    return role


def function_logs(scope: Construct, id_: str, settings: Settings, function_name: str) -> logs.LogGroup:
    """The log group of a function, kept as long as the stage says."""
    return logs.LogGroup(
        scope,
        id_,
        log_group_name=f"/aws/lambda/{function_name}",
        retention=retention(settings),
        removal_policy=RemovalPolicy.DESTROY,
    )


def retention(settings: Settings) -> logs.RetentionDays:
    """Log retention as CloudWatch names it; it takes certain numbers of days only."""
    days = settings.keep_days["logs"]
    names = {7: "ONE_WEEK", 14: "TWO_WEEKS", 30: "ONE_MONTH", 90: "THREE_MONTHS", 365: "ONE_YEAR"}
    return logs.RetentionDays[names[days]]


class CaringFunction(Construct):
    """A function of functions/<folder>, handler `handler.handler`: `function` is the Lambda, `name` its own name."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        house: House,
        *,
        folder: str,
        timeout: Duration,
        memory: int = 512,
        tables: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        dead_letters: sqs.Queue | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(scope, id_)
        self._data = house.data
        self.name = house.settings.name(name or folder)
        group = function_logs(self, "Logs", house.settings, self.name)
        self.role = function_role(self, "Role", group)
        named = grant_tables(self.role, house.data, tables or {})
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=self.name,
            code=lambda_.Code.from_asset(str(FUNCTIONS / folder), exclude=["__pycache__", "*.pyc"]),
            handler="handler.handler",
            runtime=RUNTIME,
            architecture=architecture(house.settings),
            layers=house.layers.all,
            timeout=timeout,
            memory_size=memory,
            role=self.role,
            log_group=group,
            tracing=lambda_.Tracing.ACTIVE,
            environment={**house.environment(name or folder), **named, **(environment or {})},
            dead_letter_queue=dead_letters,
        )
        house.alarms.watch_errors(self.function, self.function.function_name)
        accept(self.function, "3.13 is the newest Python that all of our dependencies have wheels for", "L1")

    def may(self, actions: list[str], *resources: str) -> None:
        """Allow actions on resources; the place that asks says why."""
        self.role.add_to_policy(iam.PolicyStatement(actions=actions, resources=list(resources)))

    def may_use_objects(
        self, *, read: tuple[str, ...] = (), write: tuple[str, ...] = (), delete: tuple[str, ...] = ()
    ) -> None:
        """Allow objects of the data bucket under prefixes, and name the bucket."""
        grant_objects(self.role, self._data.data_bucket, read=read, write=write, delete=delete)
        self.function.add_environment("DATA_BUCKET", self._data.data_bucket.bucket_name)

    def may_send(self, *queues: sqs.Queue) -> None:
        """Allow sending to queues."""
        self.may(["sqs:SendMessage"], *(queue.queue_arn for queue in queues))


def arn(scope: Construct, service: str, resource: str) -> str:
    """The ARN of a resource in this stack's partition, region and account."""
    stack = Stack.of(scope)
    return f"arn:{stack.partition}:{service}:{stack.region}:{stack.account}:{resource}"
