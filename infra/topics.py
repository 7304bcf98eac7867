"""The topics to which providers publish: delivery events and what customers write back.

The key is our own because the AWS-managed SNS key cannot be opened to other services, and without that an encrypted
topic refuses every provider.
"""

from __future__ import annotations

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.queues import WorkQueue
from infra.settings import Settings

# topic → the service that publishes to it
PUBLISHERS = {
    "whatsapp_events": "social-messaging.amazonaws.com",
    "sms_events": "sms-voice.amazonaws.com",
    "sms_replies": "sms-voice.amazonaws.com",
    "email_events": "ses.amazonaws.com",
    "email_replies": "ses.amazonaws.com",
}


def topic_key(scope: Construct, settings: Settings) -> kms.Key:
    """The key of every topic, usable by the services that publish for this account."""
    key = kms.Key(
        scope,
        "TopicKey",
        description="Encrypts what providers and alarms publish",
        enable_key_rotation=True,
        removal_policy=RemovalPolicy.RETAIN if settings.keeps_data else RemovalPolicy.DESTROY,
    )
    for service in sorted({*PUBLISHERS.values(), "cloudwatch.amazonaws.com"}):
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(service)],
                actions=["kms:GenerateDataKey*", "kms:Decrypt"],
                resources=["*"],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}},
            )
        )
    return key


class ProviderTopics(Construct):
    """`topics` by name, each open to one service acting for this account."""

    def __init__(self, scope: Construct, id_: str, settings: Settings, key: kms.IKey) -> None:
        super().__init__(scope, id_)
        self.topics = {name: self._topic(name, service, settings, key) for name, service in PUBLISHERS.items()}

    def _topic(self, name: str, service: str, settings: Settings, key: kms.IKey) -> sns.Topic:
        topic = sns.Topic(
            self,
            "".join(word.title() for word in name.split("_")),
            topic_name=settings.name(name),
            master_key=key,
            enforce_ssl=True,
        )
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="ProviderPublishes",
                principals=[iam.ServicePrincipal(service)],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
        return topic

    def deliver(self, names: tuple[str, ...], to: WorkQueue) -> None:
        """Deliver topics to a queue, the provider's payload as it came."""
        for name in names:
            self.topics[name].add_subscription(
                subscriptions.SqsSubscription(to.queue, raw_message_delivery=True, dead_letter_queue=to.dead_letters)
            )
