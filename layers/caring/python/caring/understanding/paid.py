"""Whether a customer says that he has paid: "udh byr kmrn", not "belum bayar", not "mau bayar"."""

from caring.understanding import normalise

_PAID = normalise.rule_words("paid", "paid")
_DONE = normalise.rule_words("paid", "done")
_SETTLED = frozenset({"lunas", "terbayar", "lunasin", "lunasi"})
_NOT = normalise.rule_words("paid", "not")
_NEVER_AFTER = frozenset({"mahal", "kok-mahal", "belum", "gagal", "denda"})  # "sudah bayar mahal", "sudah bayar belum?"
_ASKS = frozenset({"apakah", "kapan", "bagaimana", "apa", "berapa"})
_PROOFS = ({"bukti", "bayar"}, {"bukti", "transfer"}, {"bukti", "pembayaran"}, {"struk", "bayar"})
_REACH = 4  # words between "sudah" and "bayar": "sudah saya coba untuk bayar" goes no further


def said(text: str) -> str | None:
    """The words that say so, in the tables' spelling; None when the message does not say that it is paid."""
    spoken = normalise.words(text)
    if not spoken or (spoken[0] in _ASKS and "?" in text):
        return None
    for place, word in enumerate(spoken):
        if word in _SETTLED and not _NOT & set(spoken[max(place - 3, 0) : place]):
            return " ".join(spoken[max(place - 1, 0) : place + 1])
        if word in _PAID and (words := _done(spoken, place)):
            return words
    together = set(spoken)
    if any(proof <= together for proof in _PROOFS) and not _NOT & together:
        return "bukti bayar"
    return None


def _done(spoken: list[str], place: int) -> str | None:
    before = spoken[max(place - _REACH, 0) : place]
    after = spoken[place + 1 : place + 3]
    if _NEVER_AFTER & set(after) or _NOT & set(before):
        return None
    if spoken[place] == "paid" and not before[:-1]:
        return "paid"
    done = [word for word in before if word in _DONE]
    if done:
        return " ".join(spoken[place - len(before) + before.index(done[0]) : place + 1])
    # "bayar kemarin", "transfer td pagi" at the very beginning
    if place <= 1 and set(after) & {"kemarin", "tadi", "barusan", "sudah", "semalam"}:
        return " ".join(spoken[place : place + 3])
    return None
