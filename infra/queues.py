"""A queue that loses nothing: what fails five times waits in a dead-letter queue, which has an alarm."""

from __future__ import annotations

from aws_cdk import CfnResource, Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.alarms import Alarms

RECEIVES = 5  # how often a message is tried before it counts as poison
BATCH = 10  # the most that one receive can take


class WorkQueue(Construct):
    """`queue` and its `dead_letters`, both encrypted and closed to plain HTTP.

    `handled_within` is the time-out of the function that reads it: a message stays hidden twice as long.
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, handled_within: Duration, alarms: Alarms) -> None:
        super().__init__(scope, id_)
        self.dead_letters = dead_letter_queue(self, "DeadLetters", name=f"{name}-dead", alarms=alarms)
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=name,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            visibility_timeout=Duration.seconds(handled_within.to_seconds() * 2),
            retention_period=Duration.days(7),
            receive_message_wait_time=Duration.seconds(20),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=RECEIVES),
        )

    def feed(self, function: lambda_.Function, *, batch_size: int = BATCH, max_concurrency: int) -> None:
        """Let a function read the queue; it answers with the messages of a batch that failed."""
        function.add_event_source(
            sources.SqsEventSource(
                self.queue,
                batch_size=batch_size,
                max_concurrency=max_concurrency,
                report_batch_item_failures=True,
            )
        )

    def admit_uploads(self) -> CfnResource:
        """Let this account's buckets write to the queue; the policy, which must be there before a bucket is told."""
        self.queue.add_to_resource_policy(
            iam.PolicyStatement(
                sid="BucketTellsOfUploads",
                principals=[iam.ServicePrincipal("s3.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[self.queue.queue_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
        policy = self.queue.node.find_child("Policy").node.default_child
        assert isinstance(policy, CfnResource)  # noqa: S101 - for the type checker
        return policy


def dead_letter_queue(scope: Construct, id_: str, *, name: str, alarms: Alarms) -> sqs.Queue:
    """A queue that keeps what failed for fourteen days and raises an alarm at the first message."""
    queue = sqs.Queue(
        scope,
        id_,
        queue_name=name,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=Duration.days(14),
    )
    alarms.watch_dead_letters(queue)
    return queue
