"""Fail when a committed file names a package registry's host or a path of somebody's machine.

Locks hold names, versions and hashes; where a package is fetched from is each machine's own setting.
"""

import re
import subprocess
import sys
from pathlib import Path

FORBIDDEN = {
    "a package registry's host": re.compile(r"\b(?:pypi|pythonhosted|npmjs|yarnpkg|debian)\.(?:org|com|io)\b", re.I),
    "a download address": re.compile(r'"resolved"\s*:|^--(?:(?:extra-)?index-url|find-links)|^\s*registry\s*=', re.M),
    "a path of one machine": re.compile(r"(?<![\w.:-])/(?:root|home/\w+|Users/\w+|work/(?:main|shared))/"),
}
LOCKS = re.compile(r"^(?:requirements/.*\.txt|package-lock\.json)$")
ADDRESS = re.compile(r"\b(?:https?|git|file)://", re.I)


def committed() -> list[Path]:
    """The files that git tracks or would add, relative to the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607 (git by name)
        check=True,
        capture_output=True,
        text=True,
    )
    return [Path(name) for name in listed.stdout.split("\0") if name and Path(name).is_file()]


def findings(path: Path) -> list[str]:
    """What is wrong in one file, as `path:line: reason`; a file that is no text has nothing to say."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return []
    patterns = dict(FORBIDDEN)
    if LOCKS.match(path.as_posix()):
        patterns["an address in a lock"] = ADDRESS
    return [
        f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {reason}"
        for reason, pattern in patterns.items()
        for match in pattern.finditer(text)
    ]


def main() -> int:
    """Print every finding; the exit code tells whether there was one."""
    found = [line for path in committed() for line in findings(path)]
    print("\n".join(found) or "No registry host and no machine path in what is committed.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
