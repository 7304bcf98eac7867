"""EventBridge Scheduler: a group of its own, the role that schedules act with, and the schedules that always run."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra.functions import CaringFunction, arn
from infra.settings import Settings

TIME_ZONE = "Asia/Jakarta"


class Schedules(Construct):
    """`group_name`, `role` (may start what it is told to), and `every` for a fixed schedule.

    Programs' own schedules are made by the API in the same group, with the same role; tickets' by their functions.
    """

    def __init__(self, scope: Construct, id_: str, settings: Settings) -> None:
        super().__init__(scope, id_)
        self._settings = settings
        self.group_name = settings.name("schedules")
        self._group = scheduler.CfnScheduleGroup(self, "Group", name=self.group_name)
        self.schedules_arn = arn(self, "scheduler", f"schedule/{self.group_name}/*")
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            ),
        )

    def may_start(self, state_machine_arn: str) -> None:
        """Let schedules start executions of a state machine."""
        self.role.add_to_policy(iam.PolicyStatement(actions=["states:StartExecution"], resources=[state_machine_arn]))

    def may_invoke(self, function_arn: str) -> None:
        """Let schedules invoke a function."""
        self.role.add_to_policy(iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[function_arn]))

    @property
    def pass_role(self) -> iam.PolicyStatement:
        """The right of whoever makes schedules: to hand Scheduler the role with which they act."""
        return iam.PolicyStatement(
            actions=["iam:PassRole"],
            resources=[self.role.role_arn],
            conditions={"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
        )

    def every(self, expression: str, target: CaringFunction) -> None:
        """Invoke a function on a schedule, e.g. "rate(5 minutes)", times as in Jakarta."""
        self.may_invoke(target.function.function_arn)
        schedule = scheduler.CfnSchedule(
            self,
            f"Every{target.node.id}",
            name=target.name,
            group_name=self.group_name,
            schedule_expression=expression,
            schedule_expression_timezone=TIME_ZONE,
            state=self._settings.schedule_state,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=target.function.function_arn,
                role_arn=self.role.role_arn,
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=300, maximum_retry_attempts=2
                ),
            ),
        )
        schedule.add_resource_dependency(self._group)
