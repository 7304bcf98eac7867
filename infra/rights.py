"""What customers ask of their data, and how well they can be reached: two functions that work on a schedule."""

from __future__ import annotations

from aws_cdk import Duration
from constructs import Construct

from infra.complaints import Complaints
from infra.functions import CaringFunction, House, arn, grant_objects
from infra.queues import dead_letter_queue
from infra.schedules import Schedules

ERASED = ("uploads/", "imports/", "exports/customers/")


class Rights(Construct):
    """`fulfil_requests` (erases, and watches deadlines) and `measure_contactability` (the trend, once a day)."""

    def __init__(self, scope: Construct, id_: str, house: House, schedules: Schedules, complaints: Complaints) -> None:
        super().__init__(scope, id_)
        name = house.settings.name
        failed = dead_letter_queue(self, "FulfilFailed", name=name("fulfil_requests-dead"), alarms=house.alarms)
        self.fulfil_requests = CaringFunction(
            self,
            "FulfilRequests",
            house,
            folder="fulfil_requests",
            timeout=Duration.minutes(15),
            memory=1769,  # it reads whole uploads
            tables={
                **dict.fromkeys(("customers", "timeline", "messages", "tickets", "nps", "parked", "requests"), "rw"),
                "work_items": "rsw",  # messages of strangers lie among them under nobody's name
                "imports": "r",
            },
            dead_letters=failed,
        )
        self.fulfil_requests.may_use_objects(read=ERASED, delete=ERASED)
        grant_objects(self.fulfil_requests.role, house.data.inbound_bucket, read=(), delete=("",))
        self.fulfil_requests.function.add_environment("INBOUND_BUCKET", house.data.inbound_bucket.bucket_name)
        complaints.let_tell(self.fulfil_requests)  # the tickets of an erased customer end
        complaints.let_clear_timers(self.fulfil_requests)
        house.alarms.watch_requests(self, "fulfil_requests")
        schedules.every("rate(30 minutes)", self.fulfil_requests)

        failed = dead_letter_queue(self, "MeasureFailed", name=name("measure_contactability-dead"), alarms=house.alarms)
        self.measure_contactability = CaringFunction(
            self,
            "MeasureContactability",
            house,
            folder="measure_contactability",
            timeout=Duration.minutes(15),
            memory=1769,
            tables={"customers": "s", "measures": "w"},
            environment={"MEASURE_FUNCTION": name("measure_contactability")},
            dead_letters=failed,
        )
        itself = arn(self, "lambda", f"function:{name('measure_contactability')}")
        self.measure_contactability.may(["lambda:InvokeFunction"], itself)
        schedules.every("cron(30 1 * * ? *)", self.measure_contactability)
