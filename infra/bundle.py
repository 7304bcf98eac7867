"""Build the two layers, without Docker: `python -m infra.bundle --target aws|local`.

`aws` is Python 3.13 on arm64 Linux whatever builds it; `local` is this interpreter on this machine. The dependencies
come from the hashed lock, wheels only. Modules are compiled ahead: Lambda's disk is read-only, so each cold start would
compile them again. A layer whose inputs have not changed is left as it is.
"""

from __future__ import annotations

import argparse
import hashlib
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "layer.txt"
SOURCE = ROOT / "layers" / "caring" / "python" / "caring"
AWS_PYTHON = "3.13"
AWS_PLATFORM = "aarch64-manylinux2014"
# Nothing that runs reads these: command lines, installers' notes, API examples and type stubs.
UNREAD_FILES = (
    "RECORD",
    "INSTALLER",
    "REQUESTED",
    "direct_url.json",
    "uv_cache.json",
    "examples-1.json",
    "*.pyi",
    "*.whl",
)
UNREAD_FOLDERS = ("bin", "chalice/cli", "chalice/deploy", "chalice/templates")

# botocore describes some four hundred services in 1,700 files, holidays speaks forty languages, tzdata knows the world:
# these are ours. Fewer files make a smaller layer, and a worker that starts sooner where it is unpacked for each.
SERVICES = (
    *("connect", "dynamodb", "lambda", "s3", "scheduler", "secretsmanager", "sns", "sqs", "stepfunctions", "sts"),
    *("bedrock-runtime", "pinpoint-sms-voice-v2", "sesv2", "socialmessaging"),
)
CHOSEN = {"botocore/data": SERVICES, "holidays/locale": ("id", "en_US"), "tzdata/zoneinfo": ("Asia", "Etc")}


class BundleError(RuntimeError):
    """A layer could not be built; the message says what to do."""


def build(target: str) -> dict[str, Path]:
    """Build both layers for a target where they are out of date; where each lies, as a folder that holds `python/`."""
    host = f"{sys.version_info.major}.{sys.version_info.minor}"
    python = AWS_PYTHON if target == "aws" else host
    place = AWS_PLATFORM if target == "aws" else sysconfig.get_platform()
    inputs = [Path(__file__).read_bytes(), python.encode(), place.encode(), platform.python_implementation().encode()]
    return {
        "dependencies": _layer(
            "dependencies", target, [*inputs, LOCK.read_bytes()], lambda to: _install(to, target), python
        ),
        "caring": _layer("caring", target, [*inputs, *_contents(SOURCE)], _copy, python),
    }


def _layer(name: str, target: str, inputs: list[bytes], fill: Callable[[Path], None], python: str) -> Path:
    folder = ROOT / "layers" / name / "build" / target
    mark = folder.with_suffix(".inputs")
    digest = hashlib.sha256(b"\0".join(inputs)).hexdigest()
    if folder.is_dir() and mark.is_file() and mark.read_text() == digest:
        print(f"{name}: up to date")
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{target}-") as work:
        fresh = Path(work) / "layer"
        fill(fresh / "python")
        _strip(fresh / "python")
        _compile(fresh / "python", python)
        mark.unlink(missing_ok=True)
        if folder.exists():
            folder.rename(Path(work) / "old")
        fresh.rename(folder)
    mark.write_text(digest)
    print(f"{name}: built in {folder.relative_to(ROOT)}")
    return folder


def _contents(folder: Path) -> list[bytes]:
    files = sorted(file for file in folder.rglob("*") if _belongs(file))
    return [part for file in files for part in (str(file.relative_to(folder)).encode(), file.read_bytes())]


def _belongs(file: Path) -> bool:
    return file.is_file() and "__pycache__" not in file.parts


def _copy(to: Path) -> None:
    for file in SOURCE.rglob("*"):
        if _belongs(file):
            copy = to / file.relative_to(SOURCE.parent)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())


def _install(to: Path, target: str) -> None:
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        raise BundleError("uv is not installed: run `make setup`, or use the interpreter of .venv")
    other = ["--python-platform", AWS_PLATFORM, "--python-version", AWS_PYTHON] if target == "aws" else []
    command = [
        *(uv, "pip", "install", "--quiet", "--python", sys.executable, "--target", str(to)),
        *("--require-hashes", "--no-deps", "--only-binary", ":all:", "--link-mode", "copy", *other),
        *("--requirements", str(LOCK)),
    ]
    done = subprocess.run(command, check=False, text=True, capture_output=True)  # noqa: S603 - our own arguments
    if done.returncode:
        raise BundleError(f"the dependencies could not be installed:\n{done.stderr.strip()}")


def _strip(folder: Path) -> None:
    for pattern in UNREAD_FILES:
        for file in folder.rglob(pattern):
            file.unlink()
    for name in UNREAD_FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
    for name, kept in CHOSEN.items():
        for found in (folder / name).glob("*/"):
            if found.name not in kept:
                shutil.rmtree(found)


def _compile(folder: Path, python: str) -> None:
    """Compile for `python`; modules are taken without a look at their source, whose dates a layer does not keep."""
    ours = f"{sys.version_info.major}.{sys.version_info.minor}"
    interpreter = sys.executable if python == ours else shutil.which(f"python{python}")
    if interpreter is None or not _runs(interpreter):
        print(
            f"no python{python} here: the layer is not compiled ahead, and its cold start will be slower",
            file=sys.stderr,
        )
        return
    command = [
        *(interpreter, "-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash"),
        *("-s", str(folder), "-p", "/opt/python", str(folder)),
    ]
    done = subprocess.run(command, check=False, text=True, capture_output=True)  # noqa: S603 - our own arguments
    if done.returncode:
        raise BundleError(f"compiling failed:\n{(done.stdout + done.stderr).strip()[-2000:]}")


def _runs(interpreter: str) -> bool:
    """Whether it is an interpreter indeed: version managers put a stand-in in the path for each they could have."""
    return subprocess.run([interpreter, "-c", ""], check=False, capture_output=True).returncode == 0  # noqa: S603


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.bundle", description="Build the functions' layers.")
    parser.add_argument("--target", choices=("aws", "local"), default="aws", help="for which machine (default: aws)")
    try:
        build(parser.parse_args().target)
    except BundleError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
