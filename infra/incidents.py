"""Incidents: a queue of pages of an area's customers, and the function that holds, tells, lets go and asks them."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.channels import Channels
from infra.complaints import Complaints
from infra.functions import CaringFunction, House, grant_tables
from infra.queues import WorkQueue

TIMEOUT = Duration.minutes(5)
TABLES = {
    **dict.fromkeys(("incidents", "customers", "tickets", "work_items", "messages"), "rw"),
    "timeline": "w",
    "scripts": "r",
}


class Incidents(Construct):
    """`work` is the queue, `follow_incidents` reads it."""

    def __init__(self, scope: Construct, id_: str, house: House, channels: Channels, complaints: Complaints) -> None:
        super().__init__(scope, id_)
        self._house = house
        name = house.settings.name("incidents")
        self.work = WorkQueue(self, "Work", name=name, handled_within=TIMEOUT, alarms=house.alarms)
        self.follow_incidents = CaringFunction(
            self, "FollowIncidents", house, folder="follow_incidents", timeout=TIMEOUT, tables=TABLES
        )
        channels.let_converse(self.follow_incidents)
        complaints.let_tell(self.follow_incidents)  # the tickets of a mended incident are done
        complaints.let_clear_timers(self.follow_incidents)
        self._let_continue(self.follow_incidents)
        # One page at a time fills an invocation.
        workers = house.settings.workers["incidents"]
        self.work.feed(self.follow_incidents.function, batch_size=1, max_concurrency=workers)
        # A fault ticket is heard of when its execution begins.
        moved = complaints.functions["move_ticket"]
        for variable, value in grant_tables(moved.role, house.data, {"incidents": "rw"}).items():
            moved.function.add_environment(variable, value)
        self._let_continue(moved)

    def environment_of(self, role: iam.Role) -> dict[str, str]:
        """Let a role have an incident followed; the environment that it needs."""
        role.add_to_policy(iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[self.work.queue.queue_arn]))
        return {"INCIDENTS_QUEUE_URL": self.work.queue.queue_url}

    def _let_continue(self, function: CaringFunction) -> None:
        for variable, value in self.environment_of(function.role).items():
            function.function.add_environment(variable, value)
