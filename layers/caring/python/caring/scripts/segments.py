"""How many SMS a text takes: GSM-7 or UCS-2, and where it is cut.

3GPP TS 23.038: 160 septets alone or 153 each in parts; the characters of the extension table take two, and such a pair
is never cut. Anything else makes the whole text UCS-2: 70 units alone or 67 in parts, a pair for what lies beyond the
Basic Multilingual Plane.
"""

import unicodedata
from dataclasses import dataclass

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = "\f^{}\\[~]|€"
_COST = dict.fromkeys(_BASIC, 1) | dict.fromkeys(_EXTENDED, 2)
_KNOWN = frozenset(_COST)

# What word processors put in place of plain signs, and what has a plain letter of its own.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛ʼ′`´", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        "…": "...",
        "•": "-",
        "\u00a0": " ",
        "\u202f": " ",
        "\t": " ",
    }
)


@dataclass(frozen=True, slots=True)
class Count:
    """encoding "GSM-7" or "UCS-2", number of segments (an empty text is 1), units used (septets or 16-bit units)."""

    encoding: str
    segments: int
    units: int


def count(text: str) -> Count:
    """The segments that a text takes."""
    costs = [_COST.get(character, 0) for character in text]
    if all(costs):
        return Count("GSM-7", _parts(costs, 160, 153), sum(costs))
    costs = [2 if ord(character) > 0xFFFF else 1 for character in text]
    return Count("UCS-2", _parts(costs, 70, 67), sum(costs))


def _parts(costs: list[int], alone: int, in_parts: int) -> int:
    if sum(costs) <= alone:
        return 1
    parts, room = 1, in_parts
    for cost in costs:
        if cost > room:
            parts, room = parts + 1, in_parts
        room -= cost
    return parts


def foreign(text: str) -> list[str]:
    """The characters that would make a text UCS-2, each once, in order of appearance."""
    return list(dict.fromkeys(character for character in text if character not in _COST))


def fold(text: str) -> str:
    """A value as near to GSM-7 as it can honestly be written: plain quotes and dashes, letters without foreign accents.

    Symbols such as emoji are left out; a name in another alphabet stays as it is.
    """
    if _KNOWN.issuperset(text):
        return text
    text = unicodedata.normalize("NFC", text.translate(_PLAIN))
    folded = "".join(character if character in _COST else _fold(character) for character in text)
    return " ".join(folded.split()) or text


def _fold(character: str) -> str:
    base = "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))
    if base and all(c in _COST for c in base):
        return base
    return "" if unicodedata.category(character) in ("So", "Sk", "Cf", "Mn", "Co", "Cn") else character
