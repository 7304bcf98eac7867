"""A complaint from its unit's locker to the customer's yes: the complaint state machine and the functions of its steps.

People, customers and time answer the machine from outside: who may tell it something is let in by `let_tell`, who may
open a ticket, or an ended one again, by `let_open`.
"""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from infra.channels import Channels
from infra.functions import CaringFunction, House, arn
from infra.machines import machine_role, state_machine
from infra.nag import accept_wildcard
from infra.queues import dead_letter_queue
from infra.schedules import Schedules
from infra.settings import STATE_MACHINES

DEFINITION = STATE_MACHINES / "complaint.asl.json"
STEPS = ("move_ticket", "give_work", "ask_customer")  # the functions that the machine invokes
_TICKET = {"tickets": "rw", "work_items": "rw", "timeline": "w"}
# What a message to a customer has come to, what holds it back, and taking one back that has not left.
_WAITS = {"customers": "r", "messages": "rw", "runs": "r"}
_SAYS = {"customers": "r", "messages": "rw", "scripts": "r"}


class Complaints(Construct):
    """`machine`, `machine_arn` and `functions` by folder."""

    def __init__(self, scope: Construct, id_: str, house: House, channels: Channels, schedules: Schedules) -> None:
        super().__init__(scope, id_)
        self._house, self._schedules = house, schedules
        self._name = house.settings.name("complaint")
        self.machine_arn = arn(self, "states", f"stateMachine:{self._name}")
        self.functions: dict[str, CaringFunction] = {}
        # By its name, for the function that fires sets timers too.
        self._timer_arn = arn(self, "lambda", f"function:{house.settings.name('fire_ticket_timer')}")
        fired = self._function("fire_ticket_timer", _TICKET | _WAITS, awaited=False)
        schedules.may_invoke(self._timer_arn)
        self.let_tell(fired)
        # A ticket's end is an episode's, which may make a survey.
        moved = self._function("move_ticket", _TICKET | _SAYS | {"customers": "rw", "nps": "rw", "idempotency": "rw"})
        given = self._function("give_work", _TICKET)
        asked = self._function("ask_customer", _TICKET | _SAYS | _WAITS)
        swept = self._function("sweep_tickets", _TICKET | _WAITS, minutes=15, awaited=False)
        for function in (moved, asked):
            channels.let_converse(function)
        for function in (given, asked):
            self.let_tell(function)
        self.let_open(moved)  # a no that came after the yes, before that closed the ticket
        for function in (moved, given, asked, fired, swept):
            self._let_set_timers(function)
        self.let_open(swept)
        self._let_restart(swept)
        schedules.every("rate(15 minutes)", swept)
        house.alarms.watch_stuck_tickets(self, "sweep_tickets")
        self.machine = self._machine()
        house.alarms.watch_executions(self.machine, self.machine_arn)

    def let_tell(self, function: CaringFunction) -> None:
        """Let a function tell the machine what a person, a customer or the clock answered."""
        function.may(["states:SendTaskSuccess"], self.machine_arn)
        function.function.add_environment("COMPLAINT_ARN", self.machine_arn)

    def let_open(self, function: CaringFunction) -> None:
        """Let a function tell it too, and begin the execution of a ticket that is new, or open again."""
        self.let_tell(function)
        function.may(["states:StartExecution"], self.machine_arn)

    def _function(
        self, folder: str, tables: dict[str, str], *, minutes: float = 1, awaited: bool = True
    ) -> CaringFunction:
        """A function; one that nobody waits for keeps the events that it failed on."""
        id_ = "".join(word.title() for word in folder.split("_"))
        failed = None
        if not awaited:
            name = self._house.settings.name(f"{folder}-dead")
            failed = dead_letter_queue(self, f"{id_}Failed", name=name, alarms=self._house.alarms)
        made = CaringFunction(
            self,
            id_,
            self._house,
            folder=folder,
            timeout=Duration.minutes(minutes),
            tables=tables,
            dead_letters=failed,
        )
        self.functions[folder] = made
        return made

    def _let_set_timers(self, function: CaringFunction) -> None:
        """Let a function make, move and take away the one-off schedules of tickets."""
        self.let_clear_timers(function)
        function.may(["scheduler:CreateSchedule", "scheduler:UpdateSchedule"], self._schedules.schedules_arn)
        function.role.add_to_policy(self._schedules.pass_role)
        function.function.add_environment("TICKET_TIMER_ARN", self._timer_arn)
        function.function.add_environment("SCHEDULE_ROLE_ARN", self._schedules.role.role_arn)

    def let_clear_timers(self, function: CaringFunction) -> None:
        """Let a function take the one-off schedules of tickets away."""
        function.may(["scheduler:DeleteSchedule"], self._schedules.schedules_arn)
        reason = "A schedule is named after its ticket: the right is to those of this stage's group"
        accept_wildcard(function.role, reason, self._schedules.schedules_arn)
        function.function.add_environment("SCHEDULE_GROUP", self._schedules.group_name)

    def _let_restart(self, function: CaringFunction) -> None:
        """Let a function see how executions stand, and end one that waits for what can never come."""
        executions = arn(self, "states", f"execution:{self._name}:*")
        function.may(["states:ListExecutions"], self.machine_arn)
        function.may(["states:DescribeExecution", "states:StopExecution"], executions)
        reason = "An execution is named after its ticket: the right is to those of this machine"
        accept_wildcard(function.role, reason, executions)

    def _machine(self) -> stepfunctions.StateMachine:
        steps = {folder: self.functions[folder] for folder in STEPS}
        role = machine_role(self, steps)
        return state_machine(
            self, "Complaint", self._house, name=self._name, definition=DEFINITION, role=role, steps=steps
        )
