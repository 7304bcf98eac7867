"""Signed links that a customer opens: no login, one small page in his language.

A GET changes nothing, because mail scanners open every link; the buttons on the page, or the mail program's one-click
request (RFC 8058), POST to the same address.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal
from urllib.parse import parse_qs

from chalice.app import Blueprint, Response

from caring import answered_links, configuration
from caring import links as tokens
from caring.customers import consents, model, store
from caring.errors import CaringError
from chalicelib.pages import form, page
from chalicelib.routing import Call, raw_body, route

links = Blueprint(__name__)

_CHANNELS = {"whatsapp": "WhatsApp", "sms": "SMS", "email": "e-mail", "voice": "telepon"}
_PURPOSES = {"offers": "penawaran", "service": "pemberitahuan layanan", "survey": "survei"}
_MOST = 2000  # characters of a comment
_EXPIRED = "Tautan ini sudah tidak berlaku. Silakan balas pesan kami atau hubungi {centre}."
_GONE = "Data Bapak/Ibu tidak lagi kami simpan, jadi tidak ada pesan yang akan dikirim."


@route(links, "GET /l/{token}", "the page of a signed link; changes nothing")
def open_link(call: Call) -> Response:
    """Its buttons."""
    link = _link(call)
    return _expired() if link.expired else _KINDS[link.kind][0](link)


@route(links, "POST /l/{token}", "do what the signed link is for (RFC 8058 one-click, a score, an answer)")
def use_link(call: Call) -> Response:
    """Works at once, and doing it again changes nothing."""
    link = _link(call)
    return _expired() if link.expired else _KINDS[link.kind][1](link, _said(call))


def _link(call: Call) -> tokens.Link:
    """The link's content; 404 for one that we did not sign."""
    link = tokens.read_token(call.ids["token"])
    if link is None or link.kind not in _KINDS:
        raise CaringError("not_found", "this link is not ours, or not whole: open it from the message again", 404)
    return link


def _said(call: Call) -> Mapping[str, str]:
    """What the form says; anything that is no form says nothing."""
    try:
        fields = parse_qs(raw_body(call.request).decode(), max_num_fields=10)
    except ValueError:
        return {}
    return {name: values[-1] for name, values in fields.items()}


def _expired() -> Response:
    centre = configuration.get().identity.call_centre
    return page("Tautan kedaluwarsa", _EXPIRED.format(centre=centre), status=410)


def _gone() -> Response:
    return page("Data tidak ditemukan", _GONE)


def _what(link: tokens.Link) -> str:
    return f"{_PURPOSES.get(link.purpose, 'pesan')} melalui {_CHANNELS.get(link.channel, 'semua saluran')}"


def _show_unsubscribe(link: tokens.Link) -> Response:
    text = f"Tekan tombol di bawah agar kami tidak lagi mengirim {_what(link)}."
    button = ("List-Unsubscribe", "One-Click", "Berhenti berlangganan")
    return page("Berhenti berlangganan", text, form([button]))


def _unsubscribe(link: tokens.Link, _said: Mapping[str, str]) -> Response:
    try:
        item: Any = store.get(link.customer_id)
    except CaringError:
        return _gone()
    pairs = consents.expand(link.channel, link.purpose)
    if any(model.choice(item, channel, purpose) is not False for channel, purpose in pairs):
        consents.record(
            link.customer_id,
            pairs,
            granted=False,
            source="link",
            actor="customer",
            cause=link.cause,
            link=link.kind,
            wording=answered_links.wording(link),
        )
    return page("Anda sudah berhenti berlangganan", f"Kami tidak akan lagi mengirim {_what(link)}. Terima kasih.")


def _show_score(_link: tokens.Link) -> Response:
    text = (
        "Seberapa besar kemungkinan Bapak/Ibu merekomendasikan IndiHome kepada keluarga atau teman? "
        "Pilih satu angka, dari 0 (sangat tidak mungkin) sampai 10 (sangat mungkin)."
    )
    buttons = [("score", str(number), str(number)) for number in range(11)]
    return page("Penilaian Bapak/Ibu", text, form(buttons, comment=("Alasan Bapak/Ibu (boleh dikosongkan)", _MOST)))


def _score(link: tokens.Link, said: Mapping[str, str]) -> Response:
    given = said.get("score", "")
    if given not in {str(number) for number in range(11)}:
        raise CaringError("bad_value", "score: choose one of the numbers 0 to 10 on the page")
    comment = said.get("comment", "").strip()[:_MOST] or None
    outcome = answered_links.score(link, int(given), comment)
    if outcome == "gone":
        return _gone()
    if outcome == "kept":
        return page("Sudah kami catat", "Penilaian Bapak/Ibu sudah kami catat sebelumnya. Terima kasih.")
    text = f"Penilaian Bapak/Ibu sudah kami catat: {given}. Terima kasih, setiap masukan kami baca."
    if int(given) <= configuration.get().pressure.detractor_score:
        text = (
            f"Penilaian Bapak/Ibu sudah kami catat: {given}. Mohon maaf atas ketidaknyamanannya, kami akan menghubungi."
        )
    return page("Terima kasih", text)


def _show_closure(_link: tokens.Link) -> Response:
    buttons = [("answer", "yes", "Ya, sudah selesai"), ("answer", "no", "Belum, masih ada kendala")]
    return page("Keluhan Bapak/Ibu", "Apakah keluhan Bapak/Ibu sudah selesai ditangani?", form(buttons))


def _closure(link: tokens.Link, said: Mapping[str, str]) -> Response:
    answer = _yes_or_no(said)
    if answered_links.closure(link, answer) == "gone":
        return _gone()
    text = "Keluhan ini kami tutup." if answer == "yes" else "Kami akan menindaklanjuti kembali keluhan Bapak/Ibu."
    return page("Terima kasih", f"Jawaban Bapak/Ibu sudah kami catat. {text}")


def _show_rsvp(_link: tokens.Link) -> Response:
    buttons = [("answer", "yes", "Ya, saya hadir"), ("answer", "no", "Maaf, tidak dapat hadir")]
    return page("Undangan", "Apakah Bapak/Ibu dapat hadir?", form(buttons))


def _rsvp(link: tokens.Link, said: Mapping[str, str]) -> Response:
    answer = _yes_or_no(said)
    if answered_links.rsvp(link, answer) == "gone":
        return _gone()
    text = "Kami menantikan kehadiran Bapak/Ibu." if answer == "yes" else "Semoga dapat bertemu di kesempatan lain."
    return page("Terima kasih", f"Jawaban Bapak/Ibu sudah kami catat. {text}")


def _yes_or_no(said: Mapping[str, str]) -> Literal["yes", "no"]:
    answer = said.get("answer")
    if answer not in ("yes", "no"):
        raise CaringError("bad_value", "answer: choose one of the buttons on the page")
    return answer  # type: ignore[return-value]


_KINDS: Mapping[str, tuple[Callable[[tokens.Link], Response], Callable[[tokens.Link, Mapping[str, str]], Response]]] = {
    "unsubscribe": (_show_unsubscribe, _unsubscribe),
    "score": (_show_score, _score),
    "closure": (_show_closure, _closure),
    "rsvp": (_show_rsvp, _rsvp),
}
