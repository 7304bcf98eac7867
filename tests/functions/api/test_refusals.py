"""Whatever is sent, the answer has our error form and is never our fault."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caring.typed import typed_item
from caring.work import items
from tests.functions.api.conftest import CUSTOMER, Api

BODIES: dict[str, dict[str, Any]] = {
    "POST /imports": {"filename": "juli.csv", "kind": "customers"},
    "PATCH /customers/{customer_id}": {"name": "Siti", "points": 4},
    "POST /customers/{customer_id}/preferred-channel": {"channel": "sms", "reason": "no smartphone"},
    "POST /programs/{program_id}/runs": {"from_run": "r-1", "statuses": ["failed"], "reasons": ["not_reachable"]},
    "POST /consents": {
        "customer_id": CUSTOMER["customer_id"],
        "channel": "sms",
        "purpose": "all",
        "granted": True,
        "source": "call",
    },
    "POST /payments": {"customer_id": CUSTOMER["customer_id"], "amount": 5, "paid_on": "2026-11-20"},
    "POST /episodes": {"customer_id": CUSTOMER["customer_id"], "episode": "pay", "at": "2026-11-20T10:00:00Z"},
    "POST /complaints": {
        "source": "walk_in",
        "customer_id": CUSTOMER["customer_id"],
        "text": "internet lambat",
        "category": "fault",
    },
    "POST /work-items": {
        "kind": "educate",
        "customer_id": CUSTOMER["customer_id"],
        "reason": "x",
        "matter": "signal",
        "ticket_id": "t-1",
    },
    "POST /work-items/{work_id}/complete": {
        "outcome": "needs_unit",
        "units": ["field"],
        "request": "cek kabel",
        "note": "x",
        "at": "2026-11-25T10:00+07:00",
        "values": {"phone": "081234567890"},
        "answer": "yes",
        "material": "education-read-bill",
    },
    "POST /incidents": {"witel": "BANDUNG", "district": "Coblong", "village": "Dago", "note": "x"},
    "POST /incidents/{incident_id}/confirm": {"note": "x"},
    "POST /incidents/{incident_id}/dismiss": {"reason": "x"},
    "POST /incidents/{incident_id}/mend": {"note": "x"},
    "POST /visits/rounds": {"from": "2026-11-25", "witel": "BANDUNG"},
    "POST /programs": {"name": "x", "kind": "billing_reminder", "script_id": "billing-reminder", "waves": []},
    "PATCH /programs/{program_id}": {"name": "x", "audience": {"any": []}},
}
QUERIES = (
    "limit",
    "next",
    "phone",
    "email",
    "status",
    "channel",
    "outcome",
    "kind",
    "customer_id",
    "program_id",
    "unit",
    "state",
    "witel",
    "from",
    "to",
    "by",
    "margin",
    "priority",
    "due_before",
    "overdue",
    "date",
    "x",
)


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        ("{", 400, "malformed_json"),
        ("[]", 400, "bad_value"),
        ("null", 400, "bad_value"),
        ('"x"', 400, "bad_value"),
        ("NaN", 400, "bad_value"),
        ('{"amount": NaN}', 400, "missing_field"),
        ('{"amount": Infinity}', 400, "missing_field"),
        ('{"amount": ' + "9" * 5000 + "}", 400, "malformed_json"),
        ('{"a":' * 5000 + "1" + "}" * 5000, 400, "malformed_json"),
        ("\ud800", 400, "malformed_body"),
        ('{"customer_id": "\\ud800"}', 400, "malformed_json"),
        ("", 400, "missing_field"),
        (" " * 300_000, 413, "body_too_large"),
    ],
)
def test_a_body_that_is_no_json_of_ours_is_refused(api: Api, raw: str, status: int, code: str) -> None:
    answer = api.post("/payments", raw=raw)
    assert (answer.status, answer.body["code"]) == (status, code)


def test_bytes_that_are_no_text_are_refused(api: Api) -> None:
    assert api.post("/payments", raw="gICA", base64=True).body["code"] == "malformed_json"
    assert api.post("/payments", raw="%%%", base64=True).status == 400


def test_another_content_type_is_refused(api: Api) -> None:
    answer = api.post("/payments", BODIES["POST /payments"], headers={"Content-Type": "text/csv"})
    assert (answer.status, answer.body["code"]) == (400, "unsupported_content_type")
    for fine in ("application/json; charset=utf-8", "Application/JSON"):
        assert api.post("/payments", {}, headers={"Content-Type": fine}).body["code"] == "missing_field"


def test_a_refusal_says_which_field_and_does_not_repeat_the_value(api: Api) -> None:
    answer = api.post("/payments", BODIES["POST /payments"] | {"amount": "rahasia", "colour": 1})
    assert answer.body["code"] in ("bad_value", "unknown_field")
    assert "body.amount" in answer.body["message"]
    assert "body.colour" in answer.body["message"]
    assert "rahasia" not in answer.body["message"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"channels": ["pigeon"]}, "body.channels.0: must be 'whatsapp', 'sms', 'email' or 'voice'"),
        ({"channels": []}, "body.channels: must be 'auto', or must hold at least 1"),
        ({"channels": ["sms", "sms"]}, "names sms more than once: name each channel once"),
        ({"window": {"from": "18:00", "to": "09:00"}}, "body.window: must open before it closes"),
        ({"waves": []}, "body.waves: must hold at least 1"),
        ({"waves": [{"until": "paid"}]}, "body.waves.0.after_hours: is missing"),
        ({"waves": [{"after_hours": -1, "until": "paid"}]}, "body.waves.0.after_hours: must be at least 0"),
        ({"budget": "much"}, "body.budget: must be a whole number"),
        ({"holdout_percent": 51}, "body.holdout_percent: must be at most 50"),
        ({"name": ""}, "body.name: must have at least 1 characters"),
        ({"window": "9"}, "body.window: must be an object, {…}"),
        ({"str": 1}, "body.str: is not known here: leave it out"),
    ],
)
def test_a_refusal_says_how_to_mend_it_in_words_of_ours(api: Api, change: dict[str, Any], said: str) -> None:
    given = {"name": "x", "kind": "billing_reminder", "script_id": "billing-reminder"}
    message = api.post("/programs", given | change).body["message"]
    assert said in message
    for word in ("Value error", "Input should", "validation", "literal[", "list[", "function-", "constrained"):
        assert word not in message


def test_every_error_of_the_validator_that_a_body_can_meet_has_its_sentence(api: Api) -> None:
    from pydantic import ValidationError  # noqa: PLC0415 (loaded with the models)

    from chalicelib import refusals, routing  # noqa: PLC0415
    from chalicelib.routing import ROUTES  # noqa: PLC0415

    said: dict[tuple[str, str, str], str] = {}
    junk: tuple[Any, ...] = (None, True, -1, 1.5, 10**13, "", "x", "é" * 5000, [], [1], ["x"] * 60, {}, {"x": 1})
    for entry in ROUTES.values():
        if entry.body is None:
            continue
        model = routing.said_model(entry.body)
        for name in (part.alias or name for name, part in model.model_fields.items()):
            for value in junk:
                try:
                    model.model_validate_json(json.dumps({name: value}))
                except ValidationError as wrong:
                    said[entry.body, name, str(value)[:9]] = refusals.refusal_of(wrong, "body").message
    assert len(said) > 100
    assert not {place: message for place, message in said.items() if refusals._OTHER in message}


@pytest.mark.parametrize("bad", ["a%20b", "a%2Fb", "x" * 81, "é", "a+b", "%00", "a;b"])
def test_an_id_of_other_signs_is_refused(api: Api, bad: str) -> None:
    for path in ("/customers/{}", "/programs/{}", "/runs/{}", "/imports/{}", "/scripts/{}", "/customers/{}/timeline"):
        assert api.get(path.format(bad)).status == 400


def test_chalices_own_refusals_take_our_form(api: Api) -> None:
    from tests.emulator import lambda_context  # noqa: PLC0415

    event = api.event("GET", "/programs")
    event["requestContext"]["httpMethod"] = "DELETE"
    answer = api.app(event, lambda_context())
    assert answer["statusCode"] == 404
    assert set(json.loads(answer["body"])) == {"code", "message"}


def test_what_nobody_foresaw_is_a_500_without_anybodys_data(
    api: Api, customer: dict[str, Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from caring.customers import store  # noqa: PLC0415

    def broken(_item: object) -> None:
        raise RuntimeError("boom +6281234567890 siti@example.com")

    monkeypatch.setattr(store, "view", broken)
    answer = api.get(f"/customers/{CUSTOMER['customer_id']}")
    assert (answer.status, answer.body["code"]) == (500, "internal_error")
    said = str([vars(record) for record in caplog.records])
    assert "boom" in said
    assert "81234567890" not in said
    assert "siti@" not in said


_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def _body(draw: st.DrawFn, fine: dict[str, Any]) -> str:
    """A body that is wrong in one field or two, or junk altogether."""
    kind = draw(st.sampled_from(("field", "field", "junk", "text")))
    if kind == "text":
        return draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
    if kind == "junk":
        return json.dumps(draw(_JUNK))
    broken = dict(fine)
    for name in draw(st.lists(st.sampled_from([*fine, "audience", "window", "x"]), min_size=1, max_size=2)):
        broken[name] = draw(_JUNK)
    return json.dumps(broken)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_junk_is_ever_our_fault(api: Api, customer: dict[str, Any], data: st.DataObject) -> None:
    """Each example sends something to every route."""
    from chalicelib.routing import ROUTES, placeholders  # noqa: PLC0415

    items.enter([items.about(typed_item(customer), "visit", "visit-1", unit="crm", reason="x")])
    ids = st.sampled_from([customer["customer_id"], "billing-reminder", "visit-1"]) | st.text(
        min_size=1, max_size=100
    ).map(lambda text: quote(text, safe=""))
    for key, entry in ROUTES.items():
        if key == "GET /openapi.json":
            continue
        target = entry.path
        for name in placeholders(entry.path):
            target = target.replace(f"{{{name}}}", data.draw(ids).replace("/", "") or "x")
        names = data.draw(st.lists(st.sampled_from(QUERIES), max_size=3))
        query = "&".join(f"{name}={quote(data.draw(st.text(max_size=20)), safe='')}" for name in names)
        raw = data.draw(_body(BODIES[key])) if key in BODIES else data.draw(st.text(max_size=10))
        answer = api(entry.method, f"{target}?{query}", raw=raw)
        assert answer.status < 500, (key, target, query, raw, answer.text)
