"""The whole of Caring in one stack: a list of its capabilities, in the order in which they need each other."""

from __future__ import annotations

from aws_cdk import CfnOutput, Environment, Stack, Tags
from constructs import Construct

from infra.alarms import Alarms
from infra.api import Api
from infra.channels import Channels
from infra.complaints import Complaints
from infra.data import Data
from infra.functions import House
from infra.identity import Identity
from infra.importing import Importing
from infra.incidents import Incidents
from infra.layers import Layers
from infra.mail import Mail
from infra.receipts import Receipts
from infra.rights import Rights
from infra.runs import Runs
from infra.schedules import Schedules
from infra.settings import Settings
from infra.topics import ProviderTopics, topic_key


class CaringStack(Stack):
    """Everything that both AWS and the laptop cloud take; what only AWS takes stands in AwsOnlyStack."""

    def __init__(self, scope: Construct, id_: str, settings: Settings) -> None:
        super().__init__(scope, id_, env=Environment(region=settings.region))
        Tags.of(self).add("application", "caring")
        Tags.of(self).add("stage", settings.stage)

        key = topic_key(self, settings)
        house = House(
            settings=settings,
            data=Data(self, "Data", settings),
            layers=Layers(self, "Layers", settings),
            alarms=Alarms(self, "Alarms", settings, key),
        )
        self.topics = ProviderTopics(self, "Topics", settings, key)
        self.mail = Mail(self, "Mail", settings, self.topics)
        self.data = house.data
        channels = Channels(self, "Channels", house)
        receipts = Receipts(self, "Receipts", house, topics=self.topics, channels=channels)
        importing = Importing(self, "Importing", house, channels)
        runs = Runs(self, "Runs", house, channels)
        schedules = Schedules(self, "Schedules", settings)
        schedules.may_start(runs.machine_arn)
        schedules.every("rate(5 minutes)", receipts.replay_parked)
        complaints = Complaints(self, "Complaints", house, channels, schedules)
        complaints.let_open(receipts.receive_reply)
        incidents = Incidents(self, "Incidents", house, channels, complaints)
        rights = Rights(self, "Rights", house, schedules, complaints)
        identity = Identity(self, "Identity", settings)
        self.api = Api(
            self,
            "Api",
            house,
            identity=identity,
            channels=channels,
            runs=runs,
            complaints=complaints,
            incidents=incidents,
            schedules=schedules,
            rights=rights,
        )

        outputs = {
            "ApiUrl": self.api.url,
            "ApiFunction": settings.name("api"),
            "UserPoolId": identity.pool.user_pool_id,
            "UserPoolClientId": identity.client.user_pool_client_id,
            "DataBucket": house.data.data_bucket.bucket_name,
            "InboundBucket": house.data.inbound_bucket.bucket_name,
            "LinkSecretArn": house.data.link_secret.secret_arn,
            "CaringRunArn": runs.machine_arn,
            "ComplaintArn": complaints.machine_arn,
            "ScheduleGroup": schedules.group_name,
            "QueueUrls": channels.queue_urls,
            "ReceiptsQueueUrl": receipts.receipts.queue.queue_url,
            "RepliesQueueUrl": receipts.replies.queue.queue_url,
            "ImportsQueueUrl": importing.work.queue.queue_url,
            "IncidentsQueueUrl": incidents.work.queue.queue_url,
            **{f"{_camel(name)}Table": table.table_name for name, table in house.data.tables.items()},
            **{f"{_camel(name)}TopicArn": topic.topic_arn for name, topic in self.topics.topics.items()},
        }
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)


def _camel(name: str) -> str:
    return "".join(word.title() for word in name.split("_"))
