"""Alarms: for every dead-letter queue, every function's errors and what waits too long, all to one topic."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.settings import Settings


class Alarms(Construct):
    """The alarm topic (`topic`) and what raises it. `key` must let CloudWatch publish."""

    def __init__(self, scope: Construct, id_: str, settings: Settings, key: kms.IKey) -> None:
        super().__init__(scope, id_)
        self._settings = settings
        self.topic = sns.Topic(self, "Topic", topic_name=settings.name("alarms"), master_key=key, enforce_ssl=True)
        if settings.alarm_email:
            self.topic.add_subscription(subscriptions.EmailSubscription(settings.alarm_email))

    def watch_dead_letters(self, queue: sqs.Queue) -> None:
        """Alarm as soon as one message lies in the queue."""
        self._alarm(
            queue,
            queue.metric_approximate_number_of_messages_visible(period=Duration.minutes(1), statistic="Maximum"),
            "Messages failed five times: read them, mend the cause, then redrive",
        )

    def watch_errors(self, of: Construct, function_name: str) -> None:
        """Alarm when a function ended in an error (a time-out, a crash) within five minutes."""
        metric = cloudwatch.Metric(
            namespace="AWS/Lambda",
            metric_name="Errors",
            dimensions_map={"FunctionName": function_name},
            period=Duration.minutes(5),
            statistic="Sum",
        )
        self._alarm(of, metric, "The function crashed or timed out: its log group tells why")

    def watch_requests(self, of: Construct, service: str) -> None:
        """Alarm while a customer's request about his data is open and due soon; its function tells how many are."""
        metric = cloudwatch.Metric(
            namespace="caring",
            metric_name="RequestsDueSoon",
            dimensions_map={"service": service},
            period=Duration.hours(1),
            statistic="Maximum",
        )
        self._alarm(of, metric, "A request about personal data must be done within hours: GET /requests tells which")

    def watch_executions(self, of: Construct, machine_arn: str) -> None:
        """Alarm when an execution of a state machine failed for good within five minutes."""
        metric = cloudwatch.Metric(
            namespace="AWS/States",
            metric_name="ExecutionsFailed",
            dimensions_map={"StateMachineArn": machine_arn},
            period=Duration.minutes(5),
            statistic="Sum",
        )
        self._alarm(of, metric, "A step failed after its retries: the execution's history names it")

    def watch_stuck_tickets(self, of: Construct, service: str) -> None:
        """Alarm while a ticket cannot be moved on by itself; the sweep tells how many are."""
        metric = cloudwatch.Metric(
            namespace="caring",
            metric_name="TicketsStuck",
            dimensions_map={"service": service},
            period=Duration.hours(1),
            statistic="Maximum",
        )
        self._alarm(of, metric, "A ticket was started again in vain: its id is in the sweep's log; see make restart")

    def _alarm(self, of: Construct, metric: cloudwatch.IMetric, description: str) -> None:
        alarm = cloudwatch.Alarm(
            of,
            "Alarm",
            alarm_description=description,
            metric=metric,
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))
