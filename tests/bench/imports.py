"""Cold imports: each function's handler with the built layers alone on its path, over a bare `import boto3` there.

Each import has a fresh interpreter without site-packages. CPU time is taken, not the clock's, and the two are taken in
turn, so that what else the machine does falls on both alike. The layers are compiled ahead, a function's own folder is
not: so they are deployed.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from infra import bundle
from tests.bench.cloud import ROOT, CannedCloud
from tests.bench.measures import Sheet

TIMES = 7
GOALS = {"send_messages": 1.4, "api": 1.8}
OTHER_GOAL = 2.0

_PROGRAM = """
import sys, time
sys.dont_write_bytecode = True
sys.path[:0] = sys.argv[2:]
begun = time.process_time()
__import__(sys.argv[1])
print(time.process_time() - begun)
"""


def take(sheet: Sheet, cloud: CannedCloud, times: int = TIMES) -> None:
    """One ratio for each function, and what it is a ratio of."""
    layers = [str(folder / "python") for folder in bundle.build("local").values()]
    environment = cloud.environment() | {"PYTHONHASHSEED": "0", "USER_POOL_ARN": _POOL}
    bare: list[float] = []
    ratios: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        code = shutil.copytree(ROOT / "functions", Path(folder) / "functions", ignore=_not_compiled)
        for function in sorted(path.name for path in code.iterdir() if path.is_dir()):
            module = "app" if function == "api" else "handler"
            pairs = [
                (_seconds("boto3", layers, environment), _seconds(module, [str(code / function), *layers], environment))
                for _ in range(times)
            ]
            bare += [first for first, _ in pairs]
            ratios[function] = statistics.median(b for _, b in pairs) / statistics.median(a for a, _ in pairs)
    sheet.add("bare import boto3", statistics.median(bare) * 1000, "CPU ms")
    for function, ratio in ratios.items():
        sheet.add(f"cold import of {function}", ratio, "× import boto3", GOALS.get(function, OTHER_GOAL))


_POOL = "arn:aws:cognito-idp:ap-southeast-1:000000000000:userpool/ap-southeast-1_000000000"


def _not_compiled(_: str, names: list[str]) -> set[str]:
    return {name for name in names if name == "__pycache__" or name.endswith(".pyc")}


def _seconds(module: str, path: list[str], environment: dict[str, str]) -> float:
    command = [sys.executable, "-I", "-S", "-c", _PROGRAM, module, *path]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode:
        raise RuntimeError(f"{module} cannot be imported with the layers alone:\n{done.stderr[-2000:]}")
    return float(done.stdout.split()[-1])
