"""What is wrong with a body or query, in words of ours: at which place, and how to mend it.

The validator's own words speak of its types and of nothing that a caller knows, so each of its errors has a sentence
here. None of them repeats a value, for it may be somebody's number.
"""

import re
from typing import TYPE_CHECKING, Any

from caring.errors import CaringError

if TYPE_CHECKING:
    from pydantic import ValidationError

_CODES = {"json_invalid": "malformed_json", "extra_forbidden": "unknown_field", "missing": "missing_field"}
_NUMBER, _DAY = "must be a whole number", "must be a day, YYYY-MM-DD"
_WORDS = {  # by the validator's name of the error; {…} are what it knows of the limit
    "missing": "is missing: it is needed here",
    "extra_forbidden": "is not known here: leave it out (GET /openapi.json lists what is)",
    "literal_error": "must be {expected}",
    "string_type": "must be a text",
    "string_unicode": "must be a text in UTF-8",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must have the form {pattern}",
    "int_type": _NUMBER,
    "int_parsing": _NUMBER,
    "int_parsing_size": _NUMBER,
    "int_from_float": _NUMBER,
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list, […]",
    "dict_type": "must be an object, {{…}}",
    "model_type": "must be an object, {{…}}",
    "model_attributes_type": "must be an object, {{…}}",
    "too_short": "must hold at least {min_length}",
    "too_long": "must hold at most {max_length}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "none_required": "must be null",
}
_OTHER = "does not fit: GET /openapi.json says what does"
# Steps of a place that name an alternative of the validator's, not something of the caller's.
_ALTERNATIVE = re.compile(r"\w+(-\w+)*\[.*|str|int|bool|float|none|constrained-\w+", re.DOTALL)
_MOST = 3


def refusal_of(wrong: "ValidationError", part: str) -> CaringError:
    """A validation error as one refusal that names up to three places; alternatives at one place stand together."""
    errors = wrong.errors(include_url=False, include_input=False)
    places: dict[tuple[str, ...], dict[str, None]] = {}
    for error in errors:
        places.setdefault((part, *_place(error)), {})[_sentence(error)] = None
    # A list that was wrong in one of its entries also fits none of the alternatives to a list: the entry says more.
    shown = [place for place in places if not any(_within(other, place) for other in places)]
    said = [f"{'.'.join(place)}: {', or '.join(places[place])}" for place in shown[:_MOST]]
    more = f" (and {len(shown) - _MOST} more)" if len(shown) > _MOST else ""
    return CaringError(_CODES.get(errors[0]["type"], "bad_value"), "; ".join(said) + more)


def _place(error: Any) -> list[str]:
    """The names and places in the body that lead to an error, without the validator's alternatives."""
    *way, last = error["loc"] or ("",)
    kept = [str(step)[:80] for step in way if isinstance(step, int) or not _ALTERNATIVE.fullmatch(step)]
    if last == "" or (error["type"] != "extra_forbidden" and _ALTERNATIVE.fullmatch(str(last))):
        return kept
    return [*kept, str(last)[:80]]


def _within(place: tuple[str, ...], outer: tuple[str, ...]) -> bool:
    return len(place) > len(outer) and place[: len(outer)] == outer


def _sentence(error: Any) -> str:
    """What is to be mended."""
    about = error.get("ctx", {})
    if error["type"] == "value_error":
        return str(about["error"])
    if error["type"] == "json_invalid":
        where = re.search(r"line [0-9]+ column [0-9]+", error["msg"])
        return f"is no JSON{', see ' + where[0] if where else ''}: look at its quotes, commas and brackets"
    return _WORDS.get(error["type"], _OTHER).format(**about)
