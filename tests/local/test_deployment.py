"""What the laptop passes to the unchanged CDK."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from infra import settings
from infra.local import deployment
from infra.local.deployment import context, fingerprint, pointer_layer
from infra.local.emulator import Ports
from infra.local.state import State


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a built layer that has an orjson of its own."""
    packages = tmp_path / "layers" / "dependencies" / "build" / "local" / "python"
    packages.mkdir(parents=True)
    (packages / "orjson.py").write_text("")
    packages.parent.with_suffix(".inputs").write_text("digest-1")
    monkeypatch.setattr(deployment, "ROOT", tmp_path)
    return packages


def test_a_function_imports_the_built_layer_s_files_before_any_other(built: Path, tmp_path: Path) -> None:
    layer = pointer_layer(State.of(tmp_path / "state"))
    site_directory = next((layer / "python" / "lib").iterdir()) / "site-packages"
    program = f"import site; site.addsitedir({str(site_directory)!r}); import orjson; print(orjson.__file__)"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    assert shown.stdout.strip() == str(built / "orjson.py")


def test_a_new_build_is_a_new_layer(built: Path, tmp_path: Path) -> None:
    state = State.of(tmp_path / "state")

    def content() -> str:
        return next(pointer_layer(state).rglob("*.pth")).read_text()

    before = content()
    assert content() == before
    built.parent.with_suffix(".inputs").write_text("digest-2")
    assert content() != before


def test_the_digest_of_the_sources_tells_whether_there_is_something_to_deploy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deployment, "ROOT", tmp_path)
    monkeypatch.setattr(deployment, "_SOURCES", ("functions", "infra"))
    for file in ("functions/send/handler.py", "infra/stack.py", "infra/local/site.py"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("one")
    first = fingerprint()
    (tmp_path / "infra/local/site.py").write_text("the laptop's own tools are not deployed")
    assert fingerprint() == first
    (tmp_path / "functions/send/handler.py").write_text("two")
    assert fingerprint() != first


def test_a_laptop_has_its_own_addresses_and_no_schedule_of_the_emulator() -> None:
    words = context(Ports(1, 2, 3), {})
    assert "caring:schedule_state=DISABLED" in words
    assert "caring:link_base_url=http://127.0.0.1:3" in words
    assert "caring:removal_policy=destroy" in words
    assert deployment.CHANNELS == settings.CHANNELS
