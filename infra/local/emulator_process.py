"""The AWS emulator as a process: unchanged, but for a variable that may be set while it runs, and for its schedules.

Its Lambda workers inherit its environment when they start. A deployment takes a while, and on a fast local clock that
would be hours: so the clock is set when everything is deployed and before the first worker starts.

On AWS what schedules invoke waits in Lambda's own queue for its turn. The emulator would start a process for each that
is due, and a thousand tickets' timers would take all memory of a laptop: here they wait too.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from ministack.app import main
from ministack.services import eventbridge, lambda_svc

CLOCK_VARIABLE = "CARING_CLOCK"
AT_ONCE = 4  # invocations by schedules


def follow(clock: Path) -> None:
    """On SIGUSR1 take the clock that a file holds, and delete the file to say so."""

    def take(_number: int, _frame: FrameType | None) -> None:
        os.environ[CLOCK_VARIABLE] = clock.read_text(encoding="utf-8")
        clock.unlink()

    signal.signal(signal.SIGUSR1, take)


def in_turn(at_once: int) -> Callable[[str, str], None]:
    """What invokes a function with a payload when one of so many turns is free, in the order in which it is asked."""
    waiting: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()

    def work() -> None:
        while True:
            arn, payload = waiting.get()
            try:
                function, settings, _ = lambda_svc._get_func_record_for_ref(arn)
                if function and settings:
                    record = lambda_svc._execution_record_for_config(function, settings)
                    lambda_svc._execute_function_with_config_scope(record, json.loads(payload))
            except Exception:  # the turn is the next one's, whatever became of this
                logging.getLogger("events").exception("what a schedule invoked broke: %s", arn)

    for _ in range(at_once):
        threading.Thread(target=work, daemon=True).start()
    return lambda arn, payload: waiting.put((arn, payload))


if __name__ == "__main__":
    follow(Path(sys.argv.pop(1)))
    eventbridge._dispatch_to_lambda = in_turn(AT_ONCE)
    main()
