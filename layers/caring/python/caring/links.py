"""Links that need no login because they carry their own signature: unsubscribe, survey score, closure answer, RSVP.

A token is "<fields>.<signature>": the fields joined by "~", both parts of URL-safe characters. Making one costs a few
microseconds, for the sender makes one per e-mail. Expiry runs on real time.
"""

import base64
import hashlib
import hmac
import re
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from caring import aws, configuration, environment

Kind = Literal["unsubscribe", "score", "closure", "rsvp"]
_KINDS = get_args(Kind)
_FIELD = re.compile(r"[A-Za-z0-9_-]{1,128}\Z")
_TOKEN = re.compile(r"[A-Za-z0-9._~-]{20,400}\Z")


@dataclass(frozen=True, slots=True)
class Link:
    """What a link says: its kind, who it was sent to, about which purpose, by which channel, and for which cause."""

    kind: Kind
    customer_id: str
    purpose: str
    channel: str
    cause: str
    expires: int  # epoch seconds, real time

    @property
    def expired(self) -> bool:
        """Whether its time is over."""
        return time.time() > self.expires


@lru_cache(maxsize=1)
def _secret(arn: str) -> bytes:
    return str(aws.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]).encode()


def _signature(payload: str) -> str:
    digest = hmac.digest(_secret(environment.get("LINK_SECRET_ARN")), payload.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def make_token(
    kind: Kind, *, customer_id: str, purpose: str, channel: str, cause: str, expires: int | None = None
) -> str:
    """A signed token; it works for the configured number of days unless `expires` (epoch seconds) says otherwise."""
    until = expires if expires is not None else int(time.time()) + configuration.get().retention.links * 86_400
    payload = "~".join((kind, customer_id, purpose, channel, cause, f"{until:x}"))
    return f"{payload}.{_signature(payload)}"


def url(token: str) -> str:
    """The address of a token."""
    return f"{environment.get('LINK_BASE_URL').rstrip('/')}/l/{token}"


def read_token(token: str) -> Link | None:
    """What a token says, expired or not; None for one that we did not sign."""
    if not _TOKEN.match(token):
        return None
    payload, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature, _signature(payload)):
        return None
    fields = payload.split("~")
    if len(fields) != 6 or fields[0] not in _KINDS or not all(_FIELD.match(field) for field in fields):
        return None
    kind, customer_id, purpose, channel, cause, until = fields
    return Link(kind, customer_id, purpose, channel, cause, int(until, 16))  # type: ignore[arg-type]


def reset() -> None:
    """Read the secret again (tests change it)."""
    _secret.cache_clear()
