"""The scripts that a new deployment starts with, written and approved beforehand: seed/*.toml."""

import tomllib
from pathlib import Path
from typing import Any

from caring.errors import CaringError
from caring.scripts import findings, store

FOLDER = Path(__file__).with_name("seed")
AUTHOR = "seed"


def read_seeds() -> list[dict[str, Any]]:
    """Every seed script {script_id, name, purpose, variants}, by file name."""
    scripts = [tomllib.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.toml"))]
    for script in scripts:
        for variant in script["variants"]:
            variant["body"] = variant["body"].strip()
    return scripts


def seed_scripts() -> list[str]:
    """Write the seed scripts as approved versions; returns their ids.

    Doing it again changes nothing; a seed that has changed becomes a new version, unless staff have written one since.
    Raises ValueError for a seed with an error among its findings.
    """
    seeds = read_seeds()
    for script in seeds:
        broken = [finding for finding in findings.check(script) if finding.severity == "error"]
        if broken:
            raise ValueError(f"the seed {script['script_id']} cannot be approved: {broken[0].at}: {broken[0].message}")
        if _is_wanted(script):
            store.put_version(script, state="approved", by=AUTHOR)
    return [str(script["script_id"]) for script in seeds]


def _is_wanted(script: dict[str, Any]) -> bool:
    try:
        there = store.get_script(script["script_id"])
    except CaringError as error:
        if error.status != 404:
            raise
        return True
    return there.get("created_by") == AUTHOR and there["variants"] != script["variants"]
