"""A customer file as rows: refusals, encoding, separator, cells. No rule about a field stands here.

A row comes out as (number, reason, cells): the cells of the contract's columns, trimmed, in the order of `columns`;
with a reason ("bad_encoding", "wrong_column_count") there are none. Nothing but the file's own bytes is held in memory.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from itertools import chain
from operator import itemgetter

REQUIRED = ("customer_id", "name")
COLUMNS = (
    *REQUIRED,
    *("segment", "phone", "whatsapp", "home_phone", "email", "language"),
    *("address", "village", "district", "witel", "product", "activated_on"),
    *("monthly_charge", "amount_due", "due_date", "paid_on", "points"),
    *("consent_whatsapp", "consent_sms", "consent_email", "consent_voice", "consent_at"),
)

Row = tuple[int, str | None, tuple[str, ...]]

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_SIGNATURES = (
    *(b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"),  # ZIP and XLSX
    *(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x89PNG", b"%PDF-", b"GIF87a", b"GIF89a", b"\xff\xd8\xff"),
)
# Lone surrogates stand in for what is no text, because no valid text can hold one.
_DAMAGE = "\udc80"
_LONE_CR = "\udc0d"  # csv takes a CR inside a bare cell for an error; to the contract it is a character
_HEADER_CHARACTERS = 65_536  # a header with a quote left open must not swallow the file twice
_SAMPLE = 65_536

codecs.register_error("caring_damage", lambda error: (_DAMAGE, error.end))  # type: ignore[attr-defined]


class Refused(Exception):
    """The whole file is refused: a `code` of the import contract, and the `columns` at fault if it is about columns."""

    def __init__(self, code: str, columns: tuple[str, ...] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.columns = columns

    def answer(self) -> dict[str, object]:
        """{code} or {code, columns}."""
        return {"code": self.code} | ({"columns": list(self.columns)} if self.columns else {})


class Table:
    """The rows of one file. `columns` are those of the contract that the file has, in the contract's order.

    `known` are the contract's columns, `required` those that no file may lack. Raises Refused for the whole file.
    """

    def __init__(self, data: bytes, known: tuple[str, ...] = COLUMNS, required: tuple[str, ...] = REQUIRED) -> None:
        if not data:
            raise Refused("empty_file")
        encoding, skip = _decide_encoding(data)
        raw = io.BytesIO(data)
        raw.seek(skip)
        self._text = io.TextIOWrapper(raw, encoding, errors="caring_damage", newline="\n")
        self._damaged = False
        self._lone_cr = False
        head, delimiter = _header(self._lines())
        csv.field_size_limit(2**31 - 1)
        self._reader = csv.reader(chain(head, self._lines()), delimiter=delimiter)
        header = [cell.strip().casefold() for cell in next(self._reader)]
        missing = tuple(name for name in required if name not in header)
        if missing:
            raise Refused("missing_column", missing)
        twice = tuple(name for name in known if header.count(name) > 1)
        if twice:
            raise Refused("duplicate_column", twice)
        self.columns = tuple(name for name in known if name in header)
        self._width = len(header)
        self._pick = itemgetter(*(header.index(name) for name in self.columns))

    def _lines(self) -> Iterator[str]:
        """Lines as csv may have them; what is odd about them is noted for the row that they belong to."""
        for line in self._text:
            if _DAMAGE in line:
                self._damaged = True
            if "\r" in line:
                body, end = (line[:-2], "\r\n") if line.endswith("\r\n") else (line, "")
                if "\r" in body:
                    self._lone_cr = True
                    yield body.replace("\r", _LONE_CR) + end
                    continue
            yield line

    def __iter__(self) -> Iterator[Row]:
        """Every row once, numbered from 1; wholly empty lines are no rows."""
        number, width, pick = 0, self._width, self._pick
        self._damaged = self._lone_cr = False
        for cells in self._reader:
            damaged, self._damaged = self._damaged, False
            lone_cr, self._lone_cr = self._lone_cr, False
            if not cells:
                continue
            number += 1
            if damaged:
                yield number, "bad_encoding", ()
            elif len(cells) != width:
                yield number, "wrong_column_count", ()
            else:
                if lone_cr:
                    cells = [cell.replace(_LONE_CR, "\r") for cell in cells]  # noqa: PLW2901
                yield number, None, tuple([cell.strip() for cell in pick(cells)])


def _decide_encoding(data: bytes) -> tuple[str, int]:
    """(codec, bytes to skip); raises Refused for what is no text."""
    if data.startswith(_SIGNATURES):
        raise Refused("not_csv")
    for bom, codec in _BOMS:
        if data.startswith(bom):
            if _has_nul(data, codec):
                raise Refused("not_csv")
            return codec, len(bom)
    if b"\0" in data:
        raise Refused("unsupported_encoding" if _looks_like_utf16(data[:_SAMPLE]) else "not_csv")
    if data.isascii() or _is_utf8(data):
        return "utf-8", 0
    good = bad = 0
    for line in io.BytesIO(data):
        if not line.isascii():
            if _is_utf8(line):
                good += 1
            else:
                bad += 1
    return ("utf-8" if good >= bad else "cp1252"), 0


def _has_nul(data: bytes, codec: str) -> bool:
    if codec == "utf-8":
        return b"\0" in data
    text = io.TextIOWrapper(io.BytesIO(data), codec, errors="caring_damage", newline="\n")
    return any("\0" in chunk for chunk in iter(lambda: text.read(1 << 20), ""))


def _looks_like_utf16(sample: bytes) -> bool:
    """NUL at nearly every second place: of ASCII text one half of the bytes, of Indonesian text hardly fewer."""
    places = max(len(sample) // 2, 1)
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    return max(even, odd) >= 0.8 * places and min(even, odd) <= 0.1 * places


def _is_utf8(data: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), 1 << 20):
            decoder.decode(data[start : start + (1 << 20)])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _header(lines: Iterator[str]) -> tuple[list[str], str]:
    """(lines of the header row, separator): the first line that is not blank, and more while a quote is open."""
    first = next((line for line in lines if line.strip()), None)
    if first is None:
        raise Refused("empty_file")
    head, counts, quoted, size = [first], {",": 0, ";": 0}, False, len(first)
    quoted = _count_separators(first, counts, quoted)
    while quoted and size < _HEADER_CHARACTERS and (line := next(lines, None)) is not None:
        head.append(line)
        size += len(line)
        quoted = _count_separators(line, counts, quoted)
    return head, ";" if counts[";"] > counts[","] else ","


_PIECE = re.compile(r'"|[,;]|[^",;]+')


def _count_separators(line: str, counts: dict[str, int], quoted: bool) -> bool:
    """Add the line's separators outside quotes to `counts`; returns whether a quoted cell is still open at its end."""
    at_start = not quoted  # a quote opens a cell only at its start, as csv reads it
    was_quoted = False
    for piece in _PIECE.findall(line):
        if quoted:
            if piece == '"':
                quoted, was_quoted = False, True
        elif piece == '"' and (at_start or was_quoted):
            quoted, was_quoted, at_start = True, False, False  # a doubled quote closes and opens again
        elif piece in counts:
            counts[piece] += 1
            at_start, was_quoted = True, False
        else:
            at_start = was_quoted = False
    return quoted
