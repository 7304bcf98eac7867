"""One cell at a time: what a phone, an address, an amount or a date in a customer file means.

Each reader takes a trimmed cell that is not blank and returns (value, None), or (None, issue code). The libraries load
when the first number or mailbox is read, because the API starts often and reads few.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

Value = str | int | bool | None
Read = tuple[Value, str | None]

WIB = timezone(timedelta(hours=7))

_MARKS = dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF])
_DASHES_OF_OTHER_CATEGORIES = "\u00ad\u2043\u2212"  # soft hyphen, hyphen bullet, minus
_PHONE = re.compile(r"\+?[\d()]+")
_AMOUNT = re.compile(r"(?:rp\s*)?(?:([0-9]{1,12})(?:\.00)?|([0-9]{1,3}(?:\.[0-9]{3}){1,4})(?:,00)?)", re.IGNORECASE)
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_LOCAL_DAY = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"[T ]((?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?)"
    r"(?:(Z)|([+-])([0-9]{2}):([0-5][0-9]))?"
)
_POINTS = re.compile(r"[0-9]{1,9}")
_YES = frozenset(("yes", "ya", "1", "true"))
_NO = frozenset(("no", "tidak", "0", "false"))


@lru_cache(maxsize=1)
def _phonenumbers() -> Any:
    import phonenumbers  # noqa: PLC0415

    return phonenumbers


def _is_dash(character: str) -> bool:
    return unicodedata.category(character) == "Pd" or character in _DASHES_OF_OTHER_CATEGORIES


def _bare_number(cell: str) -> str | None:
    """The number without what people and spreadsheets put around it; None if anything else is in it."""
    if cell.isascii() and cell.isdigit():
        return cell
    text = cell if cell.isascii() else unicodedata.normalize("NFKC", cell).translate(_MARKS)
    if text[:1] in ("'", "’"):
        text = text[1:]
    text = "".join(c for c in text if not (c.isspace() or _is_dash(c)))
    if text.endswith(".0") and text[:-2].isdecimal():
        text = text[:-2]
    text = text.replace(".", "")
    if not _PHONE.fullmatch(text):
        return None
    return text if text.isascii() else "".join(str(unicodedata.decimal(c, c)) for c in text)


@lru_cache(maxsize=8192)
def _number(cell: str) -> tuple[str | None, bool]:
    """(E.164 or None, whether it is a mobile number) of a cell by the file's contract."""
    bare = _bare_number(cell)
    return (None, False) if bare is None else _decided(bare)


def _decided(text: str) -> tuple[str | None, bool]:
    """(E.164 or None, whether it is a mobile number), by libphonenumber for Indonesia."""
    library = _phonenumbers()
    try:
        number = library.parse(text, "ID")
    except library.NumberParseException:
        return None, False
    kinds = library.PhoneNumberType
    kind = library.number_type(number)
    if kind == kinds.UNKNOWN:  # that is how is_valid_number decides too, at twice the cost
        return None, False
    mobile = kind in (kinds.MOBILE, kinds.FIXED_LINE_OR_MOBILE)
    return library.format_number(number, library.PhoneNumberFormat.E164), mobile


def any_phone(cell: str) -> Read:
    """Any valid number of any country, as E.164; else invalid_phone."""
    number, _ = _number(cell)
    return (number, None) if number else (None, "invalid_phone")


def typed_phone(text: str) -> Read:
    """The number in what somebody types or pastes to look for it ("WA: 08…", "tel:+62…"), as E.164; or invalid_phone.

    libphonenumber's answer alone: what the file's contract refuses in a cell may be looked for.
    """
    number, _ = _decided(text)
    return (number, None) if number else (None, "invalid_phone")


def mobile_phone(cell: str) -> Read:
    """A valid mobile number, as E.164; else invalid_phone or not_mobile."""
    number, mobile = _number(cell)
    if number is None:
        return None, "invalid_phone"
    return (number, None) if mobile else (None, "not_mobile")


def email(cell: str) -> Read:
    """A mailbox in email-validator's normalized form, without asking DNS; else invalid_email."""
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    try:
        return validate_email(cell, check_deliverability=False).normalized, None
    except EmailNotValidError:
        return None, "invalid_email"


def amount(cell: str) -> Read:
    """Whole rupiah; else invalid_amount."""
    match = _AMOUNT.fullmatch(cell)
    digits = (match[1] or match[2].replace(".", "")) if match else ""
    return (int(digits), None) if 0 < len(digits) <= 12 else (None, "invalid_amount")


def day(cell: str) -> Read:
    """A real day as YYYY-MM-DD; else invalid_date."""
    if match := _ISO_DAY.fullmatch(cell):
        year, month, day_of_month = match.groups()
    elif match := _LOCAL_DAY.fullmatch(cell):
        day_of_month, month, year = match.groups()
    else:
        return None, "invalid_date"
    try:
        return date(int(year), int(month), int(day_of_month)).isoformat(), None
    except ValueError:
        return None, "invalid_date"


def moment(cell: str) -> Read:
    """A time as YYYY-MM-DDThh:mm:ssZ; without a zone it is WIB; else invalid_date."""
    match = _MOMENT.fullmatch(cell)
    if not match:
        return None, "invalid_date"
    day_text, clock, utc, sign, hours, minutes = match.groups()
    try:
        zone = WIB
        if utc or sign:
            offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
            zone = timezone(-offset if sign == "-" else offset)
        at = datetime.fromisoformat(f"{day_text}T{clock}").replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None, "invalid_date"
    return at.isoformat(timespec="seconds").replace("+00:00", "Z"), None


def segment(cell: str) -> Read:
    """REGULAR or HVC; else invalid_value."""
    return _one_of(cell.upper(), ("REGULAR", "HVC"))


def language(cell: str) -> Read:
    """id, su or en; else invalid_value."""
    return _one_of(cell.lower(), ("id", "su", "en"))


def _one_of(value: str, allowed: tuple[str, ...]) -> Read:
    return (value, None) if value in allowed else (None, "invalid_value")


def points(cell: str) -> Read:
    """A balance of 1 to 9 digits; else invalid_value."""
    return (int(cell), None) if _POINTS.fullmatch(cell) else (None, "invalid_value")


def consent(cell: str) -> Read:
    """True or False for a clear yes or no; else invalid_value."""
    word = cell.lower()
    if word in _YES:
        return True, None
    return (False, None) if word in _NO else (None, "invalid_value")


MAX_TEXT = 4096  # characters of one text cell, so that a customer always fits into its item (400 kB) and a batch of 25


def text(cell: str) -> Read:
    """The text as given, in NFC; a cell longer than MAX_TEXT is no text a person wrote: invalid_value."""
    if len(cell) > MAX_TEXT:
        return None, "invalid_value"
    return (cell if cell.isascii() else unicodedata.normalize("NFC", cell)), None


Reader = Callable[[str], Read]
