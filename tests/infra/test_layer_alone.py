"""Each handler imports with nothing but the layers on its path.

The laptop cloud shows functions the packages of its own interpreter, which would hide one that the layer lacks.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra import bundle
from tests.infra.synthesis import ROOT

MODULES = {
    **{f"{folder.parent.name}/handler": folder.parent for folder in sorted((ROOT / "functions").glob("*/handler.py"))},
    "api/app": ROOT / "functions" / "api",
}


@pytest.fixture(scope="module")
def layers() -> list[Path]:
    """The real layers, built for this machine if they are not yet."""
    return [folder / "python" for folder in bundle.build("local").values()]


@pytest.mark.local
@pytest.mark.parametrize("module", MODULES)
def test_a_handler_imports_with_the_layers_alone(layers: list[Path], module: str) -> None:
    code = f"import sys; sys.path[:0] = {[str(MODULES[module]), *map(str, layers)]}; import {module.split('/')[1]}"
    done = subprocess.run(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-I", "-S", "-B", "-c", code],  # neither the environment's packages nor the current folder
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": "ap-southeast-1", "USER_POOL_ARN": "arn"},
        cwd="/",
    )
    assert done.returncode == 0, done.stderr
