"""Whether whoever has the number says that he is not the customer: "maaf salah sambung", not "salah nomor rekening"."""

from caring.understanding import normalise

_WRONG = frozenset({"salah", "wrong", "lepat"})
_WHAT = normalise.rule_words("strangers", "what")
_MATTERS = normalise.rule_words("strangers", "matters")
_WHO = normalise.rule_words("strangers", "who")
_NOT = frozenset({"tidak", "bukan", "belum", "jangan"})
_MINE = frozenset({"saya", "lagi", "kami"})
_MOST_WORDS = 14  # who has nothing to do with us does not tell a story


def said(text: str) -> str | None:
    """The words that say so, in the tables' spelling; None when the message does not say that."""
    spoken = normalise.words(text)
    if not spoken or len(spoken) > _MOST_WORDS or _MATTERS & set(spoken) or "?" in text:
        return None
    for place, word in enumerate(spoken[:-1]):
        following, rest = spoken[place + 1], set(spoken[place + 2 : place + 4])
        if word in _WRONG and following in _WHAT and not _NOT & set(spoken[max(place - 2, 0) : place]):
            return f"{word} {following}"
        # "bukan nomor Budi", "saya bukan pelanggan"; but "bukan nomor saya" may be what a bill says wrong
        if word == "bukan" and (following in _WHO or following == "nomor") and not _MINE & rest:
            return f"{word} {following}"
    return None
