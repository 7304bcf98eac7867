"""The product's PartiQL statements: INSERT of one item, and UPDATE of one item under a condition."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_INSERT = re.compile(r'INSERT INTO "(?P<table>[^"]+)" VALUE \{(?P<fields>.*)\}\s*\Z', re.DOTALL)
_UPDATE = re.compile(r'UPDATE "(?P<table>[^"]+)" (?P<changes>.*?) WHERE (?P<where>.*)\Z', re.DOTALL)
_SET = re.compile(r'SET "?(\w+)"?\s*=\s*\?')
_REMOVE = re.compile(r'REMOVE "?(\w+)"?')
_WHERE = re.compile(r'"?(\w+)"?\s*(=|<|>|<=|>=)\s*\?')


@dataclass(frozen=True, slots=True)
class Statement:
    """What a statement does: names stand in the order of its parameters."""

    table: str
    inserts: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()
    where: tuple[str, ...] = ()


@lru_cache(maxsize=256)
def read(text: str) -> Statement:
    """A statement taken apart. Raises ValueError for another form."""
    if found := _INSERT.match(text):
        fields = tuple(re.findall(r"'(\w+)':\s*\?", found["fields"]))
        return Statement(found["table"], inserts=fields)
    if found := _UPDATE.match(text):
        conditions = _WHERE.findall(found["where"])
        if any(operator != "=" for _, operator in conditions):
            raise ValueError(f"a condition other than equality: {text}")
        return Statement(
            found["table"],
            sets=tuple(_SET.findall(found["changes"])),
            removes=tuple(_REMOVE.findall(found["changes"])),
            where=tuple(name for name, _ in conditions),
        )
    raise ValueError(f"neither INSERT nor UPDATE as the ledger writes them: {text}")
