"""What is wrong with a script, told while it is written: errors that forbid approval, and warnings that cost money."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from caring import configuration
from caring.customers.model import CHANNELS, PURPOSES, Item
from caring.scripts import grammar, rendering, segments
from caring.scripts.grammar import LINKS, PLACEHOLDERS, VALUES
from caring.scripts.values import LANGUAGES, MissingValue

Severity = Literal["error", "warning"]
Variant = Mapping[str, Any]

# The providers' own limits, in characters: SendTextMessage and SendVoiceMessage, Meta's message and template body.
LIMITS = {"sms": 1600, "voice": 6000, "whatsapp": 4096, "email": 200_000}
_TEMPLATE_LIMIT = 1024
_SUBJECT_LIMIT = 200
_UNSAFE = re.compile(r"<\s*(script|iframe|object|embed|form|link|meta\s+http-equiv)\b|\bon[a-z]+\s*=|javascript:", re.I)

# A customer with long values, for counting: what most messages stay under.
SAMPLE: Item = {
    "customer_id": {"S": "131545290415"},
    "name": {"S": "Dra. Hj. Siti Nurhaliza Wulandari, M.Pd"},
    "amount_due": {"N": "1350000"},
    "monthly_charge": {"N": "1350000"},
    "due_date": {"S": "2026-11-24"},
    "product": {"S": "IndiHome 3P 100 Mbps"},
    "points": {"N": "12500"},
}
SAMPLE_LINKS = {
    **dict.fromkeys(LINKS, f"https://caring.example.com/l/{'x' * 120}"),
    **{name: PLACEHOLDERS[name].example for name in VALUES},
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend: `at` is a path such as variants[0].body, `message` says how."""

    code: str
    severity: Severity
    at: str
    message: str

    def as_dict(self) -> dict[str, str]:
        """As the API shows it."""
        return {"code": self.code, "severity": self.severity, "at": self.at, "message": self.message}


def check(script: Mapping[str, Any]) -> list[Finding]:
    """Everything wrong with a script {name, purpose, variants}, errors first; an empty list is a good script."""
    found = list(_whole(script))
    seen: set[tuple[Any, Any]] = set()
    for place, variant in enumerate(script.get("variants") or ()):
        at = f"variants[{place}]"
        key = (variant.get("channel"), variant.get("language"))
        if key in seen:
            found.append(_error("duplicate_variant", at, f"a second variant for {key[0]} in {key[1]}: keep one"))
        seen.add(key)
        found += _variant(variant, at, str(script.get("purpose")))
    return sorted(found, key=lambda finding: finding.severity)


def is_sendable(findings: Sequence[Finding]) -> bool:
    """Whether a script may be approved: no finding is an error."""
    return all(finding.severity != "error" for finding in findings)


def _error(code: str, at: str, message: str) -> Finding:
    return Finding(code, "error", at, message)


def _warning(code: str, at: str, message: str) -> Finding:
    return Finding(code, "warning", at, message)


def _whole(script: Mapping[str, Any]) -> Iterator[Finding]:
    if not str(script.get("name") or "").strip():
        yield _error("no_name", "name", "give the script a name by which staff find it")
    if script.get("purpose") not in PURPOSES:
        yield _error("unknown_purpose", "purpose", f"choose one of {', '.join(PURPOSES)}")
    if not script.get("variants"):
        yield _error("no_variants", "variants", "write at least one variant")


def _variant(variant: Variant, at: str, purpose: str) -> Iterator[Finding]:
    if variant.get("channel") not in CHANNELS:
        yield _error("unknown_channel", f"{at}.channel", f"choose one of {', '.join(CHANNELS)}")
        return
    if variant.get("language") not in LANGUAGES:
        yield _error("unknown_language", f"{at}.language", f"choose one of {', '.join(LANGUAGES)}")
        return
    body = str(variant.get("body") or "")
    if not body.strip():
        yield _error("no_body", f"{at}.body", "write the text")
        return
    if variant.get("media_id") and not str(variant.get("alt") or "").strip():
        yield _error("no_alt", f"{at}.alt", "say in words what the picture shows, for those who do not see it")
    broken = list(_placeholders(variant, at))
    yield from broken
    yield from _CHECKS[variant["channel"]](variant, at, purpose)
    if not broken:
        yield from _length(variant, at)


def _placeholders(variant: Variant, at: str) -> Iterator[Finding]:
    for where, text in rendering.texts(variant).items():
        if where == "html" and not variant.get("html"):
            continue  # made from the body, whose findings are enough
        for problem in grammar.parse(text)[1]:
            yield _error(problem.code, f"{at}.{where}:{problem.at}", problem.message)


def _length(variant: Variant, at: str) -> Iterator[Finding]:
    """Lengths as a customer with long values gets them."""
    fixed = {name: p.example for name, p in PLACEHOLDERS.items() if p.source == "constant"}
    try:
        rendered = rendering.compile_variant(variant, fixed)(SAMPLE, SAMPLE_LINKS)
    except MissingValue as error:
        yield _error("unknown_placeholder", f"{at}.body", error.message)
        return
    channel, at = str(variant["channel"]), f"{at}.body"
    limit = _TEMPLATE_LIMIT if rendered.template else LIMITS[channel]
    if len(rendered.body) > limit:
        yield _error("too_long", at, f"{len(rendered.body)} characters with long values; the provider takes {limit}")
    if rendered.subject and len(rendered.subject) > _SUBJECT_LIMIT:
        yield _error("too_long", at.replace("body", "subject"), f"keep the subject under {_SUBJECT_LIMIT} characters")
    if channel == "sms":
        yield from _sms(variant, rendered.body, at)


def _sms(variant: Variant, text: str, at: str) -> Iterator[Finding]:
    strange = segments.foreign(
        "".join(part for part in grammar.parse(str(variant["body"]))[0] if isinstance(part, str))
    )
    if strange:
        listed = " ".join(strange[:10])
        yield _warning("sms_unicode", at, f"these make each part hold 67 characters, not 153: {listed}")
    found, limit = segments.count(text), int(configuration.get().scripts.sms_segments)
    if found.segments > limit:
        yield _warning("sms_long", at, f"{found.segments} segments with long values, each paid for; {limit} is the aim")


def _email(variant: Variant, at: str, purpose: str) -> Iterator[Finding]:
    if not str(variant.get("subject") or "").strip():
        yield _error("no_subject", f"{at}.subject", "write the subject")
    if "\n" in str(variant.get("subject") or ""):
        yield _error("subject_lines", f"{at}.subject", "keep the subject on one line")
    page = str(variant.get("html") or "")
    texts = [str(variant["body"]), *([page] if page else [])]
    if purpose == "offers" and any("unsubscribe_link" not in grammar.names(text) for text in texts):
        yield _error("no_unsubscribe", f"{at}.body", "an offer by e-mail needs {unsubscribe_link}, in text and HTML")
    if _UNSAFE.search(page):
        yield _error("unsafe_html", f"{at}.html", "scripts, forms, frames and event handlers are not allowed")


def _whatsapp(variant: Variant, at: str, _purpose: str) -> Iterator[Finding]:
    template = variant.get("template")
    if not template:
        yield _error("no_template", f"{at}.template", "name the Meta template: a campaign may send no free text")
        return
    for field in ("name", "language"):
        if not template.get(field):
            yield _error(
                "no_template", f"{at}.template.{field}", f"give the template's {field} as registered with Meta"
            )
    if list(template.get("params") or ()) != grammar.names(str(variant["body"])):
        message = "list the body's placeholders, each once, in the order of the registered template: {{1}}, {{2}}, …"
        yield _error("template_params", f"{at}.template.params", message)


def _nothing(_variant: Variant, _at: str, _purpose: str) -> Iterator[Finding]:
    yield from ()


_CHECKS = {"email": _email, "whatsapp": _whatsapp, "sms": _nothing, "voice": _nothing}
