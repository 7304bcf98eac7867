"""Signed links that a customer opens: no login, one small page in his language.

A GET changes nothing, because mail scanners open every link; the button on the page, or the mail program's one-click
request (RFC 8058), POSTs to the same address.
"""

import html
from typing import Any

from chalice.app import Blueprint, Response

from caring import links as tokens
from caring.customers import consents, model, store
from caring.errors import CaringError
from chalicelib.routing import Call, route

links = Blueprint(__name__)

_PAGE = """<!doctype html>
<html lang="id"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex"><title>{title}</title>
<style>body{{font:17px/1.5 system-ui,sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem;color:#222}}
button{{font:inherit;padding:.6rem 1.4rem;border:0;border-radius:.4rem;background:#c8102e;color:#fff}}</style></head>
<body><h1>{title}</h1><p>{text}</p>{form}</body></html>
"""
_FORM = '<form method="post"><button name="List-Unsubscribe" value="One-Click">{label}</button></form>'
_CHANNELS = {"whatsapp": "WhatsApp", "sms": "SMS", "email": "e-mail", "voice": "telepon"}
_PURPOSES = {"offers": "penawaran", "service": "pemberitahuan layanan", "survey": "survei"}


def _page(title: str, text: str, *, label: str | None = None, status: int = 200) -> Response:
    form = _FORM.format(label=html.escape(label)) if label else ""
    headers: dict[str, str | list[str]] = {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    }
    body = _PAGE.format(title=html.escape(title), text=html.escape(text), form=form)
    return Response(body, headers=headers, status_code=status)


def _link(call: Call) -> tokens.Link:
    """The link's content; 404 for one that we did not sign, or of a kind that does nothing (yet)."""
    link = tokens.read_token(call.ids["token"])
    if link is None or link.kind != "unsubscribe":
        raise CaringError("not_found", "this link is not ours, or not whole: open it from the message again", 404)
    return link


def _expired() -> Response:
    text = "Tautan ini sudah tidak berlaku. Balas pesan kami atau hubungi 147 untuk mengubah pilihan Anda."
    return _page("Tautan kedaluwarsa", text, status=410)


def _what(link: tokens.Link) -> str:
    return f"{_PURPOSES.get(link.purpose, 'pesan')} melalui {_CHANNELS.get(link.channel, 'semua saluran')}"


@route(links, "GET /l/{token}", "the page of a signed link; changes nothing")
def open_link(call: Call) -> Response:
    """One button."""
    link = _link(call)
    if link.expired:
        return _expired()
    text = f"Tekan tombol di bawah agar kami tidak lagi mengirim {_what(link)}."
    return _page("Berhenti berlangganan", text, label="Berhenti berlangganan")


@route(links, "POST /l/{token}", "do what the signed link is for (RFC 8058 one-click)")
def use_link(call: Call) -> Response:
    """Works at once, and doing it again changes nothing."""
    link = _link(call)
    if link.expired:
        return _expired()
    if _withdraw(link):
        return _page("Anda sudah berhenti berlangganan", f"Kami tidak akan lagi mengirim {_what(link)}. Terima kasih.")
    return _page("Data tidak ditemukan", "Data Anda tidak lagi kami simpan, jadi tidak ada pesan yang akan dikirim.")


def _withdraw(link: tokens.Link) -> bool:
    """Record the withdrawal once; False if the customer is not there any more."""
    try:
        item: Any = store.get(link.customer_id)
    except CaringError:
        return False
    pairs = consents.expand(link.channel, link.purpose)
    if any(model.choice(item, channel, purpose) is not False for channel, purpose in pairs):
        consents.record(
            link.customer_id, pairs, granted=False, source="link", actor="customer", cause=link.cause, link=link.kind
        )
    return True
