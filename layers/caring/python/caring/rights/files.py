"""Files that may hold a customer: his mails, his exports, and the uploads of customer files with his row.

An uploaded file, and the parts it was cut into, are needed until the import is done. Afterwards one that names him is
deleted whole: what is kept of an import, the answers to its rows, holds ids only.
"""

from collections.abc import Callable, Iterable, Iterator

from caring import aws, environment
from caring.customers.importing import store as imports
from caring.rights import requests
from caring.rights.identity import Identity

_CHUNK = 1 << 20
_OVERLAP = 128  # bytes: longer than anything looked for
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")  # of customer files


def exports_of(customer_id: str) -> str:
    """The prefix of what was exported for a customer."""
    return f"exports/customers/{customer_id}/"


def erase_mail(locations: Iterable[str]) -> None:
    """Delete mails, each "bucket/key"; those of other buckets are not ours to touch."""
    ours = environment.get("INBOUND_BUCKET")
    for location in locations:
        bucket, _, key = location.partition("/")
        if bucket == ours:
            aws.client("s3").delete_object(Bucket=bucket, Key=key)


def erase_exports(customer_id: str) -> None:
    """Delete what was exported for a customer."""
    for key in _keys(exports_of(customer_id)):
        _delete(key)


def erase_uploads(who: Identity, request: requests.Request, enough: Callable[[], bool]) -> bool:
    """Delete uploads and parts that name him; False if an import still needs one, or the time is up.

    How far it came is kept with the request.
    """
    needles = [needle.encode(encoding) for needle in who.needles() for encoding in _ENCODINGS]
    clean, began = True, request.get("after", "")
    for prefix in ("imports/", "uploads/"):
        if began > prefix and not began.startswith(prefix):
            continue  # gone through before
        for key in _keys(prefix, began if began.startswith(prefix) else ""):
            if enough():
                return False
            if "/rows/" not in key and _names(key, needles):
                if _is_needed(key.split("/")[1]):
                    clean = False
                else:
                    _delete(key)
            if clean:
                requests.note(who.customer_id, request["request_id"], after=key)
    return clean


def _is_needed(import_id: str) -> bool:
    found = imports.load(import_id)
    return found is not None and found.status in ("waiting", "running")


def _keys(prefix: str, after: str = "") -> Iterator[str]:
    pages = (
        aws.client("s3")
        .get_paginator("list_objects_v2")
        .paginate(Bucket=environment.get("DATA_BUCKET"), Prefix=prefix, StartAfter=after or prefix)
    )
    for page in pages:
        for entry in page.get("Contents", ()):
            yield entry["Key"]


def _names(key: str, needles: list[bytes]) -> bool:
    """Whether a file holds one of the texts, without regard to the case of ASCII letters."""
    body = aws.client("s3").get_object(Bucket=environment.get("DATA_BUCKET"), Key=key)["Body"]
    before = b""
    while chunk := body.read(_CHUNK):
        window = (before + chunk).lower()
        if any(needle in window for needle in needles):
            return True
        before = chunk[-_OVERLAP:]
    return False


def _delete(key: str) -> None:
    aws.client("s3").delete_object(Bucket=environment.get("DATA_BUCKET"), Key=key)
