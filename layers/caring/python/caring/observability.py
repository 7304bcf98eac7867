"""One logger, one place for metrics. Logs hold ids, counts and codes: never a name, number, mailbox or text."""

import re
from functools import lru_cache

from aws_lambda_powertools import Logger

_DIGITS = re.compile(r"\+?\d{6,}")
_MAILBOX = re.compile(r"[^\s@<>]+@[^\s@<>]+")


@lru_cache(maxsize=1)
def logger() -> Logger:
    """The structured logger; service and level come from POWERTOOLS_SERVICE_NAME and POWERTOOLS_LOG_LEVEL."""
    return Logger(log_uncaught_exceptions=False)


def safe(error: BaseException | str) -> str:
    """An error's text fit for a log: numbers of six digits or more and mailboxes are masked."""
    text = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
    return _DIGITS.sub("***", _MAILBOX.sub("***@***", text))[:500]
