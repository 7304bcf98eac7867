"""Opt-out and opt-in words: the whole message, in Indonesian, Sundanese or English.

A word among others means nothing here: "tolong STOP gangguan ini" is a complaint, "mau berhenti langganan" cancels a
contract. Words: the operators' own (STOP, UNREG, MULAI), and CTIA's list for English.
"""

from typing import Literal

from caring.understanding import normalise

Choice = Literal["opt_out", "opt_in"]

# Courtesies and addresses that may stand around the word, as words.toml spells them.
POLITE = frozenset(
    "tolong ya dong deh kak kakak gan sis bro pak bu bapak ibu mas mbak admin terima-kasih saya aja saja atuh teh kang "
    "maaf sekarang lah nya oke permisi halo hai selamat pagi siang sore malam banget sudah rude".split()
)
# "stop" and its Sundanese and slang writings come out of the tables as "berhenti".
_STOPS = frozenset({"berhenti", "unsub", "unsubscribe", "unreg", "unregister", "optout", "stopall", "off", "quit"})
_OBJECTS = frozenset(
    "sms wa whatsapp email e-mail pesan iklan promo promosi penawaran notifikasi notif spam blast broadcast info surat "
    "survei survey telepon telpon telp chat kirim kirimi mengirim dikirim ngirim ngirimin pesannya messages message "
    "semua lagi all texts emails".split()
)
_SENTENCES = frozenset(
    {
        "opt out",
        "jangan kirim lagi",
        "jangan kirim pesan lagi",
        "jangan kirim pesan",
        "jangan kirim sms lagi",
        "jangan kirim wa lagi",
        "jangan kirim email lagi",
        "jangan kirim promo lagi",
        "jangan kirim iklan lagi",
        "jangan kirim promo",
        "jangan kirim iklan",
        "jangan kirim apa lagi",
        "jangan hubungi lagi",
        "jangan hubungi",
        "jangan chat lagi",
        "jangan wa lagi",
        "jangan sms lagi",
        "tidak mau dihubungi lagi",
        "tidak mau dihubungi",
        "tidak mau terima pesan lagi",
        "tidak mau menerima pesan lagi",
        "tidak mau promo lagi",
        "tidak mau terima promo lagi",
        "tidak usah kirim lagi",
        "tidak usah kirim pesan lagi",
        "tidak usah kirim promo lagi",
        "hapus nomor",
        "hapus nomor dari daftar",
        "hapus email dari daftar",
        "keluar dari daftar",
        "ulah ngirim deui",
        "ulah ngirim lagi",
        "ulah ngirim pesan lagi",
        "ulah kirim lagi",
        "ulah ngirim wa lagi",
        "ulah ngahubungi lagi",
        "remove me",
        "remove me from list",
        "remove me from this list",
        "do not contact me",
        "don't contact me",
        "do not message me",
        "don't message me",
        "don't text me",
        "berhenti messaging me",
        "berhenti sending me messages",
        "berhenti texting me",
        "no more messages",
    }
)
_STARTS = frozenset({"mulai", "start", "unstop", "subscribe", "resubscribe", "optin", "mimitian", "reg"})
_START_SENTENCES = frozenset(
    {
        "opt in",
        "kirim lagi",
        "boleh kirim lagi",
        "boleh kirim pesan lagi",
        "mau info lagi",
        "mau promo lagi",
        "mau terima info lagi",
        "mau terima pesan lagi",
        "mau menerima pesan lagi",
        "mau dihubungi lagi",
        "aktifkan lagi pesan",
        "aktifkan pesan lagi",
        "aktifkan info lagi",
        "kirim info lagi",
        "kirim promo lagi",
        "mimitian lagi",
        "kirim pesan lagi",
        "start messages",
        "sign me up",
        "sign me up again",
    }
)
_MAIL_SENTENCES = frozenset({"berhenti langganan", "berhenti langganan email", "batal langganan"})


def choice(text: str, channel: str = "") -> tuple[Choice, str] | None:
    """What a whole message chooses and the words that say so; None when it is no such message.

    "Berhenti berlangganan" is what mail programs call leaving a list, so it counts in an e-mail only; elsewhere it is a
    customer who leaves.
    """
    said = normalise.words(text[:200])
    if len(text) > 200 or not said:
        return None
    if len(said) > 3 and all(len(letter) == 1 for letter in said):
        said = normalise.words("".join(said))  # S T O P
    core = [word for word in said if word not in POLITE]
    sentence = " ".join(core)
    if core and core[0] in _STOPS and all(word in _OBJECTS or word in _STOPS for word in core[1:]):
        return "opt_out", sentence
    if sentence in _SENTENCES or (channel == "email" and sentence in _MAIL_SENTENCES):
        return "opt_out", sentence
    starts = core and core[0] in _STARTS and all(word in _OBJECTS for word in core[1:])
    if starts or sentence in _START_SENTENCES:
        return "opt_in", sentence
    return None
