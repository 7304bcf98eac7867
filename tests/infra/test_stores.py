"""Tables, buckets and the secret: what is kept, how it is protected, and when it goes."""

from __future__ import annotations

import tomllib

from infra.data import TABLES
from tests import emulator
from tests.infra.synthesis import ROOT, Synthesis, context


def _camel(name: str) -> str:
    return "".join(word.title() for word in name.split("_"))


def test_every_table_is_on_demand_encrypted_and_can_be_restored_to_any_second(synthesis: Synthesis) -> None:
    tables = synthesis.of_type("AWS::DynamoDB::Table")
    assert len(tables) == len(TABLES) == 16
    for name, table in tables.items():
        properties = table["Properties"]
        assert properties["BillingMode"] == "PAY_PER_REQUEST", name
        assert properties["SSESpecification"] == {"SSEEnabled": True}, name
        assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}, name
        assert properties["DeletionProtectionEnabled"] is True, name
        assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain", name


def test_what_ages_expires(synthesis: Synthesis) -> None:
    expires = {
        name: table["Properties"].get("TimeToLiveSpecification", {}).get("AttributeName")
        for name, table in synthesis.of_type("AWS::DynamoDB::Table").items()
    }
    for name, shape in TABLES.items():
        (found,) = [value for key, value in expires.items() if key.startswith(f"Data{_camel(name)}Table")]
        assert found == shape.expires, name
    assert {name for name, shape in TABLES.items() if shape.expires} == {
        "messages",
        "timeline",
        "incidents",
        "nps",
        "imports",
        "parked",
        "idempotency",
    }


def test_tests_of_flows_use_tables_of_the_same_shape() -> None:
    ours = {f"{name.upper()}_TABLE": (*shape.key, shape.indexes) for name, shape in TABLES.items()}
    assert ours == emulator.TABLES


def test_no_bucket_is_public_unencrypted_or_open_to_plain_http(synthesis: Synthesis) -> None:
    buckets = synthesis.of_type("AWS::S3::Bucket")
    assert len(buckets) == 3
    policies = {
        policy["Properties"]["Bucket"]["Ref"]: policy["Properties"]["PolicyDocument"]["Statement"]
        for policy in synthesis.of_type("AWS::S3::BucketPolicy").values()
    }
    for name, bucket in buckets.items():
        properties = bucket["Properties"]
        assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}, name
        assert properties["BucketEncryption"], name
        refused = [s for s in policies[name] if s["Effect"] == "Deny" and s["Condition"].get("Bool")]
        assert refused[0]["Condition"]["Bool"] == {"aws:SecureTransport": "false"}, name


def test_files_with_personal_data_live_as_long_as_stated(synthesis: Synthesis) -> None:
    (data,) = [b for n, b in synthesis.of_type("AWS::S3::Bucket").items() if n.startswith("DataDataBucket")]
    rules = {
        rule.get("Prefix"): rule.get("ExpirationInDays")
        for rule in data["Properties"]["LifecycleConfiguration"]["Rules"]
    }
    keep = context()["caring:keep_days"]
    assert isinstance(keep, dict)
    for prefix in ("uploads", "imports", "plans", "exports"):
        assert rules[f"{prefix}/"] == keep[prefix]
    (inbound,) = [b for n, b in synthesis.of_type("AWS::S3::Bucket").items() if n.startswith("DataInboundBucket")]
    assert keep["inbound"] in [
        r.get("ExpirationInDays") for r in inbound["Properties"]["LifecycleConfiguration"]["Rules"]
    ]


def test_row_answers_outlive_what_the_api_promises() -> None:
    settings = tomllib.loads((ROOT / "layers/caring/python/caring/configuration.toml").read_text())
    keep = context()["caring:keep_days"]
    assert isinstance(keep, dict)
    assert keep["imports"] >= settings["import"]["row_answers_days"]


def test_only_uploads_wake_the_import_and_its_queue_admits_the_bucket_first(synthesis: Synthesis) -> None:
    ((_, data),) = [(n, b) for n, b in synthesis.of_type("AWS::S3::Bucket").items() if n.startswith("DataDataBucket")]
    (told,) = data["Properties"]["NotificationConfiguration"]["QueueConfigurations"]
    assert told["Filter"]["S3Key"]["Rules"] == [{"Name": "prefix", "Value": "uploads/"}]
    policies = [name for name in data["DependsOn"] if "QueuePolicy" in name]
    statements = synthesis.resources[policies[0]]["Properties"]["PolicyDocument"]["Statement"]
    (bucket,) = [s for s in statements if s.get("Principal") == {"Service": "s3.amazonaws.com"}]
    assert bucket["Action"] == "sqs:SendMessage"
    assert bucket["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
