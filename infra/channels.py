"""The channels: two queues each, blast and conversation, and a sender for each queue.

Conversation has a lane of its own, so that a closure question never stands behind a blast of hours. All senders are one
code, functions/send_messages; each knows its channel, its lane's share of the channel's rate, and how many run beside.
"""

from __future__ import annotations

import json
from email.utils import parseaddr

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.functions import CaringFunction, House, arn
from infra.nag import accept_wildcard
from infra.queues import BATCH, WorkQueue
from infra.settings import CHANNELS, LANES, Settings

TIMEOUT = Duration.seconds(120)
SENDER_TABLES = {"customers": "r", "incidents": "r", "messages": "rw", "runs": "rw", "scripts": "r"}


class Channels(Construct):
    """`queues[channel][lane]` and their `senders`; `queue_urls` is QUEUE_URLS of the environment."""

    def __init__(self, scope: Construct, id_: str, house: House) -> None:
        super().__init__(scope, id_)
        self._house = house
        self.queues = {channel: {lane: self._queue(channel, lane) for lane in LANES} for channel in CHANNELS}
        self.queue_urls = json.dumps(
            {
                channel: {lane: work.queue.queue_url for lane, work in lanes.items()}
                for channel, lanes in self.queues.items()
            }
        )
        self.senders = [self._sender(channel, lane) for channel in CHANNELS for lane in LANES]

    def let_converse(self, caller: CaringFunction) -> None:
        """Let a function say something to a customer: it puts a body on the conversation queue of a channel."""
        caller.may_send(*self.conversation_queues)
        caller.function.add_environment("QUEUE_URLS", self.queue_urls)

    @property
    def conversation_queues(self) -> list[sqs.Queue]:
        """The queue of each channel for what is said to one customer."""
        return [lanes["conversation"].queue for lanes in self.queues.values()]

    def _queue(self, channel: str, lane: str) -> WorkQueue:
        return WorkQueue(
            self,
            f"{channel.title()}{lane.title()}",
            name=self._house.settings.name(f"{channel}-{lane}"),
            handled_within=TIMEOUT,
            alarms=self._house.alarms,
        )

    def _sender(self, channel: str, lane: str) -> CaringFunction:
        house, settings = self._house, self._house.settings
        name = f"send_{channel}" if lane == "blast" else f"send_{channel}_{lane}"
        workers = settings.max_concurrency(channel, lane)
        sender = CaringFunction(
            self,
            f"Send{channel.title()}{lane.title()}",
            house,
            folder="send_messages",
            name=name,
            timeout=TIMEOUT,
            memory=1024,
            tables=SENDER_TABLES,
            environment={
                "CHANNEL": channel,
                "WORKER_CONCURRENCY": str(workers),
                "WORKER_SHARE": settings.share(lane),
                "QUEUE_URLS": self.queue_urls,
                "LINK_SECRET_ARN": house.data.link_secret.secret_arn,
                "LINK_BASE_URL": settings.link_base_url,
                "MEDIA_BASE_URL": settings.media_base_url,
                **identities(settings),
            },
        )
        work = self.queues[channel][lane]
        # A chunk of 200 customers fills an invocation; conversation messages come singly.
        work.feed(sender.function, batch_size=1 if lane == "blast" else BATCH, max_concurrency=workers)
        sender.may_send(work.queue)  # what the window or the provider held back goes to the end of its own lane
        sender.may(["secretsmanager:GetSecretValue"], house.data.link_secret.secret_arn)
        actions, resources = provider_rights(self, channel, settings)
        sender.may(actions, *resources)
        numbers = [resource for resource in resources if resource.endswith("*")]
        accept_wildcard(sender.role, "IAM knows a telephone number by an id that only the account knows", *numbers)
        return sender


def identities(settings: Settings) -> dict[str, str]:
    """The registered identities as which the operator sends."""
    known = settings.identities
    return {
        "WHATSAPP_PHONE_NUMBER_ID": known["whatsapp_phone_number_id"],
        "SMS_ORIGINATION_IDENTITY": known["sms_origination_identity"],
        "SMS_CONFIGURATION_SET": settings.name("sms"),
        "VOICE_ORIGINATION_IDENTITY": known["voice_origination_identity"],
        "EMAIL_FROM": known["email_from"],
        "EMAIL_CONFIGURATION_SET": settings.name("email"),
    }


def provider_rights(scope: Construct, channel: str, settings: Settings) -> tuple[list[str], list[str]]:
    """What the channel's sender may do at its provider: actions, and the identities that it may use.

    IAM knows a telephone number by an id that only the account knows, hence the wildcard of numbers.
    """
    known = settings.identities
    if channel == "whatsapp":
        number = known["whatsapp_phone_number_id"].removeprefix("phone-number-id-")
        return ["social-messaging:SendWhatsAppMessage"], [arn(scope, "social-messaging", f"phone-number-id/{number}")]
    if channel == "voice":
        return ["sms-voice:SendVoiceMessage"], [arn(scope, "sms-voice", "phone-number/*")]
    if channel == "sms":
        sender = known["sms_origination_identity"]
        resource = "phone-number/*" if sender.startswith("+") else f"sender-id/{sender}/ID"
        return ["sms-voice:SendTextMessage"], [arn(scope, "sms-voice", resource)]
    mailbox = parseaddr(known["email_from"])[1]
    return ["ses:SendEmail", "ses:SendRawEmail", "ses:SendBulkEmail"], [
        arn(scope, "ses", f"identity/{mailbox}"),
        arn(scope, "ses", f"identity/{mailbox.partition('@')[2]}"),
        arn(scope, "ses", f"configuration-set/{settings.name('email')}"),
    ]
