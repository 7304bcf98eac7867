"""The product's configuration: configuration.toml, with a deployment's own values (CARING_OVERRIDES) laid over it."""

import os
import tomllib
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson

_DEFAULTS = Path(__file__).with_name("configuration.toml")
_TABLES_BY_KEY = {"language_fallback", "prices", "rates", "windows"}  # looked up by a value, not by a name


class UnknownSetting(ValueError):
    """CARING_OVERRIDES names a setting that does not exist, or gives it another type."""


def _lay_over(base: dict[str, Any], over: dict[str, Any], at: str = "") -> None:
    for key, value in over.items():
        if key not in base and at.rstrip(".") not in ("zones.by_witel", "language_fallback"):
            raise UnknownSetting(f"CARING_OVERRIDES: there is no setting {at}{key}; configuration.toml lists them all")
        if isinstance(base.get(key), dict) and isinstance(value, dict):
            _lay_over(base[key], value, f"{at}{key}.")
        elif key in base and not _fits(base[key], value):
            raise UnknownSetting(f"CARING_OVERRIDES: {at}{key} wants a {type(base[key]).__name__}, not {value!r}")
        else:
            base[key] = value


def _fits(default: object, value: object) -> bool:
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, int | float) and isinstance(value, int | float):
        return True
    return type(default) is type(value)


@lru_cache(maxsize=4)
def _load(overrides: str) -> Any:
    data = tomllib.loads(_DEFAULTS.read_text("utf-8"))
    _lay_over(data, orjson.loads(overrides))
    return SimpleNamespace(
        **{
            section.replace("import", "import_"): (values if section in _TABLES_BY_KEY else SimpleNamespace(**values))
            for section, values in data.items()
        }
    )


def get() -> Any:
    """The configuration: sections by attribute (`get().send.threads`), look-up tables as dicts (`get().rates["sms"]`).

    Raises UnknownSetting for an override that fits no setting.
    """
    return _load(os.environ.get("CARING_OVERRIDES") or "{}")
