"""Programs: what is sent to whom, about what, when, and until what; kept in the programs table."""

from collections.abc import Mapping
from typing import Any

import orjson
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from caring import clock
from caring.errors import CaringError, conflict, not_found
from caring.ids import new_id
from caring.models import bound
from caring.programs import audience, schedule
from caring.programs.kinds import KINDS
from caring.runs import windows
from caring.scripts import store as scripts

Program = dict[str, Any]


class ProgramItem(Model):
    """A row of the programs table: what conditions and people read stands alone, the program is one JSON text."""

    class Meta:
        """Bound to PROGRAMS_TABLE when it is used."""

    program_id = UnicodeAttribute(hash_key=True)
    version = NumberAttribute()
    kind = UnicodeAttribute()
    program = UnicodeAttribute()


def _table() -> type[ProgramItem]:
    return bound(ProgramItem, "programs")


FIELDS = (
    "name",
    "kind",
    "audience",
    "script_id",
    "channels",
    "waves",
    "window",
    "cap",
    "holdout_percent",
    "budget",
    "schedule",
    "launch",
)
_FIXED = ("kind",)  # a program of another kind is another program
_NEEDED = ("name", "script_id")  # null empties the other fields: they go back to the kind's preset


def create_program(
    given: Mapping[str, Any], *, witel: str | None, actor: str, program_id: str | None = None
) -> Program:
    """Make a program of the witel (None = every witel); what is not given comes from the kind's preset.

    CaringError 400: bad_audience, unknown_script, wrong_purpose, bad_schedule, bad_window.
    With a program_id that exists, 409.
    """
    now = clock.iso(clock.now())
    program: Program = with_presets(given) | {
        "program_id": program_id or new_id(),
        "witel": witel,
        "created_by": actor,
        "created_at": now,
        "updated_at": now,
        "version": 1,
    }
    _check(program)
    if not _put(program, ProgramItem.program_id.does_not_exist()):
        raise conflict("exists", f"there is a program {program['program_id']} already")
    schedule.apply(program)
    return program


def with_presets(given: Mapping[str, Any]) -> Program:
    """A program's own fields, those that are missing filled in from its kind."""
    kind = KINDS[given["kind"]]
    preset: Program = {
        "audience": kind.audience,
        "channels": "auto",
        "waves": [{"after_hours": hours, "until": until} for hours, until in kind.waves],
        "window": None,
        "cap": {"messages": kind.cap[0], "days": kind.cap[1]},
        "holdout_percent": 0,
        "budget": None,
        "schedule": None,
        "launch": "person",
    }
    return preset | {name: given[name] for name in FIELDS if given.get(name) is not None}


def _check(program: Program) -> None:
    """What goes beyond a field's type: the audience, the script, the schedule."""
    if program["audience"] is None:
        raise CaringError(
            "bad_audience", f"audience: the kind {program['kind']} has no preset, so the program has to say"
        )
    audience.check(program["audience"])
    _check_purpose(program["kind"], _script(program["script_id"]))
    if program["schedule"]:
        schedule.check(program["schedule"])
    opens, closes = windows.of_program(KINDS[program["kind"]].purpose, program["window"])
    if opens >= closes:
        raise CaringError("bad_window", f"window: never opens, for {_hours(program)}: let it lie within these hours")


def _script(script_id: str) -> Mapping[str, Any]:
    """The version that a run would take: the approved one, or the newest while none is. CaringError unknown_script."""
    try:
        return scripts.get_script(script_id, scripts.approved_version(script_id))
    except CaringError as refusal:
        if refusal.code == "script_not_approved":
            return scripts.get_script(script_id)
        if refusal.status != 404:
            raise
        raise CaringError("unknown_script", "script_id: there is no such script; GET /scripts lists them") from None


def _check_purpose(kind: str, script: Mapping[str, Any]) -> None:
    """Nobody gets a bill on his consent to offers, or an offer on that to bills. CaringError 400 wrong_purpose."""
    needed, given = KINDS[kind].purpose, script.get("purpose")
    if given and given != needed:
        raise CaringError(
            "wrong_purpose",
            f"script_id: this script is for {given}, but the kind {kind} asks for consent to {needed}: "
            f"take a script for {needed} (GET /scripts shows each purpose), or make a program of another kind",
        )


def _hours(program: Program) -> str:
    purpose = KINDS[program["kind"]].purpose
    opens, closes = windows.hours(purpose)
    return f"{purpose} messages go out from {opens:%H:%M} to {closes:%H:%M} in the customer's own zone"


def get_program(program_id: str) -> Program:
    """The program. CaringError 404 if there is none."""
    try:
        item = _table().get(program_id, consistent_read=True)
    except ProgramItem.DoesNotExist:
        raise not_found("program", program_id) from None
    return _program(item)


def patch_program(program_id: str, changes: Mapping[str, Any]) -> Program:
    """Change a program and return it; None puts a field back to its preset, so it ends a schedule.

    Runs that began keep what they began with.
    CaringError: 400 as in create_program, 404, 409 if another change came between.
    """
    program = get_program(program_id)
    kept = {
        name: value
        for name, value in changes.items()
        if name in FIELDS and name not in _FIXED and (value is not None or name not in _NEEDED)
    }
    news = {"updated_at": clock.iso(clock.now()), "version": program["version"] + 1}
    changed = program | with_presets(program | kept) | news
    _check(changed)
    if not _put(changed, ProgramItem.version == program["version"]):
        raise conflict("changed_meanwhile", "the program was changed by another: read it and try again")
    schedule.apply(changed)
    return changed


def list_programs() -> list[Program]:
    """All programs, by id: there are few, so a list is read whole."""
    items = _table().scan(consistent_read=True)
    return sorted((_program(item) for item in items), key=lambda program: str(program["program_id"]))


def seed_programs() -> None:
    """The programs that every deployment starts with; one that is there already stays as it is."""
    starter = {"name": "Billing reminder", "kind": "billing_reminder", "script_id": "billing-reminder"}
    try:
        create_program(starter, witel=None, actor="system", program_id="billing-reminder")
    except CaringError as refusal:
        if refusal.code != "exists":
            raise


def _put(program: Program, condition: Condition) -> bool:
    """Write the program if the condition holds; False if it does not."""
    item = _table()(
        program_id=program["program_id"],
        version=program["version"],
        kind=program["kind"],
        program=orjson.dumps(program).decode(),
    )
    try:
        item.save(condition)
    except PutError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return False
    return True


def _program(item: ProgramItem) -> Program:
    program: Program = orjson.loads(item.program)
    return program
