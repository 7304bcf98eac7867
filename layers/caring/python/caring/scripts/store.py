"""The scripts table: every version of every script, and which of them is approved.

Key: script_id and version; version 0 is the head, which names the newest version and the approved one. A version's text
never changes: a change is a new version.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from botocore.exceptions import ClientError

from caring import aws, clock, configuration, environment
from caring.errors import CaringError, conflict, not_found
from caring.scripts import findings
from caring.scripts.rendering import Compiled, compile_variant
from caring.typed import plain_item, typed_item

STATES = ("draft", "submitted", "regional_approved", "approved")
_TRIES = 5  # writers of the same script at the same moment


@dataclass(frozen=True, slots=True)
class LoadedScript:
    """An approved version made ready for sending."""

    script_id: str
    version: int
    name: str
    purpose: str
    variants: Mapping[tuple[str, str], Compiled]  # by (channel, language)

    @property
    def languages(self) -> dict[str, frozenset[str]]:
        """Channel → the languages that the script is written in."""
        return languages({"variants": [{"channel": c, "language": lang} for c, lang in self.variants]})

    def variant_for(self, channel: str, language: str, default: str | None = None) -> Compiled | None:
        """The variant for a channel in the customer's language, its fallback or `default`; None: not_in_language."""
        chosen = choose_language([lang for chan, lang in self.variants if chan == channel], language, default)
        return self.variants[channel, chosen] if chosen else None


def choose_language(written: Collection[str], language: str, default: str | None = None) -> str | None:
    """The first that is written: the customer's own language, the configured fallback (su → id), `default`; else None.

    A program passes over whom it has no words for; what answers one customer has a `default` rather than silence.
    """
    other: str | None = configuration.get().language_fallback.get(language)
    return next((one for one in (language, other, default) if one in written), None)


def variant_for(script: Mapping[str, Any], channel: str, language: str) -> dict[str, Any] | None:
    """The same choice for a script as get_script gives it."""
    of_channel = {v["language"]: v for v in script["variants"] if v["channel"] == channel}
    chosen = choose_language(list(of_channel), language)
    return of_channel[chosen] if chosen else None


def languages(script: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Channel → the languages that a script is written in."""
    found: dict[str, set[str]] = {}
    for variant in script["variants"]:
        found.setdefault(variant["channel"], set()).add(variant["language"])
    return {channel: frozenset(written) for channel, written in found.items()}


def get_script(script_id: str, version: int | None = None) -> dict[str, Any]:
    """One version, the newest by default: {script_id, version, name, purpose, state, variants, findings, …}.

    Raises 404 when there is none.
    """
    number = version or _head(script_id).get("current_version")
    item = _read(script_id, int(number)) if number else None
    if item is None:
        raise not_found("script", script_id)
    return _open(item)


def approved_version(script_id: str) -> int:
    """The version that may be sent now. Raises 404 for an unknown script, 409 for one without an approved version."""
    head = _head(script_id)
    if not head:
        raise not_found("script", script_id)
    if not head.get("approved_version"):
        raise conflict(
            "script_not_approved", f"no version of the script {script_id} is approved yet: have one approved"
        )
    return int(head["approved_version"])


def is_approved(script_id: str, version: int) -> bool:
    """Whether a version is approved."""
    item = _read(script_id, version)
    return item is not None and item["state"] == "approved"


def list_scripts(limit: int, start: str | None = None) -> tuple[list[dict[str, Any]], str | None]:
    """The newest version of each script by id: (scripts without their variants, the `start` of the next page or None).

    Scripts number in the dozens: the whole table is read.
    """
    heads: list[dict[str, Any]] = []
    page: dict[str, Any] = {}
    while True:
        answer = aws.client("dynamodb").scan(TableName=environment.table("scripts"), ConsistentRead=True, **page)
        heads += [plain_item(item) for item in answer["Items"] if item["version"]["N"] == "0"]
        if "LastEvaluatedKey" not in answer:
            break
        page = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
    rest = sorted((h for h in heads if start is None or h["script_id"] > start), key=lambda h: str(h["script_id"]))
    shown = [{**head, "version": head["current_version"]} for head in rest[:limit]]
    return shown, shown[-1]["script_id"] if len(rest) > limit else None


def put_version(script: Mapping[str, Any], *, state: str = "draft", by: str = "") -> int:
    """Write the next version of a script {script_id, name, purpose, variants}; returns its number.

    A new version starts as a draft, with its findings. Raises 409 if others write the same script over and over.
    """
    content = {"variants": list(script["variants"]), "findings": [f.as_dict() for f in findings.check(script)]}
    for _ in range(_TRIES):
        version = int(_head(script["script_id"]).get("current_version") or 0) + 1
        item = {
            "script_id": script["script_id"],
            "version": version,
            "name": script["name"],
            "purpose": script["purpose"],
            "state": state,
            "content": orjson.dumps(content).decode(),
            "created_at": clock.iso(clock.now()),
            "created_by": by,
        }
        if _put_new(item):
            return version
        _point_head({**item, **(_read(script["script_id"], version) or {})})  # another's, or one cut short before this
    raise conflict("busy", f"the script {script['script_id']} is being written by others: try again")


def set_state(script_id: str, version: int, old: str, new: str) -> None:
    """Move a version from one state to another. Raises 409 if it is not in `old`."""
    try:
        answer = aws.client("dynamodb").update_item(
            TableName=environment.table("scripts"),
            Key=typed_item({"script_id": script_id, "version": version}),
            UpdateExpression="SET #state = :new",
            ConditionExpression="#state = :old",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues=typed_item({":new": new, ":old": old}),
            ReturnValues="ALL_NEW",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        raise conflict("wrong_state", f"version {version} of {script_id} is not {old}: read it again") from None
    _point_head(plain_item(answer["Attributes"]))


def _put_new(item: dict[str, Any]) -> bool:
    try:
        aws.client("dynamodb").put_item(
            TableName=environment.table("scripts"),
            Item=typed_item(item),
            ConditionExpression="attribute_not_exists(script_id)",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    _point_head(item)
    return True


def _point_head(item: Mapping[str, Any]) -> None:
    """Let the head follow a version; an older one than the head knows changes nothing but what is approved."""
    sets = "#name = :name, purpose = :purpose, #state = :state, current_version = :version, updated_at = :now"
    values = {":name": item["name"], ":purpose": item["purpose"], ":state": item["state"], ":version": item["version"]}
    _update_head(
        item["script_id"],
        f"SET {sets}",
        "attribute_not_exists(current_version) OR current_version <= :version",
        {"#name": "name", "#state": "state"},
        values | {":now": clock.iso(clock.now())},
    )
    if item["state"] == "approved":
        condition = "attribute_not_exists(approved_version) OR approved_version < :version"
        _update_head(item["script_id"], "SET approved_version = :version", condition, {}, {":version": item["version"]})


def _update_head(
    script_id: str, update: str, condition: str, names: Mapping[str, str], values: Mapping[str, Any]
) -> None:
    try:
        aws.client("dynamodb").update_item(
            TableName=environment.table("scripts"),
            Key=typed_item({"script_id": script_id, "version": 0}),
            UpdateExpression=update,
            ConditionExpression=condition,
            ExpressionAttributeValues=typed_item(values),
            **({"ExpressionAttributeNames": dict(names)} if names else {}),
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise


def _head(script_id: str) -> dict[str, Any]:
    return _read(script_id, 0) or {}


def _read(script_id: str, version: int) -> dict[str, Any] | None:
    key = typed_item({"script_id": script_id, "version": version})
    answer = aws.client("dynamodb").get_item(TableName=environment.table("scripts"), Key=key, ConsistentRead=True)
    return plain_item(answer["Item"]) if "Item" in answer else None


def _open(item: Mapping[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads(item["content"])
    return {name: value for name, value in item.items() if name != "content"} | content


@lru_cache(maxsize=64)
def load_approved(script_id: str, version: int) -> LoadedScript:
    """An approved version with its variants compiled, kept for the life of the process (a version never changes).

    Raises 404 for none, 409 script_not_approved for one in another state, MissingSetting if the deployment lacks one.
    """
    script = get_script(script_id, version)
    if script["state"] != "approved":
        raise CaringError("script_not_approved", f"version {version} of {script_id} is {script['state']}", 409)
    variants = {(str(v["channel"]), str(v["language"])): compile_variant(v) for v in script["variants"]}
    return LoadedScript(script_id, version, str(script["name"]), str(script["purpose"]), variants)
