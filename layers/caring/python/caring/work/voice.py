"""A recorded voice message in place of the last tries of a call: for simple matters, which need no answer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from caring import configuration
from caring.conversation import say
from caring.observability import logger
from caring.runs import store as runs
from caring.scripts import store as scripts


def is_simple(item: Mapping[str, Any]) -> bool:
    """Whether a call is of a program whose matter may be left as a message (configuration [calls])."""
    if "run_id" not in item:
        return False
    return runs.get_run(item["run_id"]).program["kind"] in configuration.get().calls.voice_kinds


def leave(item: Mapping[str, Any], moment: datetime) -> None:
    """Have the item's script read out to its customer, from a moment on, in its purpose's hours; once for its run."""
    script_id, _, version = str(item["script"]).partition("#")
    said = say(
        item["customer_id"],
        cause=f"voice-{item['run_id']}",
        script_id=script_id,
        purpose=scripts.get_script(script_id, int(version))["purpose"],
        channel="voice",
        not_before=moment,
        run_id=item["run_id"],
    )
    logger().info("a voice message in place of a call", extra={"work_id": item["work_id"], "channel": said.channel})
