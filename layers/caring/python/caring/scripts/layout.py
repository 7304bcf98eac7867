"""How an e-mail looks: the HTML around a script's text, itself a script with placeholders.

One column, inline styles and a real link as button, because mail programs drop style sheets and scripts.
"""

import html
import re
from collections.abc import Mapping
from typing import Any

from caring.scripts import grammar

# "Bayar sekarang: {payment_link}" alone on a line is a button in HTML, and a plain line in the text part.
_BUTTON = re.compile(r"(?P<label>[^{}\n]{1,60}?):?\s*\{(?P<link>payment_link|score_link|closure_link|rsvp_link)\}\s*\Z")

_FOOTERS = {
    "id": "Email ini dikirim oleh {sender_name}. Pertanyaan? Hubungi {call_centre} atau aplikasi MyIndiHome.",
    "su": "Ieu surélék dikirim ku {sender_name}. Aya patarosan? Kontak {call_centre} atanapi aplikasi MyIndiHome.",
    "en": "This e-mail was sent by {sender_name}. Questions? Call {call_centre} or use the MyIndiHome app.",
}
_UNSUBSCRIBE = {
    "id": "Berhenti menerima email seperti ini",
    "su": "Eureun nampi surélék sapertos kieu",
    "en": "Stop receiving e-mails like this",
}
_FONT = "font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.5;color:#222222"


def html_of(variant: Mapping[str, Any]) -> str:
    """The HTML of an e-mail variant: its own, or its text in the house's layout, with logo, picture and footer."""
    if variant.get("html"):
        return str(variant["html"])
    language = str(variant["language"])
    paragraphs = [p for p in re.split(r"\n\s*\n", str(variant["body"]).strip()) if "{unsubscribe_link}" not in p]
    return "".join(
        [
            f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width">',
            f"<title>{html.escape(str(variant.get('subject') or ''))}</title></head>",
            '<body style="margin:0;background:#f4f4f4"><table role="presentation" width="100%"><tr><td align="center">',
            '<table role="presentation" width="600" style="max-width:600px;background:#ffffff">',
            '<tr><td style="padding:24px"><img src="{media_base}/logo.png" width="120" alt="{sender_name}"></td></tr>',
            _picture(variant),
            f'<tr><td style="padding:0 24px 24px;{_FONT}">{"".join(map(_paragraph, paragraphs))}</td></tr>',
            '<tr><td style="padding:16px 24px;font-family:Arial,Helvetica,sans-serif;font-size:12px;color:#666666">',
            f"{_FOOTERS[language]}<br>",
            f'<a href="{{unsubscribe_link}}" style="color:#666666">{_UNSUBSCRIBE[language]}</a>',
            "</td></tr></table></td></tr></table></body></html>",
        ]
    )


def _picture(variant: Mapping[str, Any]) -> str:
    if not variant.get("media_id"):
        return ""
    source = grammar.escape(html.escape(str(variant["media_id"])))
    alt = grammar.escape(html.escape(str(variant.get("alt") or "")))
    return f'<tr><td><img src="{{media_base}}/{source}" width="600" style="width:100%" alt="{alt}"></td></tr>'


def _paragraph(text: str) -> str:
    button = _BUTTON.fullmatch(text.strip())
    if button:
        style = "display:inline-block;padding:12px 24px;background:#c8102e;color:#ffffff;text-decoration:none"
        return f'<p><a href="{{{button["link"]}}}" style="{style}">{html.escape(button["label"].strip())}</a></p>'
    return f"<p>{html.escape(text.strip()).replace(chr(10), '<br>')}</p>"
