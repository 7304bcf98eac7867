"""From an approved variant to the words one customer reads: compiled once per script, filled in once per message."""

import html
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from caring import configuration, environment
from caring.customers.model import Item
from caring.scripts import grammar, layout, segments
from caring.scripts.grammar import Placeholder
from caring.scripts.values import SALUTATIONS, MissingValue, clean, reader

Links = Mapping[str, str]  # the links made for one message, by placeholder
Part = Callable[[Item, Links], str]


@dataclass(frozen=True, slots=True)
class Rendered:
    """What one customer gets: text, and, by channel, subject and HTML or the WhatsApp template filled in."""

    body: str
    subject: str | None = None
    html: str | None = None
    template: Mapping[str, Any] | None = None


Render = Callable[[Item, Links], Rendered]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A variant made ready: call it with a customer's item and the message's links.

    `placeholders` are those it needs. Calling raises MissingValue when the customer lacks one of them.
    """

    channel: str
    language: str
    placeholders: frozenset[str]
    _render: Render

    def __call__(self, customer: Item, links: Links | None = None) -> Rendered:
        return self._render(customer, links or {})


def constants(language: str, names: Collection[str]) -> dict[str, str]:
    """Those of the named placeholders that are the same for every customer of a deployment.

    Raises MissingSetting for a setting that the deployment lacks and the script needs.
    """
    settings = configuration.get()
    sources: dict[str, Callable[[], str]] = {
        "salutation": lambda: SALUTATIONS[language],
        "payment_link": lambda: str(settings.scripts.payment_link),
        "call_centre": lambda: str(settings.identity.call_centre),
        "sender_name": lambda: str(settings.identity.display_name),
        "media_base": lambda: environment.get("MEDIA_BASE_URL").rstrip("/"),
    }
    return {name: read() for name, read in sources.items() if name in names}


def texts(variant: Mapping[str, Any]) -> dict[str, str]:
    """Every text of a variant that may hold placeholders, by where it stands: body, subject, html, params, buttons."""
    found = {"body": str(variant["body"])}
    if variant["channel"] == "email":
        found |= {"subject": str(variant.get("subject") or ""), "html": layout.html_of(variant)}
    if variant["channel"] == "whatsapp" and variant.get("template"):
        template = variant["template"]
        found |= {f"template.params[{i}]": f"{{{name}}}" for i, name in enumerate(template.get("params") or ())}
        found |= {
            f"template.buttons[{i}]": str(b.get("text") or "") for i, b in enumerate(template.get("buttons") or ())
        }
    return found


def needs(variant: Mapping[str, Any]) -> frozenset[str]:
    """The placeholders of a variant, wherever they stand."""
    found = {name for text in texts(variant).values() for name in grammar.names(text)}
    return frozenset(found | {"media_base"} if variant.get("media_id") else found)


def compile_variant(variant: Mapping[str, Any], fixed: Mapping[str, str] | None = None) -> Compiled:
    """Make a variant ready. `fixed` are the constants (default: this deployment's).

    Raises ValueError for a text that breaks the grammar: findings tell staff so long before.
    """
    channel, language, needed = str(variant["channel"]), str(variant["language"]), needs(variant)
    fixed = constants(language, needed) if fixed is None else fixed
    # A single foreign character in a name would double the price of an SMS.
    fold = segments.fold if channel == "sms" else None
    body = _text(str(variant["body"]), language, fixed, fold)
    render: Render
    if channel == "email":
        render = _email(variant, language, fixed, body)
    elif channel == "whatsapp" and variant.get("template"):
        render = _whatsapp(variant, language, fixed, body)
    else:
        render = lambda item, links: Rendered(body(item, links))  # noqa: E731 - the three are alike so
    return Compiled(channel, language, needed - fixed.keys(), render)


def _email(variant: Mapping[str, Any], language: str, fixed: Mapping[str, str], body: Part) -> Render:
    source = texts(variant)
    subject = _text(source["subject"], language, fixed)
    page = _text(source["html"], language, fixed, html.escape)
    return lambda item, links: Rendered(body(item, links), subject(item, links), page(item, links))


def _whatsapp(variant: Mapping[str, Any], language: str, fixed: Mapping[str, str], body: Part) -> Render:
    template = variant["template"]
    params = [_text(f"{{{name}}}", language, fixed) for name in template.get("params") or ()]
    picture = variant.get("media_id")
    buttons = [
        (button.get("type"), button.get("index", place), _text(str(button.get("text") or ""), language, fixed))
        for place, button in enumerate(template.get("buttons") or ())
    ]
    head = {
        "name": template.get("name"),
        "language": template.get("language"),
        "header_image": f"{fixed['media_base']}/{picture}" if picture else None,
    }

    def render(item: Item, links: Links) -> Rendered:
        filled = {
            **head,
            "params": [param(item, links) for param in params],
            "buttons": [{"type": t, "index": i, "text": text(item, links)} for t, i, text in buttons],
        }
        return Rendered(body(item, links), template=filled)

    return render


def _text(source: str, language: str, fixed: Mapping[str, str], treat: Callable[[str], str] | None = None) -> Part:
    """A function that fills a text in, in one pass: a value that looks like a placeholder stays what it is.

    `treat` is applied to each value, not to the script's own words.
    """
    parts, problems = grammar.parse(source)
    if problems:
        raise ValueError(f"{problems[0].code} at {problems[0].at}: {problems[0].message}")
    fillers: list[str | Part] = []
    for part in parts:
        filler = part if isinstance(part, str) else _filler(part, language, fixed, treat)
        if isinstance(filler, str) and fillers and isinstance(fillers[-1], str):
            fillers[-1] += filler
        else:
            fillers.append(filler)
    if all(isinstance(filler, str) for filler in fillers):
        whole = "".join(str(filler) for filler in fillers)
        return lambda _item, _links: whole
    ready = tuple(fillers)
    return lambda item, links: "".join([f if isinstance(f, str) else f(item, links) for f in ready])


def _filler(
    placeholder: Placeholder, language: str, fixed: Mapping[str, str], treat: Callable[[str], str] | None
) -> str | Part:
    name = placeholder.name
    if name in fixed:
        return treat(fixed[name]) if treat else fixed[name]
    if placeholder.source == "customer":
        read = reader(name, language)
        return (lambda item, _links: treat(read(item))) if treat else (lambda item, _links: read(item))

    def link(_item: Item, links: Links) -> str:
        value = links.get(name)
        if not value:
            raise MissingValue(name)
        return treat(clean(value)) if treat else clean(value)

    return link
