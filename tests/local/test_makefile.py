"""The Makefile's promises: every target is explained, parses, and hands its arguments on."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest

from infra.local.state import ROOT

MAKE = shutil.which("make") or "make"
TEXT = (ROOT / "Makefile").read_text()
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if "MAKE" not in name and name != "ARGS"
}  # not a sub-make
TARGETS = re.findall(r"^([a-z-]+):.*?## ", TEXT, re.MULTILINE)


def dry(*words: str) -> str:
    """What make would run, every set-up taken for done."""
    done = ["-o", ".venv/.ready", "-o", "node_modules/.ready"]
    return subprocess.run(  # noqa: S603 (our own Makefile)
        [MAKE, "--dry-run", *done, *words], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=True
    ).stdout


def test_every_phony_target_is_explained() -> None:
    phony = re.search(r"^\.PHONY: (.+)$", TEXT, re.MULTILINE)
    assert phony is not None
    assert sorted(phony[1].split()) == sorted(TARGETS)


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_parses(target: str) -> None:
    assert dry(target)


def test_help_lists_them_all() -> None:
    shown = subprocess.run([MAKE, "help"], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=True).stdout  # noqa: S603
    assert all(f"make {target}" in shown for target in TARGETS)


def test_up_hands_on_the_clock() -> None:
    assert "up --now '2026-11-24T10:00+07:00' --hour-seconds '60'" in dry(
        "up", "NOW=2026-11-24T10:00+07:00", "HOUR_SECONDS=60"
    )
    assert dry("up").split()[-1] == "up"


def test_token_hands_on_role_and_witel_and_says_nothing_else() -> None:
    assert "token --role 'manager' --witel 'bogor barat'" in dry("token", "ROLE=manager", "WITEL=bogor barat")
    assert re.search(r"^token: .*\n\t@", TEXT, re.MULTILINE)


def test_every_set_up_line_speaks_on_stderr() -> None:
    recipes = re.findall(r"^(?:\$\(TOOLS\)|node_modules/\.ready):.*\n((?:\t.*\n)+)", TEXT, re.MULTILINE)
    lines = [line for recipe in recipes for line in recipe.splitlines()]
    assert len(recipes) == 2
    assert all(line.startswith("\t@") and (">&2" in line or "touch" in line or "sys.exit" in line) for line in lines)
