"""Signature Version 4 for the one form of request that is made here: POST, no query, headers in lower case.

"Create a signed AWS API request", AWS Identity and Access Management User Guide; the tests compare every signature with
botocore.auth.SigV4Auth's.
"""

import hashlib
import hmac
import time
from collections.abc import Mapping
from functools import lru_cache

from botocore.credentials import ReadOnlyCredentials


def signed(
    path: str, headers: Mapping[str, str], body: bytes, *, who: ReadOnlyCredentials, region: str, service: str
) -> dict[str, str]:
    """The headers to send: those given (host among them), the date, the session token and the authorization."""
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    scope = f"{now[:8]}/{region}/{service}/aws4_request"
    sent = {**headers, "x-amz-date": now}
    if who.token:
        sent["x-amz-security-token"] = who.token
    names = sorted(sent)
    listed = ";".join(names)
    lines = "".join([f"{name}:{sent[name]}\n" for name in names])
    canonical = f"POST\n{path}\n\n{lines}\n{listed}\n{hashlib.sha256(body).hexdigest()}"
    text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.digest(_key(who.secret_key, now[:8], region, service), text.encode(), "sha256").hex()
    sent["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={who.access_key}/{scope}, SignedHeaders={listed}, Signature={signature}"
    )
    return sent


@lru_cache(maxsize=16)
def _key(secret: str, day: str, region: str, service: str) -> bytes:
    """The day's signing key of a service."""
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
