"""How fast the machine is just now: a fixed piece of Python, so that figures of different moments compare."""

from __future__ import annotations

import hashlib
import hmac
import json
import statistics
import time


def sample(times: int = 5) -> float:
    """CPU milliseconds of some JSON, signatures and objects: the kind of work that sending is. Never change it."""
    taken = []
    for _ in range(times):
        begun = time.process_time()
        for number in range(200):
            text = json.dumps({"items": [{"id": {"S": f"131{number:09d}"}, "n": {"N": str(i)}} for i in range(20)]})
            hmac.digest(b"key", text.encode(), hashlib.sha256)
            json.loads(text)
        taken.append(time.process_time() - begun)
    return statistics.median(taken) * 1000
