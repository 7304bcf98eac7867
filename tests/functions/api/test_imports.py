"""Imports through the API: what the API itself adds to the rules of a file."""

from __future__ import annotations

import pytest

from caring.customers.importing import parts, store
from caring.customers.importing.split import split_upload
from tests.emulator import Cloud
from tests.functions.api.conftest import CUSTOMER, Api


def test_an_import_begins_with_a_link_to_put_the_file_to(api: Api) -> None:
    begun = api.as_("manager").post("/imports", {"filename": "pelanggan juli.csv", "kind": "customers"})
    assert begun.status == 201
    assert begun.body["upload"]["url"].startswith("http")
    shown = api.as_("manager").get(f"/imports/{begun.body['import_id']}").body
    assert (shown["status"], shown["refused"], shown["rows"]) == ("waiting", None, 0)
    rows = api.as_("manager").get(f"/imports/{begun.body['import_id']}/rows?outcome=rejected")
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


@pytest.fixture
def import_id(api: Api, aws: Cloud, customer: dict[str, object]) -> str:
    """A manager of Cirebon's import, done: a customer of Bandung's, and a new one."""
    begun = api.as_("manager", " Cirebon ").post("/imports", {"filename": "juli.csv", "kind": "customers"}).body
    made: str = begun["import_id"]
    key = f"uploads/{made}/juli.csv"
    data = f"customer_id,name\n{customer['customer_id']},Taken\n131000000018,Budi\n"
    aws.client("s3").put_object(Bucket=aws.environment["DATA_BUCKET"], Key=key, Body=data.encode())
    split_upload(key)
    parts.import_part(made, 1)
    return made


def test_an_importer_s_witel_is_the_file_s(api: Api, aws: Cloud, import_id: str) -> None:
    rows = api.as_("manager", "CIREBON").get(f"/imports/{import_id}/rows").body["items"]
    assert {"field": "witel", "code": "other_witel"} in rows[0]["issues"]
    assert api.get(f"/customers/{CUSTOMER['customer_id']}").body["name"] == CUSTOMER["name"]
    assert api.as_("manager", "CIREBON").get("/customers/131000000018").body["witel"] == "CIREBON"


@pytest.mark.parametrize("path", ["", "/rows", "/rows?outcome=accepted"])
def test_an_import_is_seen_by_its_witel_and_by_those_who_see_every_witel(api: Api, import_id: str, path: str) -> None:
    for reader in (api, api.as_("manager", "Cirebon"), api.as_("general_manager", "CIREBON")):
        assert reader.get(f"/imports/{import_id}{path}").status == 200
    for reader in (api.as_("manager", "BANDUNG"), api.as_("manager", None)):
        hidden = reader.get(f"/imports/{import_id}{path}")
        assert (hidden.status, hidden.body["code"]) == (404, "not_found")
        nothing = reader.get(f"/imports/nothing{path}").body["message"]
        assert hidden.body["message"] == nothing.replace("nothing", import_id)


def test_an_import_over_every_witel_is_for_those_who_see_every_witel(api: Api) -> None:
    import_id = api.post("/imports", {"filename": "juli.csv", "kind": "customers"}).body["import_id"]
    assert api.get(f"/imports/{import_id}").status == 200
    assert api.as_("manager").get(f"/imports/{import_id}").status == 404


def test_who_belongs_to_no_witel_and_sees_none_imports_nothing(api: Api) -> None:
    refused = api.as_("manager", None).post("/imports", {"filename": "juli.csv", "kind": "customers"})
    assert (refused.status, refused.body["code"]) == (403, "forbidden")


def test_row_answers_that_were_deleted_are_404_and_say_after_how_long(api: Api, aws: Cloud, import_id: str) -> None:
    aws.client("s3").delete_object(Bucket=aws.environment["DATA_BUCKET"], Key=store.rows_key(import_id, 1))
    gone = api.get(f"/imports/{import_id}/rows")
    assert (gone.status, gone.body["code"]) == (404, "expired")
    assert "90 days" in gone.body["message"]
    assert api.get(f"/imports/{import_id}").body["accepted"] == 2
