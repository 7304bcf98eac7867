"""Programs and the runs that they start, through the API."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from caring.programs.store import list_programs, seed_programs
from tests.emulator import Cloud
from tests.functions.api.conftest import Api

REMINDER: dict[str, Any] = {"name": "Tagihan", "kind": "billing_reminder", "script_id": "billing-reminder"}


def test_a_program_takes_what_it_does_not_say_from_its_kind(api: Api) -> None:
    answer = api.as_("manager").post("/programs", REMINDER)
    assert answer.status == 201
    program = answer.body
    assert program["audience"]["all"][0] == {"field": "amount_due", "is": "at_least", "value": 1}
    assert program["waves"] == [{"after_hours": 0, "until": "paid"}]
    assert (program["channels"], program["launch"], program["schedule"]) == ("auto", "person", None)
    assert (program["witel"], program["created_by"]) == ("bandung", "manager.test")
    assert api.get(f"/programs/{program['program_id']}").body == program


def test_a_program_says_it_all_itself(api: Api) -> None:
    said = REMINDER | {
        "audience": {"customer_ids": ["131000000017"]},
        "channels": ["sms", "email"],
        "waves": [{"after_hours": 24, "until": "paid"}],
        "window": {"from": "09:00", "to": "17:00"},
        "cap": {"messages": 1, "days": 3},
        "holdout_percent": 10,
        "budget": 1000000,
        "launch": "auto",
        "witel": "Bandung Barat",
    }
    program = api.post("/programs", said).body
    assert {name: program[name] for name in said} == said | {"witel": "bandung barat"}


def test_a_change_touches_only_what_it_names(api: Api) -> None:
    program = api.post("/programs", REMINDER | {"budget": 5000, "holdout_percent": 5}).body
    changed = api.patch(f"/programs/{program['program_id']}", {"budget": None, "name": "Baru"}).body
    assert (changed["budget"], changed["name"], changed["holdout_percent"]) == (None, "Baru", 5)
    assert changed["version"] == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "party"}, "bad_value"),
        ({"script_id": "nothing"}, "unknown_script"),
        ({"script_id": "a/b"}, "bad_value"),
        ({"channels": []}, "bad_value"),
        ({"channels": ["pigeon"]}, "bad_value"),
        ({"channels": ["sms", "sms"]}, "bad_value"),
        ({"audience": {"customer_ids": ["abc"]}}, "bad_audience"),
        ({"kind": "loyalty"}, "wrong_purpose"),
        ({"script_id": "survey"}, "wrong_purpose"),
        ({"waves": [{"after_hours": -1, "until": "paid"}]}, "bad_value"),
        ({"waves": []}, "bad_value"),
        ({"window": {"from": "18:00", "to": "09:00"}}, "bad_value"),
        ({"window": {"from": "9", "to": "10:00"}}, "bad_value"),
        ({"cap": {"messages": 0, "days": 1}}, "bad_value"),
        ({"holdout_percent": 51}, "bad_value"),
        ({"budget": -1}, "bad_value"),
        ({"budget": 1.5}, "bad_value"),
        ({"schedule": "every day"}, "bad_schedule"),
        ({"schedule": "cron(0 25 ? * * *)"}, "bad_schedule"),
        ({"launch": "never"}, "bad_value"),
        ({"audience": {"field": "amount_due"}}, "bad_audience"),
        ({"audience": {"customer_ids": []}}, "bad_audience"),
        ({"audience": []}, "bad_value"),
        ({"kind": "upsell"}, "bad_audience"),
        ({"colour": "red"}, "unknown_field"),
        ({"name": ""}, "bad_value"),
    ],
)
def test_a_program_that_makes_no_sense_is_refused(api: Api, change: dict[str, Any], code: str) -> None:
    answer = api.post("/programs", REMINDER | change)
    assert (answer.status, answer.body["code"]) == (400, code)


def test_a_script_of_another_purpose_is_refused_with_how_to_mend_it(api: Api) -> None:
    refused = api.post("/programs", REMINDER | {"kind": "survey", "audience": {"customer_ids": ["131000000017"]}})
    assert (refused.status, refused.body["code"]) == (400, "wrong_purpose")
    assert "this script is for service, but the kind survey asks for consent to survey" in refused.body["message"]
    program_id = api.post("/programs", REMINDER).body["program_id"]
    assert api.patch(f"/programs/{program_id}", {"script_id": "survey-pay"}).body["code"] == "wrong_purpose"
    assert api.patch(f"/programs/{program_id}", {"script_id": "payment-check"}).status == 200
    assert api.post("/programs", REMINDER | {"kind": "survey", "script_id": "survey"}).body["code"] == "bad_audience"


def test_a_schedule_starts_runs_at_jakarta_hours(api: Api, aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    program = api.post("/programs", REMINDER | {"schedule": "cron(0 9 ? * MON-FRI *)"}).body
    scheduler, group = aws.client("scheduler"), f"{aws.prefix}-schedules"
    name = f"program-{program['program_id']}"
    made = scheduler.get_schedule(GroupName=group, Name=name)
    assert made["ScheduleExpression"] == "cron(0 9 ? * MON-FRI *)"
    assert program["program_id"] in made["Target"]["Input"]
    api.patch(f"/programs/{program['program_id']}", {"schedule": "cron(30 10 ? * * *)"})
    assert scheduler.get_schedule(GroupName=group, Name=name)["ScheduleExpression"] == "cron(30 10 ? * * *)"
    api.patch(f"/programs/{program['program_id']}", {"name": "Tetap"})
    api.patch(f"/programs/{program['program_id']}", {"schedule": None})
    with pytest.raises(ClientError):
        scheduler.get_schedule(GroupName=group, Name=name)


def test_staff_make_programs_for_their_own_witel_only(api: Api) -> None:
    manager = api.as_("manager", "BANDUNG")
    assert manager.post("/programs", REMINDER | {"witel": "bandung"}).body["witel"] == "bandung"
    assert manager.post("/programs", REMINDER | {"witel": "jakarta"}).status == 403
    assert api.as_("manager", None).post("/programs", REMINDER).status == 403
    assert api.post("/programs", REMINDER).body["witel"] is None


def test_another_witels_program_is_not_there(api: Api) -> None:
    own = api.as_("manager", "BANDUNG").post("/programs", REMINDER).body["program_id"]
    wide = api.post("/programs", REMINDER).body["program_id"]
    other = api.as_("manager", "JAKARTA")
    assert other.get(f"/programs/{own}").status == 404
    assert other.patch(f"/programs/{own}", {"name": "X"}).status == 404
    assert other.post(f"/programs/{own}/runs").status == 404
    assert [p["program_id"] for p in other.get("/programs").body["items"]] == [wide]
    assert other.patch(f"/programs/{wide}", {"name": "X"}).status == 403


def test_programs_come_in_pages(api: Api) -> None:
    made = sorted(api.post("/programs", REMINDER).body["program_id"] for _ in range(5))
    first = api.get("/programs?limit=3").body
    rest = api.get(f"/programs?limit=3&next={first['next']}").body
    assert [p["program_id"] for p in first["items"] + rest["items"]] == made
    assert rest["next"] is None


def test_a_run_is_started_for_the_callers_witel(api: Api) -> None:
    wide = api.post("/programs", REMINDER).body["program_id"]
    manager = api.as_("manager", "BANDUNG")
    started = manager.post(f"/programs/{wide}/runs")
    assert started.status == 201
    run = manager.get(f"/runs/{started.body['run_id']}").body
    assert (run["state"], run["witel"], run["program_id"]) == ("planning", "bandung", wide)
    assert run["ledger"]["targeted"] == 0
    everywhere = api.post(f"/programs/{wide}/runs").body["run_id"]
    assert manager.get(f"/runs/{everywhere}").status == 404
    assert api.as_("manager", "JAKARTA").get(f"/runs/{started.body['run_id']}").status == 404
    assert [r["run_id"] for r in manager.get(f"/programs/{wide}/runs").body["items"]] == [run["run_id"]]
    assert len(api.get(f"/programs/{wide}/runs").body["items"]) == 2


def test_seeding_again_changes_nothing(api: Api) -> None:
    seed_programs()
    before = list_programs()
    api.patch("/programs/billing-reminder", {"name": "Ours"})
    seed_programs()
    (program,) = list_programs()
    assert program["name"] == "Ours"
    assert before[0]["program_id"] == "billing-reminder"
    assert before[0]["witel"] is None
