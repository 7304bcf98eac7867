"""Imports through the API: what the API itself adds to the rules of a file."""

from __future__ import annotations

import pytest

from tests.functions.api.conftest import Api


def test_an_import_begins_with_a_link_to_put_the_file_to(api: Api) -> None:
    begun = api.as_("manager").post("/imports", {"filename": "pelanggan juli.csv", "kind": "customers"})
    assert begun.status == 201
    assert begun.body["upload"]["url"].startswith("http")
    shown = api.get(f"/imports/{begun.body['import_id']}").body
    assert (shown["status"], shown["refused"], shown["rows"]) == ("waiting", None, 0)
    rows = api.get(f"/imports/{begun.body['import_id']}/rows?outcome=rejected")
    assert rows.body == {"items": [], "next": None}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"filename": "a.csv"},
        {"filename": "", "kind": "customers"},
        {"filename": "   ", "kind": "customers"},
        {"filename": "a.csv", "kind": "tickets"},
        {"filename": 7, "kind": "customers"},
        {"filename": "x" * 201, "kind": "customers"},
    ],
)
def test_an_import_of_nothing_is_refused(api: Api, body: dict[str, object]) -> None:
    assert api.post("/imports", body).status == 400


def test_an_unknown_import_is_404(api: Api) -> None:
    assert api.get("/imports/nothing").status == 404
    assert api.get("/imports/nothing/rows").status == 404
    assert api.get("/imports/nothing/rows?outcome=lost").status == 400
    assert api.get("/imports/nothing/rows?next=WyJ4Il0").status == 400
