"""The small pages behind signed links: Indonesian, without scripts, readable on an old phone."""

import html
from collections.abc import Sequence

from chalice.app import Response

_PAGE = """<!doctype html>
<html lang="id"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex"><title>{title}</title>
<style>body{{font:17px/1.5 system-ui,sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem;color:#222}}
button{{font:inherit;min-width:3rem;padding:.6rem 1rem;margin:.2rem;border:0;border-radius:.4rem;background:#c8102e;
color:#fff}}textarea{{font:inherit;width:100%;box-sizing:border-box;margin:.4rem 0}}</style></head>
<body><h1>{title}</h1><p>{text}</p>{form}</body></html>
"""
Button = tuple[str, str, str]  # name, value and label
HEADERS: dict[str, str | list[str]] = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
}


def page(title: str, text: str, form: str = "", *, status: int = 200) -> Response:
    """One page; `form` is HTML of ours, the rest is text."""
    body = _PAGE.format(title=html.escape(title), text=html.escape(text), form=form)
    return Response(body, headers=dict(HEADERS), status_code=status)


def form(buttons: Sequence[Button], *, comment: tuple[str, int] | None = None) -> str:
    """Buttons that POST to the page's own address; `comment` is the label of a text field and the most it takes."""
    field = ""
    if comment:
        label, most = comment
        area = f'<textarea name="comment" rows="3" maxlength="{most}"></textarea>'
        field = f"<label>{html.escape(label)}{area}</label>"
    pressed = "".join(
        f'<button name="{html.escape(name)}" value="{html.escape(value)}">{html.escape(label)}</button>'
        for name, value, label in buttons
    )
    return f'<form method="post">{field}<div>{pressed}</div></form>'
