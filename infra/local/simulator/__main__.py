"""python -m infra.local.simulator --port N: the provider simulator as a process of its own."""

import argparse
import asyncio
import logging
from pathlib import Path

import orjson

from infra.local.simulator.behaviours import CHANNELS
from infra.local.simulator.publishing import Topics
from infra.local.simulator.running import serve_until_signal
from infra.local.simulator.settings import HOLD_SECONDS, RATES, SLOW_SECONDS, Settings


def main() -> None:
    """Read the flags and serve until SIGTERM; prints one line with the port once it listens."""
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="0 takes a free port")
    parser.add_argument("--topics", type=Path, help="JSON file as PUT /topics takes it")
    parser.add_argument("--delay-scale", type=float, default=1.0, help="factor on every receipt's and reply's delay")
    parser.add_argument("--slow-seconds", type=float, default=SLOW_SECONDS)
    parser.add_argument("--hold-seconds", type=float, default=HOLD_SECONDS, help="longest a socket is held unanswered")
    parser.add_argument("--early-receipts", action="store_true", help="publish sent, pending, initiated too")
    parser.add_argument("--region", default=Settings().region)
    parser.add_argument("--account-id", default=Settings().account_id)
    for channel in CHANNELS:
        parser.add_argument(f"--{channel}-rate", type=float, default=RATES[channel], help="messages a second")
    flags = parser.parse_args()
    settings = Settings(
        delay_scale=flags.delay_scale,
        slow_seconds=flags.slow_seconds,
        hold_seconds=flags.hold_seconds,
        early_receipts=flags.early_receipts,
        region=flags.region,
        account_id=flags.account_id,
    )
    settings.set_rates({channel: getattr(flags, f"{channel}_rate") for channel in CHANNELS})
    topics = Topics.from_json(orjson.loads(flags.topics.read_bytes())) if flags.topics else Topics()
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(serve_until_signal(flags.port, settings, topics, _listening))


def _listening(port: int) -> None:
    print(f"listening on {port}", flush=True)


if __name__ == "__main__":
    main()
