"""The import: a file put under uploads/ makes a message, a large file is cut into parts which are messages too."""

from __future__ import annotations

from aws_cdk import Duration
from constructs import Construct

from infra.channels import Channels
from infra.functions import CaringFunction, House
from infra.queues import WorkQueue

TIMEOUT = Duration.minutes(15)
TABLES = {
    "customers": "rw",
    "imports": "rw",
    "nps": "rw",
    "timeline": "w",
    "messages": "r",
    "scripts": "r",
    "idempotency": "w",
}


class Importing(Construct):
    """`work` is the imports queue, `import_customers` reads it."""

    def __init__(self, scope: Construct, id_: str, house: House, channels: Channels) -> None:
        super().__init__(scope, id_)
        self.work = WorkQueue(
            self, "Imports", name=house.settings.name("imports"), handled_within=TIMEOUT, alarms=house.alarms
        )
        policy = self.work.admit_uploads()
        house.data.notify_of_uploads(self.work.queue.queue_arn, after=policy)
        self.import_customers = CaringFunction(
            self,
            "ImportCustomers",
            house,
            folder="import_customers",
            timeout=TIMEOUT,
            memory=1769,  # one whole processor
            tables=TABLES,
            environment={"IMPORTS_QUEUE_URL": self.work.queue.queue_url},
        )
        self.import_customers.may_use_objects(read=("uploads/", "imports/"), write=("imports/",))
        self.import_customers.may_send(self.work.queue)
        channels.let_converse(self.import_customers)  # the end of an episode may make a survey
        # One message is one file or one part: a batch of several would not fit into the time-out.
        self.work.feed(self.import_customers.function, batch_size=1, max_concurrency=house.settings.workers["imports"])
