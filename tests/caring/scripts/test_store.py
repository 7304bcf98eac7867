"""Versions of scripts: what is approved never changes, and only what is approved is sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import moto
import pytest

from caring import aws
from caring.customers.model import Item
from caring.errors import CaringError
from caring.scripts import seed, segments, store
from caring.scripts.findings import SAMPLE, SAMPLE_LINKS

SCRIPT: dict[str, Any] = {
    "script_id": "promo",
    "name": "Promo",
    "purpose": "offers",
    "variants": [{"channel": "sms", "language": "id", "body": "Halo {name}"}],
}


@pytest.fixture(autouse=True)
def _table(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN", "CARING_OVERRIDES"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_DEFAULT_REGION": "ap-southeast-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "SCRIPTS_TABLE": "scripts",
        "MEDIA_BASE_URL": "https://caring.example.com/media/",
    }.items():
        monkeypatch.setenv(name, value)
    aws.reset()
    store.load_approved.cache_clear()
    with moto.mock_aws():
        boto3.client("dynamodb").create_table(
            TableName="scripts",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[
                {"AttributeName": "script_id", "KeyType": "HASH"},
                {"AttributeName": "version", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "script_id", "AttributeType": "S"},
                {"AttributeName": "version", "AttributeType": "N"},
            ],
        )
        yield
    aws.reset()
    store.load_approved.cache_clear()


def code_of(error: pytest.ExceptionInfo[CaringError]) -> tuple[str, int]:
    return error.value.code, error.value.status


def test_a_new_script_is_a_draft_with_its_findings() -> None:
    broken = SCRIPT | {"variants": [{"channel": "sms", "language": "id", "body": "{nama}"}]}
    assert store.put_version(broken, by="siti") == 1
    script = store.get_script("promo")
    assert (script["version"], script["state"], script["created_by"]) == (1, "draft", "siti")
    assert script["variants"] == broken["variants"]
    assert [finding["code"] for finding in script["findings"]] == ["unknown_placeholder"]


def test_a_change_is_a_new_version_and_the_old_one_stays() -> None:
    store.put_version(SCRIPT)
    assert store.put_version(SCRIPT | {"name": "Promo 2"}) == 2
    assert (store.get_script("promo")["name"], store.get_script("promo", 1)["name"]) == ("Promo 2", "Promo")


def test_a_script_that_is_not_there_is_404() -> None:
    for version in (None, 7):
        with pytest.raises(CaringError) as error:
            store.get_script("nothing", version)
        assert code_of(error) == ("not_found", 404)


def test_only_an_approved_version_is_sent() -> None:
    store.put_version(SCRIPT)
    with pytest.raises(CaringError) as error:
        store.load_approved("promo", 1)
    assert code_of(error) == ("script_not_approved", 409)
    with pytest.raises(CaringError) as error:
        store.approved_version("promo")
    assert code_of(error) == ("script_not_approved", 409)
    assert not store.is_approved("promo", 1)

    store.set_state("promo", 1, "draft", "approved")

    assert store.is_approved("promo", 1)
    assert store.approved_version("promo") == 1
    assert store.load_approved("promo", 1).purpose == "offers"


def test_a_newer_draft_does_not_take_the_place_of_what_is_approved() -> None:
    store.put_version(SCRIPT, state="approved")
    store.put_version(SCRIPT | {"name": "Promo, next"})
    assert store.approved_version("promo") == 1
    assert store.get_script("promo")["state"] == "draft"


def test_an_older_version_that_is_approved_late_leaves_the_newest_draft_in_view() -> None:
    store.put_version(SCRIPT)
    store.put_version(SCRIPT | {"name": "Promo 2"})
    store.set_state("promo", 1, "draft", "approved")
    assert (store.get_script("promo")["version"], store.approved_version("promo")) == (2, 1)


def test_a_state_moves_from_where_it_was_read_only() -> None:
    store.put_version(SCRIPT)
    with pytest.raises(CaringError) as error:
        store.set_state("promo", 1, "submitted", "approved")
    assert code_of(error) == ("wrong_state", 409)


def test_a_version_whose_writer_died_before_the_head_followed_is_kept() -> None:
    store.put_version(SCRIPT)
    item = {
        "script_id": "promo",
        "version": 2,
        "name": "Cut short",
        "purpose": "offers",
        "state": "draft",
        "content": "{}",
    }
    boto3.resource("dynamodb").Table("scripts").put_item(Item=item)
    assert store.put_version(SCRIPT | {"name": "Promo 3"}) == 3
    assert store.get_script("promo")["name"] == "Promo 3"


def test_a_loaded_script_is_kept_and_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    store.put_version(SCRIPT, state="approved")
    loaded = store.load_approved("promo", 1)
    monkeypatch.setenv("SCRIPTS_TABLE", "gone")
    assert store.load_approved("promo", 1) is loaded


def test_scripts_are_listed_by_id_page_by_page() -> None:
    for name in ("c", "a", "b"):
        store.put_version(SCRIPT | {"script_id": name})
    store.put_version(SCRIPT | {"script_id": "a"})
    first, following = store.list_scripts(2)
    assert [(script["script_id"], script["version"]) for script in first] == [("a", 2), ("b", 1)]
    second, end = store.list_scripts(2, following)
    assert ([script["script_id"] for script in second], end) == (["c"], None)


def test_the_seeds_are_approved_and_seeding_again_changes_nothing() -> None:
    ids = [path.stem for path in sorted(seed.FOLDER.glob("*.toml"))]
    assert seed.seed_scripts() == seed.seed_scripts() == ids
    assert store.get_script("billing-reminder")["version"] == 1
    assert store.approved_version("billing-reminder") == 1


def test_a_seed_does_not_undo_what_staff_have_written() -> None:
    seed.seed_scripts()
    store.put_version(store.get_script("billing-reminder") | {"name": "Our own"}, by="siti")
    seed.seed_scripts()
    assert store.get_script("billing-reminder")["name"] == "Our own"


def test_the_seeded_reminder_is_written_for_every_channel() -> None:
    seed.seed_scripts()
    assert store.languages(store.get_script("billing-reminder")) == {
        "whatsapp": {"id", "su"},
        "sms": {"id", "su"},
        "email": {"id", "su"},
        "voice": {"id"},
    }


@pytest.mark.parametrize("language", ["id", "su"])
def test_the_seeded_sms_fits_into_one_segment_even_with_long_values(language: str) -> None:
    seed.seed_scripts()
    variant = store.load_approved("billing-reminder", 1).variant_for("sms", language)
    assert variant is not None
    september: Item = SAMPLE | {"due_date": {"S": "2026-09-30"}, "name": {"S": "Abcdefghijklmnopqrstuv"}}
    for customer in (SAMPLE, september):
        assert segments.count(variant(customer).body).segments == 1


@pytest.mark.parametrize("language", ["id", "su"])
@pytest.mark.parametrize("channel", ["whatsapp", "sms", "email"])
def test_every_seeded_message_names_the_customer_the_amount_the_day_and_where_to_ask(
    channel: str, language: str
) -> None:
    seed.seed_scripts()
    variant = store.load_approved("billing-reminder", 1).variant_for(channel, language)
    assert variant is not None
    rendered = variant(SAMPLE, SAMPLE_LINKS)
    for text in filter(None, (rendered.body, rendered.html)):
        for part in ("Siti", "Rp 1.350.000", "24 Nop" if language == "su" else "24 November 2026", "147", "MyIndiHome"):
            assert part in text


def test_a_variant_is_in_the_customers_language_or_its_fallback_or_not_at_all() -> None:
    seed.seed_scripts()
    loaded = store.load_approved("billing-reminder", 1)
    chosen = {lang: loaded.variant_for("sms", lang) for lang in ("id", "su", "en")}
    assert {lang: v.language if v else None for lang, v in chosen.items()} == {"id": "id", "su": "su", "en": None}
    spoken = loaded.variant_for("voice", "su")
    assert spoken is not None
    assert spoken.language == "id"
    script = store.get_script("billing-reminder")
    assert store.variant_for(script, "voice", "en") is None
    assert (store.variant_for(script, "voice", "su") or {})["language"] == "id"
