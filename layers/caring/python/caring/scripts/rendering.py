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
Values = Callable[[Item, Links], dict[str, str]]
Treat = Callable[[str], str]


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
    left = needed - fixed.keys()
    values = _values(left, language)
    render: Render
    if channel == "email":
        render = _email(variant, fixed, values)
    elif channel == "whatsapp" and variant.get("template"):
        render = _whatsapp(variant, fixed, values)
    else:
        # A single foreign character in a name would double the price of an SMS.
        treat = segments.fold if channel == "sms" else str
        render = _plain(_text(str(variant["body"]), fixed, treat), values, treat)
    return Compiled(channel, language, left, render)


def _plain(body: str, values: Values, treat: Treat) -> Render:
    return lambda item, links: Rendered(body % {name: treat(value) for name, value in values(item, links).items()})


def _email(variant: Mapping[str, Any], fixed: Mapping[str, str], values: Values) -> Render:
    source = texts(variant)
    body, subject = _text(source["body"], fixed), _text(source["subject"], fixed)
    page = _text(source["html"], fixed, html.escape)

    def render(item: Item, links: Links) -> Rendered:
        found = values(item, links)
        escaped = {name: html.escape(value) for name, value in found.items()}
        return Rendered(body % found, subject % found, page % escaped)

    return render


def _whatsapp(variant: Mapping[str, Any], fixed: Mapping[str, str], values: Values) -> Render:
    template, body = variant["template"], _text(str(variant["body"]), fixed)
    params = [_text(f"{{{name}}}", fixed) for name in template.get("params") or ()]
    picture = variant.get("media_id")
    buttons = [
        (button.get("type"), button.get("index", place), _text(str(button.get("text") or ""), fixed))
        for place, button in enumerate(template.get("buttons") or ())
    ]
    head = {
        "name": template.get("name"),
        "language": template.get("language"),
        "header_image": f"{fixed['media_base']}/{picture}" if picture else None,
    }

    def render(item: Item, links: Links) -> Rendered:
        found = values(item, links)
        filled = {
            **head,
            "params": [param % found for param in params],
            "buttons": [{"type": t, "index": i, "text": text % found} for t, i, text in buttons],
        }
        return Rendered(body % found, template=filled)

    return render


def _values(names: Collection[str], language: str) -> Values:
    """A function that finds the named placeholders' values for one message, each once however often it is used."""
    readers = {n: reader(n, language) for n in names if grammar.PLACEHOLDERS[n].source == "customer"}
    made = [name for name in names if name not in readers]

    def find(item: Item, links: Links) -> dict[str, str]:
        found = {name: read(item) for name, read in readers.items()}
        for name in made:
            value = links.get(name)
            if not value:
                raise MissingValue(name)
            found[name] = clean(value)
        return found

    return find


def _text(source: str, fixed: Mapping[str, str], treat: Treat = str) -> str:
    """A text as a format for `%`, filled in in one pass: a value that looks like a placeholder stays what it is.

    `treat` is applied to each of the fixed values, not to the script's own words.
    """
    parts, problems = grammar.parse(source)
    if problems:
        raise ValueError(f"{problems[0].code} at {problems[0].at}: {problems[0].message}")

    def written(part: str | Placeholder) -> str:
        if isinstance(part, Placeholder) and part.name not in fixed:
            return f"%({part.name})s"
        return (part if isinstance(part, str) else treat(fixed[part.name])).replace("%", "%%")

    return "".join(map(written, parts))
