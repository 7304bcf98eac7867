"""Receipts: what a provider says became of a message, written once whatever order, and however often, it is said."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from caring import aws, clock, environment, tables
from caring.channels.types import Receipt
from caring.ids import split_reference
from caring.messages import ledger
from caring.messages import status as st

_STATUSES = {"accepted": st.ACCEPTED, "delivered": st.DELIVERED, "read": st.READ, "failed": st.FAILED}


@dataclass(slots=True)
class Recorded:
    """Bucket changes by cause, receipts whose message is not there (yet), and those that are not ours to read."""

    deltas: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    early: list[Receipt] = field(default_factory=list)
    foreign: list[Receipt] = field(default_factory=list)
    spam_reports: list[tuple[str, Receipt]] = field(default_factory=list)


def record(receipts: Iterable[Receipt]) -> Recorded:
    """Move each receipt's message forward. Raises ClientError when the ledger can't be written."""
    recorded = Recorded()
    for receipt in receipts:
        key = split_reference(receipt.reference)
        if key is None:
            recorded.foreign.append(receipt)
        elif receipt.status == "spam_report":
            recorded.spam_reports.append((key[1], receipt))
        elif receipt.status in _STATUSES:
            _move(key[0], key[1], receipt, recorded)
        elif not _note(key[0], key[1], receipt):
            recorded.early.append(receipt)
    return recorded


def _move(cause: str, customer_id: str, receipt: Receipt, recorded: Recorded) -> None:
    status = _STATUSES[receipt.status]
    if status == st.ACCEPTED and _told_already(cause, customer_id):
        return
    try:
        old = _update(cause, customer_id, status, receipt)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        if not error.response.get("Item"):
            recorded.early.append(receipt)
        return  # otherwise the message was further on already
    before = st.bucket(old["status"]["S"], old["reason"]["S"] if "reason" in old else None)
    recorded.deltas[cause][before] -= 1
    recorded.deltas[cause][st.bucket(status, receipt.reason)] += 1


def _note(cause: str, customer_id: str, receipt: Receipt) -> bool:
    """Keep the latest word that moves no message (delayed, …) beside it; False if the message is not there."""
    message = {"customer_id": {"S": customer_id}, "cause": {"S": cause}}
    noted = tables.update(
        environment.table("messages"),
        message,
        UpdateExpression="SET remark = :reason, remark_at = :at",
        ConditionExpression="attribute_exists(cause) AND (attribute_not_exists(remark_at) OR remark_at < :at)",
        ExpressionAttributeValues={":reason": {"S": receipt.reason or "other"}, ":at": {"S": clock.iso(receipt.at)}},
        ReturnValues="UPDATED_NEW",
    )
    return noted is not None or (customer_id, cause) in ledger.read([(customer_id, cause)], ("cause",))


def _told_already(cause: str, customer_id: str) -> bool:
    """Whether the provider's answer has said so: its first receipt mostly repeats it, and a read is half of a write."""
    item = ledger.read([(customer_id, cause)], ("rank", "channel")).get((customer_id, cause))
    return item is not None and int(item["rank"]["N"]) >= st.rank(st.ACCEPTED, item["channel"]["S"])


def _update(cause: str, customer_id: str, status: str, receipt: Receipt) -> dict[str, Any]:
    """The message as it was before this receipt moved it."""
    at = clock.iso(receipt.at)
    sets = ["#status = :status", "#rank = :rank", "#at = :at", "#status_at = :at"]
    values: dict[str, Any] = {
        ":status": {"S": status},
        ":rank": {"N": str(st.rank(status, receipt.channel))},
        ":at": {"S": at},
    }
    names = {"#status": "status", "#rank": "rank", "#at": "at", "#status_at": f"{status}_at", "#reason": "reason"}
    if receipt.provider_message_id:
        sets.append("provider_message_id = if_not_exists(provider_message_id, :provider)")
        values[":provider"] = {"S": receipt.provider_message_id}
    if status == st.FAILED:
        sets.append("#reason = :reason")
        values[":reason"] = {"S": receipt.reason or "other"}
        expression = f"SET {', '.join(sets)}"
    else:
        expression = f"SET {', '.join(sets)} REMOVE #reason"
    answer = aws.tables_client().update_item(
        TableName=environment.table("messages"),
        Key={"customer_id": {"S": customer_id}, "cause": {"S": cause}},
        UpdateExpression=expression,
        ConditionExpression="attribute_exists(cause) AND #rank < :rank",
        ExpressionAttributeNames=names,
        ExpressionAttributeValues=values,
        ReturnValues="ALL_OLD",
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
    )
    old: dict[str, Any] = answer["Attributes"]
    return old
