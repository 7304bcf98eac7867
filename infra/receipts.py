"""What comes back: receipts and replies, each over a queue, and a second look at what found no message at first."""

from __future__ import annotations

from aws_cdk import Duration
from constructs import Construct

from infra.channels import Channels
from infra.functions import CaringFunction, House, grant_objects
from infra.queues import WorkQueue, dead_letter_queue
from infra.topics import ProviderTopics

TIMEOUT = Duration.seconds(60)
RECEIPT_TABLES = {"messages": "rw", "customers": "rw", "timeline": "w", "runs": "rw", "parked": "rw", "work_items": "w"}
# A reply may be a score, an answer, a complaint, a word on a payment: it writes in the rooms of all of them.
REPLY_TABLES = {
    "customers": "rw",
    "timeline": "rw",
    "parked": "w",
    "idempotency": "rw",
    "messages": "rw",
    "scripts": "r",
    "runs": "r",
    "nps": "rw",
    "tickets": "rw",
    "work_items": "rw",
}


class Receipts(Construct):
    """`record_receipt`, `receive_reply`, `replay_parked`, and the queues before the first two."""

    def __init__(self, scope: Construct, id_: str, house: House, *, topics: ProviderTopics, channels: Channels) -> None:
        super().__init__(scope, id_)
        name = house.settings.name
        self.receipts = WorkQueue(self, "Receipts", name=name("receipts"), handled_within=TIMEOUT, alarms=house.alarms)
        self.replies = WorkQueue(self, "Replies", name=name("replies"), handled_within=TIMEOUT, alarms=house.alarms)
        topics.deliver(("whatsapp_events", "sms_events", "email_events"), self.receipts)
        topics.deliver(("sms_replies", "email_replies"), self.replies)
        replies_url = {"REPLIES_QUEUE_URL": self.replies.queue.queue_url}

        self.record_receipt = CaringFunction(
            self,
            "RecordReceipt",
            house,
            folder="record_receipt",
            timeout=TIMEOUT,
            tables=RECEIPT_TABLES,
            environment=replies_url,
        )
        # WhatsApp tells of replies on the topic of its receipts: they are passed on.
        self.record_receipt.may_send(self.replies.queue)
        self.receipts.feed(self.record_receipt.function, max_concurrency=house.settings.workers["receipts"])
        for sender in channels.senders:  # what a provider refuses at once says as much as a receipt
            sender.may_send(self.receipts.queue)
            sender.function.add_environment("RECEIPTS_QUEUE_URL", self.receipts.queue.queue_url)

        self.receive_reply = CaringFunction(
            self,
            "ReceiveReply",
            house,
            folder="receive_reply",
            timeout=TIMEOUT,
            tables=REPLY_TABLES,
        )
        grant_objects(self.receive_reply.role, house.data.inbound_bucket, read=("",))
        self.receive_reply.function.add_environment("INBOUND_BUCKET", house.data.inbound_bucket.bucket_name)
        channels.let_converse(self.receive_reply)  # answers go out over the conversation queues
        self.replies.feed(self.receive_reply.function, max_concurrency=house.settings.workers["replies"])

        failed = dead_letter_queue(self, "ReplayFailed", name=name("replay_parked-dead"), alarms=house.alarms)
        self.replay_parked = CaringFunction(
            self,
            "ReplayParked",
            house,
            folder="replay_parked",
            timeout=Duration.seconds(240),
            tables=RECEIPT_TABLES,
            environment=replies_url,
            dead_letters=failed,
        )
        self.replay_parked.may_send(self.replies.queue)
