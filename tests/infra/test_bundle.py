"""The layers' build: what goes in, what stays out, and that it is done once."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import boto3
import pytest

from infra import bundle
from tests.infra.synthesis import ROOT


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one module, whose dependencies are a stand-in."""
    source = tmp_path / "layers" / "caring" / "python" / "caring"
    source.mkdir(parents=True)
    (source / "__init__.py").write_text("WORD = 'caring'\n")
    (source / "__pycache__").mkdir()
    (source / "__pycache__" / "old.pyc").write_bytes(b"old")
    lock = tmp_path / "layer.txt"
    lock.write_text("something==1\n")

    def install(to: Path, _: str) -> None:
        (to / "bin").mkdir(parents=True)
        (to / "something.dist-info").mkdir()
        for name in ("bin/tool", "something.dist-info/RECORD", "something.dist-info/METADATA", "something.pyi"):
            (to / name).write_text("")
        (to / "something.py").write_text("VALUE = 1\n")

    monkeypatch.setattr(bundle, "ROOT", tmp_path)
    monkeypatch.setattr(bundle, "SOURCE", source)
    monkeypatch.setattr(bundle, "LOCK", lock)
    monkeypatch.setattr(bundle, "_install", install)
    return tmp_path


def _files(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


def test_modules_are_compiled_ahead_and_what_nothing_reads_is_left_out(room: Path) -> None:
    built = bundle.build("local")
    tag = sys.implementation.cache_tag
    assert _files(built["caring"]) == {"python/caring/__init__.py", f"python/caring/__pycache__/__init__.{tag}.pyc"}
    assert _files(built["dependencies"]) == {
        "python/something.py",
        f"python/__pycache__/something.{tag}.pyc",
        "python/something.dist-info/METADATA",
    }


def test_a_compiled_module_is_taken_without_a_look_at_its_source(room: Path) -> None:
    (compiled,) = bundle.build("local")["caring"].rglob("*.pyc")
    assert int.from_bytes(compiled.read_bytes()[4:8], "little") == 1  # by hash, unchecked


def test_what_has_not_changed_is_not_built_again(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle.build("local")
    capsys.readouterr()
    bundle.build("local")
    assert capsys.readouterr().out == "dependencies: up to date\ncaring: up to date\n"


def test_a_changed_module_is_built_anew_and_the_same_source_gives_the_same_layer(room: Path) -> None:
    first = {f.name: f.read_bytes() for f in bundle.build("local")["caring"].rglob("*") if f.is_file()}
    (room / "layers/caring/python/caring/__init__.py").write_text("WORD = 'cared'\n")
    changed = {f.name: f.read_bytes() for f in bundle.build("local")["caring"].rglob("*") if f.is_file()}
    (room / "layers/caring/python/caring/__init__.py").write_text("WORD = 'caring'\n")
    again = {f.name: f.read_bytes() for f in bundle.build("local")["caring"].rglob("*") if f.is_file()}
    assert first == again != changed


def test_a_failed_build_leaves_the_last_one_as_it_was(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = _files(bundle.build("local")["dependencies"])

    def fail(*_: object) -> None:
        raise bundle.BundleError("no wheel")

    monkeypatch.setattr(bundle, "_install", fail)
    (room / "layer.txt").write_text("something==2\n")
    with pytest.raises(bundle.BundleError):
        bundle.build("local")
    assert _files(room / "layers/dependencies/build/local") == built


def test_every_service_that_our_code_calls_is_described_in_the_layer() -> None:
    called = set()
    for folder in (ROOT / "functions", ROOT / "layers" / "caring" / "python"):
        for file in folder.rglob("*.py"):
            text = file.read_text()
            called |= set(re.findall(r"client\(\"([a-z0-9-]+)\"", text))
            called |= set(re.findall(r"^ +\"([a-z0-9-]+)\",$", text, re.MULTILINE)) & set(_known_services())
    called -= {"deadline"}  # a ticket's, not AWS Deadline Cloud
    assert {"dynamodb", "sesv2", "socialmessaging", "pinpoint-sms-voice-v2"} <= called <= set(bundle.SERVICES)


def _known_services() -> list[str]:
    services: list[str] = boto3.session.Session().get_available_services()
    return services
