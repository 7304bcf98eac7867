"""The parts of a mail server's report: its fields, what it tells in words, and the addresses that it names."""

import re
from email.message import Message

_MOST_TEXT = 20_000
_ADDRESS = r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+"
_FIELD = re.compile(
    r"^[ \t]*(original-recipient|final-recipient|x-actual-recipient|action|status|diagnostic-code|"
    r"x-supplementary-info)[ \t]*:[ \t]*(.*(?:\n[ \t]+.*)*)",
    re.IGNORECASE | re.MULTILINE,
)
_RETURNED = re.compile(  # the mail that comes back begins here
    r"^[ >*.=_#-]*(?:-{2,}.{0,80}(?:original|returned|copy|undelivered|unsent|header|message|body|below).{0,60}"
    r"|(?:original|returned|your|the) (?:original |undelivered |returned )?(?:message|mail).{0,30}"
    r"(?:follows|below|headers|:)"
    r"|(?:received|return-path|message-id|mime-version|dkim-signature):"
    r"|.{0,60}copy of (?:your|the).{0,40}(?:message|mail)"
    r"|unsent message|original message|the header of the original|message header|body of message generated"
    r"|received message follows).*$",
    re.IGNORECASE | re.MULTILINE,
)
_FAILURE = re.compile(
    r"(?<![\d.])5\.\d{1,3}\.\d{1,3}(?![\d.])|\b55\d[ -]|(?:not|n.t|unable to|failed to|cannot) (?:be )?"
    r"(?:deliver|reach)|undeliver|delivery .{0,30}fail|(?:returned|bounced) (?:mail|message)",
    re.IGNORECASE,
)
_LISTED = re.compile(
    rf"^[ \t>]*[<\"'(]?(?:mailto:)?(?P<address>{_ADDRESS})[>\"')]*[ \t]*(?:[:;,]|\.\.\.|$| on | \()", re.MULTILINE
)
_OWN_LINES = re.compile(
    r"^[ \t]*(?:&nbsp;)*[ \t]*(?:to|cc|from|subject|sent|date|message-id|mail from)[ \t]*:.*$",
    re.IGNORECASE | re.MULTILINE,
)
SERVER = re.compile(
    r"mailer-daemon|post_?master|mail ?delivery|<>|mdaemon|mail-daemon|majordomo|maildeliver|mail ?system|daemon", re.I
)


def status_fields(parts: list[Message]) -> list[dict[str, str]]:
    """The fields of a delivery report, one group per recipient (RFC 3464 §2.3); a broken report is read as text."""
    text = "\n\n".join(_text(part) for part in parts if part.get_content_type() == "message/delivery-status")
    groups: list[dict[str, str]] = []
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n")):
        found = {name.lower(): " ".join(value.split()) for name, value in _FIELD.findall(block)}
        recipients = f"{found.get('final-recipient', '')} {found.get('original-recipient', '')}"
        address = re.search(_ADDRESS, recipients)
        if {"final-recipient", "original-recipient", "status", "diagnostic-code"} & set(found):
            groups.append(found | {"address": address[0] if address else ""})
    return groups


def names_failure(told: str) -> bool:
    """Whether a text holds a server's code, or says that a mail did not reach somebody."""
    return bool(_FAILURE.search(told))


def told_by(message: Message, parts: list[Message]) -> str:
    """What the server tells in words, up to the mail that it returns."""
    texts = []
    for part in parts:
        if part.get_content_type() in ("message/rfc822", "text/rfc822-headers"):
            break
        if part.get_content_maintype() == "text" or not part.get_content_maintype():
            texts.append(_text(part))
    if not texts:
        texts = [_text(message)]
    text = "\n".join(texts).replace("\r\n", "\n")
    if re.search(r"<html|<body|<br", text[:3000], re.IGNORECASE):
        text = re.sub(r"<(?!\S+@)[^>]{0,400}>", " ", text)
    returned = next(
        (found for found in _RETURNED.finditer(text) if re.search(r"\w+@|unknown|error|\d{3}", text[: found.start()])),
        None,
    )
    return text[: returned.start() if returned else None][:_MOST_TEXT]


def _text(part: Message) -> str:
    if part.is_multipart():
        inner = part.get_payload()
        return "\n\n".join(str(one) for one in inner) if isinstance(inner, list) else ""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return str(part.get_payload())
    try:
        return payload.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return payload.decode("utf-8", "replace")


def blocks(told: str, own: set[str]) -> list[tuple[str, str]]:
    """Addresses that a mail lists at the beginning of lines, each with the words up to the next."""
    found = [one for one in _LISTED.finditer(told) if _is_recipient(one["address"], own)]
    ends = [*(one.start() for one in found[1:]), len(told)]
    named: dict[str, str] = {}
    for one, end in zip(found, ends, strict=False):
        named.setdefault(one["address"].strip(".'"), told[one.start() : end])
    # One list, then one explanation: the words after the last name belong to all.
    return [(address, words if len(words) > len(address) + 20 else told) for address, words in named.items()]


def addresses(failed: object, told: str, own: set[str]) -> list[str]:
    """The addresses of a header that names them, else the first that the words name."""
    if failed:
        return list(dict.fromkeys(re.findall(_ADDRESS, str(failed))))
    words = _OWN_LINES.sub("", told)
    return [one.strip(".'") for one in re.findall(_ADDRESS, words) if _is_recipient(one, own)][:1]


def _is_recipient(address: str, own: set[str]) -> bool:
    return address.lower() not in own and not SERVER.search(address.split("@", maxsplit=1)[0])
