"""A run from plan to end: the caring_run state machine, the functions of its steps, and the export of its messages."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from infra.channels import Channels
from infra.functions import CaringFunction, House, arn
from infra.machines import machine_role, state_machine
from infra.nag import accept_wildcard
from infra.queues import dead_letter_queue
from infra.settings import STATE_MACHINES

DEFINITION = STATE_MACHINES / "caring_run.asl.json"
PLANS = ("plans/",)


class Runs(Construct):
    """`machine_arn`, `export_run`, and `steps` by function folder."""

    def __init__(self, scope: Construct, id_: str, house: House, channels: Channels) -> None:
        super().__init__(scope, id_)
        self._house = house
        self._name = house.settings.name("run")
        self._machine_arn = arn(self, "states", f"stateMachine:{self._name}")
        self.steps: dict[str, CaringFunction] = {}
        second, minute = Duration.seconds, Duration.minutes
        self._step("open_run", minute(1), {"runs": "rw", "programs": "r", "scripts": "r"})
        planned = self._step(
            "plan_audience",
            minute(15),
            {"runs": "rw", "customers": "rs", "scripts": "r", "messages": "r", "incidents": "r"},
            memory=1769,
        )
        planned.may_use_objects(read=PLANS, write=PLANS)
        self._step("forecast_run", minute(5), {"runs": "rw", "scripts": "r"})
        held = self._step("hold_run", second(60), {"runs": "rw"})
        # It answers at once for a run that somebody cancelled before it was held.
        held.may(["states:SendTaskSuccess"], self._machine_arn)
        released = self._step("release_run", minute(15), {"runs": "rw", "scripts": "r", "messages": "r"}, memory=1024)
        released.may_use_objects(read=PLANS)
        blasts = [lanes["blast"].queue for lanes in channels.queues.values()]
        released.may(["sqs:SendMessage", "sqs:GetQueueAttributes"], *(queue.queue_arn for queue in blasts))
        released.function.add_environment("QUEUE_URLS", channels.queue_urls)
        self._step("settle_run", minute(1), {"runs": "rw"})
        reconciled = self._step("reconcile_run", minute(15), {"runs": "rw", "messages": "rw"}, memory=1024)
        reconciled.may_use_objects(read=PLANS)
        self._step("next_wave", minute(1), {"runs": "rw"})
        closed = self._step(
            "close_run",
            minute(15),
            {"runs": "r", "customers": "r", "scripts": "r", "messages": "r", "incidents": "r", "work_items": "w"},
            memory=1024,
        )
        closed.may_use_objects(read=PLANS)
        self._step("finish_run", minute(5), {"runs": "rw"})
        self.machine = self._machine()
        self.export_run = self._export()

    @property
    def machine_arn(self) -> str:
        """The ARN of caring_run."""
        return self.machine.state_machine_arn

    def _step(self, folder: str, timeout: Duration, tables: dict[str, str], memory: int = 512) -> CaringFunction:
        name = "".join(word.title() for word in folder.split("_"))
        step = CaringFunction(self, name, self._house, folder=folder, timeout=timeout, memory=memory, tables=tables)
        self.steps[folder] = step
        return step

    def _machine(self) -> stepfunctions.StateMachine:
        role = machine_role(self, self.steps)
        children = arn(self, "states", f"execution:{self._name}/*")
        # A distributed Map runs its items as executions of this same machine, and watches and stops them.
        role.add_to_policy(iam.PolicyStatement(actions=["states:StartExecution"], resources=[self._machine_arn]))
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["states:DescribeExecution", "states:StopExecution", "states:RedriveExecution"],
                resources=[children],
            )
        )
        accept_wildcard(role, "Executions are named when they start: the right is to those of this machine", children)
        return state_machine(
            self, "CaringRun", self._house, name=self._name, definition=DEFINITION, role=role, steps=self.steps
        )

    def _export(self) -> CaringFunction:
        name = self._house.settings.name("export_run-dead")
        export = CaringFunction(
            self,
            "ExportRun",
            self._house,
            folder="export_run",
            timeout=Duration.minutes(15),
            memory=1769,
            tables={"runs": "r", "messages": "r"},
            dead_letters=dead_letter_queue(self, "ExportFailed", name=name, alarms=self._house.alarms),
        )
        export.may_use_objects(read=PLANS, write=("exports/",))
        return export
