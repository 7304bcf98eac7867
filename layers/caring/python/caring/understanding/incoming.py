"""A mail that came in, raw: somebody's reply with what he wrote, or an absence note, a bounce, a spam report."""

import email
import email.policy
import re
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Literal, NamedTuple

from caring.channels import mailbox
from caring.understanding import bounces, mail
from caring.understanding.bounces import Bounce

_AUTOMATIC = re.compile(r"auto_?reply|bulk|junk|list", re.IGNORECASE)
_SILENT = frozenset({"style", "script", "head", "title", "blockquote"})
_BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3"})
_EMPTY_TAGS = frozenset({"br", "img", "hr", "meta", "link", "input", "col", "wbr"})


class Incoming(NamedTuple):
    """`text` is the whole text, `reply` what its writer wrote anew, `unreached` whom a server did not reach."""

    kind: Literal["reply", "auto_reply", "bounce", "feedback", "delivered"]
    text: str
    reply: str
    unreached: tuple[Bounce, ...] = ()


def read(raw: bytes) -> Incoming:
    """Read a raw mail; never raises. `reply` is without quotes, or the quotes when there is nothing else."""
    report = bounces.read(raw)
    text = mailbox.text_of(raw) or _text_of_html(raw)
    if report.kind != "other":
        return Incoming(report.kind, text, "", report.bounces)
    if _is_automatic(raw):
        return Incoming("auto_reply", text, "")
    return Incoming("reply", text, mail.own_words(text) or mail.reply_of(text))


def _is_automatic(raw: bytes) -> bool:
    """By its headers (RFC 3834, and what servers use beside it)."""
    message = email.message_from_bytes(raw[:64_000])
    submitted = str(message.get("auto-submitted", "no")).strip().lower()
    named = any(message.get(name) for name in ("x-autoreply", "x-autorespond", "x-auto-reply"))
    return (
        submitted not in ("", "no") or named or bool(_AUTOMATIC.fullmatch(str(message.get("precedence", "")).strip()))
    )


class _Words(HTMLParser):
    """The words of HTML, without what it quotes."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKS:
            self.words.append("\n")
        quoted = any(name == "class" and "gmail_quote" in (value or "") for name, value in attrs)
        if tag not in _EMPTY_TAGS and (self._silent or tag in _SILENT or quoted):
            self._silent.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            while self._silent and self._silent.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(" ".join(data.split()) + " ")


def _text_of_html(raw: bytes) -> str:
    """The words of a mail that has HTML only; "" when it has none, whatever the bytes."""
    try:
        message = email.message_from_bytes(raw, EmailMessage, policy=email.policy.default)
        part = message.get_body(("html",))
        parser = _Words()
        parser.feed(str(part.get_content()) if part is not None else "")
    except Exception:  # noqa: BLE001 - the parser raises many kinds on mails that break the rules; a person reads those
        return ""
    return "\n".join(line.strip() for line in "".join(parser.words).split("\n") if line.strip())
