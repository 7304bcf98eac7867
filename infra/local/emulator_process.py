"""The AWS emulator as a process: unchanged, but for one variable of its environment that may be set while it runs.

Its Lambda workers inherit its environment when they start. A deployment takes a while, and on a fast local clock that
would be hours: so the clock is set when everything is deployed and before the first worker starts.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType

from ministack.app import main

CLOCK_VARIABLE = "CARING_CLOCK"


def follow(clock: Path) -> None:
    """On SIGUSR1 take the clock that a file holds, and delete the file to say so."""

    def take(_number: int, _frame: FrameType | None) -> None:
        os.environ[CLOCK_VARIABLE] = clock.read_text(encoding="utf-8")
        clock.unlink()

    signal.signal(signal.SIGUSR1, take)


if __name__ == "__main__":
    follow(Path(sys.argv.pop(1)))
    main()
