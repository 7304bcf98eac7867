"""E-mail's side at SES: the configuration set under which mail is sent, and where SES tells of what became of it."""

from __future__ import annotations

from aws_cdk import aws_ses as ses
from constructs import Construct

from infra.settings import Settings
from infra.topics import ProviderTopics

EVENTS = ("SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "REJECT", "RENDERING_FAILURE", "DELIVERY_DELAY", "OPEN")


class Mail(Construct):
    """The configuration set `name`, its events on the topic email_events."""

    def __init__(self, scope: Construct, id_: str, settings: Settings, topics: ProviderTopics) -> None:
        super().__init__(scope, id_)
        self.name = settings.name("email")
        configuration = ses.CfnConfigurationSet(
            self,
            "ConfigurationSet",
            name=self.name,
            delivery_options=ses.CfnConfigurationSet.DeliveryOptionsProperty(tls_policy="REQUIRE"),
            reputation_options=ses.CfnConfigurationSet.ReputationOptionsProperty(reputation_metrics_enabled=True),
            # SES keeps its own list of hard bounces and spam reports; ours decides, its is the second lock.
            suppression_options=ses.CfnConfigurationSet.SuppressionOptionsProperty(
                suppressed_reasons=["BOUNCE", "COMPLAINT"]
            ),
        )
        destination = ses.CfnConfigurationSetEventDestination(
            self,
            "Events",
            configuration_set_name=self.name,
            event_destination=ses.CfnConfigurationSetEventDestination.EventDestinationProperty(
                name="email_events",
                enabled=True,
                matching_event_types=list(EVENTS),
                sns_destination=ses.CfnConfigurationSetEventDestination.SnsDestinationProperty(
                    topic_arn=topics.topics["email_events"].topic_arn
                ),
            ),
        )
        destination.add_resource_dependency(configuration)
        destination.node.add_dependency(topics)
