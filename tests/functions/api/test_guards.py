"""The switch that stops all sending."""

from __future__ import annotations

from tests.functions.api.conftest import Api


def test_a_general_manager_stops_all_sending_and_lets_it_go_on(api: Api) -> None:
    assert api.as_("manager").get("/kill-switch").body["on"] is False
    answer = api.as_("general_manager").post("/kill-switch", {"on": True, "reason": "wrong prices"})
    assert (answer.status, answer.body["on"], answer.body["reason"]) == (200, True, "wrong prices")
    assert answer.body["by"] == "general_manager.test"
    assert answer.body["channels"]["sms"] == {"state": "closed", "until": None, "reason": None}
    assert api.as_("ops").post("/kill-switch", {"on": False, "reason": "mended"}).body["on"] is False


def test_the_switch_wants_a_reason_and_a_plain_yes_or_no(api: Api) -> None:
    for body in ({"on": True}, {"on": "true", "reason": "x"}, {"on": True, "reason": ""}):
        assert api.as_("ops").post("/kill-switch", body).status == 400
