"""Messages that a provider's first answer refused for good: told, by their ids, to whoever takes receipts.

A refusal says as much of a number or mailbox as a receipt that comes later, and is taken with receipts, off the path of
what is sent. It is told after it stands in the ledger, and again if the chunk comes back: taking it again is harmless.
"""

from collections.abc import Sequence

import orjson

from caring import aws, clock, environment
from caring.channels.types import Receipt
from caring.messages import ledger
from caring.messages import status as st
from caring.messages.ledger import Key

_BEGINS = '{"v":1,"kind":"refused"'


def tell(keys: Sequence[Key]) -> None:
    """Put the refused messages of a batch on the queue of receipts; nothing is done for none."""
    if not keys:
        return
    body = {"v": 1, "kind": "refused", "messages": [{"customer_id": key[0], "cause": key[1]} for key in keys]}
    aws.client("sqs").send_message(
        QueueUrl=environment.get("RECEIPTS_QUEUE_URL"), MessageBody=orjson.dumps(body).decode()
    )


def read(body: str) -> list[Receipt] | None:
    """The refusals that such a body speaks of, as the ledger knows them, as receipts; None for any other body."""
    if not body.startswith(_BEGINS):
        return None
    keys = [(message["customer_id"], message["cause"]) for message in orjson.loads(body)["messages"]]
    found = ledger.read(keys, ("status", "reason", "channel", "reference", "at"))
    return [
        Receipt(
            reference=item["reference"]["S"],
            provider_message_id=None,
            channel=item["channel"]["S"],
            status="failed",
            reason=item["reason"]["S"],
            at=clock.parse(item["at"]["S"]),
        )
        for item in found.values()
        if item["status"]["S"] == st.REJECTED and "reason" in item
    ]
