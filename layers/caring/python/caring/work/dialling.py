"""Click to dial: Amazon Connect calls the customer of a call that an officer has in hand. An option of a deployment."""

from botocore.exceptions import ClientError

from caring import aws, environment
from caring.customers import model
from caring.customers import store as customers
from caring.errors import CaringError, conflict
from caring.work import calls, handling, items

_NOT_TO_BE_CALLED = (
    "DestinationNotAllowedException",
    "OutboundContactNotPermittedException",
    "InvalidParameterException",
    "InvalidRequestException",
)


def dial(work_id: str, actor: str) -> str:
    """Have the customer called; Connect's id of the contact. Asked again while it goes on it is the same call.

    CaringError: 404 unknown item; 409 no telephone in this deployment, no call in the actor's hand, a time at which the
    customer is not called, or a number that cannot be; 429 when all lines are busy.
    """
    instance = environment.get("CONNECT_INSTANCE_ID", "")
    if not instance:
        raise conflict("dial_off", "this deployment has no telephone of its own: dial the number by hand")
    item = items.get(work_id)
    if item["kind"] != "call":
        raise conflict("no_call", f"this is a {item['kind']} item: only calls are dialled")
    if items.state_of(item) != "claimed" or item["claimed_by"] != actor:
        raise conflict("not_claimed", "claim the item first: who dials must have it in hand")
    calls.check_may_call(item)
    customer = customers.get(item["customer_id"])
    number = model.contact_value(customer, "voice")
    if number is None or model.invalid_reason(customer, "voice"):
        raise conflict("no_number", "the customer has no number that works: find one, or complete as invalid_number")
    contact_id = _start(instance, number, item)
    handling.mark([work_id], contact_id=contact_id)
    return contact_id


def _start(instance: str, number: str, item: dict[str, object]) -> str:
    try:
        begun = aws.client("connect").start_outbound_voice_contact(
            InstanceId=instance,
            ContactFlowId=environment.get("CONNECT_CONTACT_FLOW_ID"),
            QueueId=environment.get("CONNECT_QUEUE_ID"),
            DestinationPhoneNumber=number,
            # One call for a try, however often the button is pressed.
            ClientToken=f"{item['work_id']}-{int(str(item.get('attempts') or 0)) + 1}",
            Attributes={"work_id": str(item["work_id"])},
        )
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "LimitExceededException":
            raise CaringError("lines_busy", "all lines are busy: try again in a minute", 429) from None
        if code in _NOT_TO_BE_CALLED:
            raise conflict("not_dialled", f"the telephone refuses this call ({code}): dial by hand") from None
        raise
    return str(begun["ContactId"])
