"""Bounces: what a raw mail of a mail server says about the addresses that it could not reach, hard or soft apart.

Reads delivery reports (RFC 3464) and the plain mails of servers that make none. Absence notes (RFC 3834) and spam
reports (RFC 5965) are told apart: they are no bounces. Wordings stand in bounces.toml.
"""

import re
import tomllib
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.utils import parseaddr
from functools import lru_cache
from pathlib import Path
from typing import Literal

from caring.understanding import reports

Kind = Literal["bounce", "feedback", "auto_reply", "delivered", "other"]

MOST_BYTES = 512_000  # the report stands before the returned mail
_CODE = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY_CODE = re.compile(r"(?<![\d.:-])([45])\d\d(?=[\s-])")
# Refused when the mail itself had been sent, so the address was taken before: its content or sender was not wanted.
_AFTER_DATA = re.compile(r"in reply to end of data|after end of data", re.IGNORECASE)
_ABSENT = re.compile(
    r"out of (?:the )?office|auto(?:matic|mated)?[- ]?(?:re(?:ply|sponse|spond)|antwort)|auto:|balasan otomatis|"
    r"jawaban otomatis|vacation (?:re|mess|not)|abwesenheit|réponse automatique|respuesta automática",
    re.IGNORECASE,
)
_REPLIED = re.compile(r"(?:(?:re|aw|sv|bls|vs)\s*:\s*)+", re.IGNORECASE)
_FAILED = re.compile(
    r"undeliver|deliver|fail|return|bounce|reject|unknown|unable|error|not be sent|mailbox|nondeliver|warning|problem|"
    r"gagal|tidak terkirim|could ?n.t|lost|unzustellbar|cannot|refus|quota|delay|mail system|status",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Bounce:
    """One address that was not reached: `status` after RFC 3463 ("" when none is told), `reason` of bounces.toml."""

    address: str
    status: str
    hard: bool
    reason: str

    @property
    def kind(self) -> Literal["hard", "soft"]:
        """hard: the address will not work tomorrow either."""
        return "hard" if self.hard else "soft"


@dataclass(frozen=True, slots=True)
class Report:
    """What a mail is, and whom it says was not reached (empty unless `kind` is bounce)."""

    kind: Kind
    bounces: tuple[Bounce, ...] = ()


def read(raw: bytes) -> Report:
    """What a raw mail reports; never raises. `other` is a mail that somebody wrote, as far as this can tell."""
    try:
        return _report(message_from_bytes(raw[:MOST_BYTES]))
    except Exception:  # noqa: BLE001 - the parser raises many kinds on mails that break the rules; a person reads those
        return Report("other")


def _report(message: Message) -> Report:
    parts = list(message.walk())
    types = {part.get_content_type() for part in parts}
    subject = str(message.get("subject", ""))
    if "message/feedback-report" in types or _is_complaint(message, parts):
        return Report("feedback")
    fields = reports.status_fields(parts)
    told = reports.told_by(message, parts)
    if not fields and _is_absence(message, subject, told):
        return Report("auto_reply")
    failed = message.get("x-failed-recipients")
    if not fields and not failed and not _is_of_a_server(message, subject, told):
        return Report("other")
    bounces = [_bounce(one, told) for one in fields if _failed(one)]
    if fields and not bounces:
        return Report("delivered")
    if (
        not fields
        and re.search(r"\b250[ -]2?\.?|\bsuccessfully delivered\b|\b2\.6\.0\b", told)
        and not _REPLY_CODE.search(told)
    ):
        return Report("delivered")
    if not bounces:
        own = {parseaddr(str(message.get(name, "")))[1].lower() for name in ("to", "from", "return-path")}
        named = reports.blocks(told, own) or [
            (address, told) for address in reports.addresses(failed, told, own) or [""]
        ]
        bounces = [_bounce({"address": address}, words) for address, words in named]
    return Report("bounce", tuple(dict.fromkeys(bounces)))


def _is_of_a_server(message: Message, subject: str, told: str) -> bool:
    """Whether a mail without a report comes from a mail server: a customer may write of failures and errors too."""
    sender = f"{message.get('from', '')} {message.get('return-path', '')}"
    if reports.SERVER.search(sender):
        return True
    answers = subject.lower().startswith(("re:", "bls:")) or message.get("in-reply-to")
    return bool(_FAILED.search(subject) and not answers and reports.names_failure(told))


def _is_complaint(message: Message, parts: list[Message]) -> bool:
    """A spam report: by its type, or as mailbox providers forward it without one."""
    if str(message.get_param("report-type") or "").lower() == "feedback-report":
        return True
    sender = str(message.get("from", "")).lower()
    attached = any(part.get_content_type() == "message/rfc822" for part in parts)
    return attached and bool(re.search(r"staff@hotmail|abuse@|complaints?@|feedbackloop|scomp@|fbl@", sender))


def _is_absence(message: Message, subject: str, told: str) -> bool:
    """An absence note: by its headers, or a subject that begins as those do (a customer may write of his holiday)."""
    automatic = str(message.get("auto-submitted", "")).strip().lower().startswith("auto-replied")
    answered = automatic or message.get("x-autoreply") or message.get("x-autorespond")
    bounced = message.get("x-failed-recipients") or (
        _FAILED.search(subject) and _reason(told.lower())[0] != "undefined"
    )
    return bool((answered or _ABSENT.match(_REPLIED.sub("", subject.strip()))) and not bounced)


def _failed(fields: dict[str, str]) -> bool:
    action = fields.get("action", "").split(" ")[0].lower()
    return action not in ("delivered", "relayed", "expanded") and not fields.get("status", "").startswith("2.")


def _bounce(fields: dict[str, str], told: str) -> Bounce:
    diagnostic = fields.get("diagnostic-code", "")
    remark = fields.get("status", "").partition("(")[2]
    said = f"{diagnostic} {fields.get('x-supplementary-info', '')} {remark}".strip()
    reason, hard = _reason(said.lower())
    if reason in ("undefined", "blocked", "expired", "throttled"):
        # A report often says less than the server's words beside it.
        other, is_hard = _reason(f"{said} {told}".lower())
        if other != "undefined" and (reason == "undefined" or is_hard):
            reason, hard = other, is_hard
    status = _CODE.search(fields.get("status", "")) or _CODE.search(said) or _CODE.search(told)
    code = status[0] if status else ""
    if reason == "undefined":
        reason, hard = next(
            ((name, for_good) for name, for_good, _, codes in _rules() if codes.fullmatch(code)), (reason, hard)
        )
    if reason == "address_unknown" and _AFTER_DATA.search(told):
        reason, hard = "filtered", False
    delayed = fields.get("action", "").lower().startswith("delayed") or code.startswith("4.")
    return Bounce(fields.get("address", ""), code, hard and not delayed, reason)


@lru_cache(maxsize=1)
def _rules() -> tuple[tuple[str, bool, re.Pattern[str], re.Pattern[str]], ...]:
    table = tomllib.loads(Path(__file__).with_name("bounces.toml").read_text("utf-8"))
    return tuple(
        (rule["name"], rule["hard"], re.compile(rule["words"], re.DOTALL), re.compile(rule.get("codes", r"(?!)")))
        for rule in table["reason"]
    )


def _reason(said: str) -> tuple[str, bool]:
    """The reason that a server's words give, and whether it is for good."""
    folded = " ".join(said.split())
    return next(((name, hard) for name, hard, words, _ in _rules() if words.search(folded)), ("undefined", False))
