"""The routes: three AWS services by their wire protocols, and the control routes beside them."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final

import orjson

from infra.local.simulator import email_send, sms_voice, whatsapp
from infra.local.simulator.behaviours import TAKEN
from infra.local.simulator.control import Control
from infra.local.simulator.core import Simulator
from infra.local.simulator.messages import Message, Refused, fresh_uuid
from infra.local.simulator.server import NoResponse, Request, Response

log = logging.getLogger("caring.simulator")

JSON_1_0: Final = "application/x-amz-json-1.0"
ERROR_OF: Final = {"error": "error", "error_taken": "error", "throttle": "throttle", "opted_out": "opted_out"}


class App:
    """One handler for every request."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._control = Control(simulator)

    async def __call__(self, request: Request) -> Response | NoResponse:
        """Answer one request, or say that it gets none."""
        target = request.headers.get("x-amz-target")
        try:
            if target is not None:
                return await self._sms_voice(target, request)
            if request.path == "/v1/whatsapp/send":
                return await self._whatsapp(request)
            if request.path == "/v2/email/outbound-emails":
                return await self._email(request)
            if request.path == "/v2/email/outbound-bulk-emails":
                return await self._bulk_email(request)
        except Refused as refused:
            return _refusal(refused, json_1_0=target is not None)
        except (AttributeError, KeyError, TypeError):  # a member is of another type than the service model has
            log.warning("a request to %s does not fit the service model", target or request.path, exc_info=True)
            malformed = Refused(400, "SerializationException", "a member of the request is of the wrong type")
            return _refusal(malformed, json_1_0=target is not None)
        return self._control.answer(request)

    async def _sms_voice(self, target: str, request: Request) -> Response | NoResponse:
        channel = sms_voice.TARGETS.get(target)
        if channel is None:
            raise Refused(400, "UnknownOperationException", f"{target.rpartition('.')[2]} is not simulated")
        message = sms_voice.parse_send(channel, _loads(request.body))
        if message is None:  # a dry run
            return _ok({"MessageId": sms_voice.new_id()}, JSON_1_0)
        return await self._send(message, sms_voice.ERRORS, "MessageId", JSON_1_0)

    async def _whatsapp(self, request: Request) -> Response | NoResponse:
        return await self._send(whatsapp.parse_send(_loads(request.body)), whatsapp.ERRORS, "messageId")

    async def _email(self, request: Request) -> Response | NoResponse:
        return await self._send(email_send.parse_send(_loads(request.body)), email_send.ERRORS, "MessageId")

    async def _send(
        self, message: Message, errors: Mapping[str, Refused], id_member: str, content_type: str = "application/json"
    ) -> Response | NoResponse:
        answer = self._simulator.submit(message)
        if answer in ("hang", "hang_lost"):
            return "hang"
        if answer == "drop":
            return "drop"
        if answer in ERROR_OF:
            raise errors[ERROR_OF[answer]]
        if answer == "slow":
            await asyncio.sleep(self._simulator.settings.slow_seconds)
        return _ok({id_member: message.provider_message_id}, content_type)

    async def _bulk_email(self, request: Request) -> Response | NoResponse:
        """Each entry is taken or not on its own; time-out, reset and HTTP 500 after taking concern the whole call."""
        results: list[dict[str, Any]] = []
        answers = set()
        for message in email_send.parse_bulk(_loads(request.body)):
            if isinstance(message, Refused):
                results.append({"Status": "INVALID_PARAMETER", "Error": message.message})
                continue
            answer = self._simulator.submit(message)
            answers.add(answer)
            if answer in TAKEN:
                results.append({"Status": "SUCCESS", "MessageId": message.provider_message_id})
            else:
                status, why = email_send.ENTRY_ERRORS.get(answer, ("FAILED", "The entry could not be processed."))
                results.append({"Status": status, "Error": why})
        if "drop" in answers:
            return "drop"
        if answers & {"hang", "hang_lost"}:
            return "hang"
        if "error_taken" in answers:
            raise email_send.ERRORS["error"]
        if "slow" in answers:
            await asyncio.sleep(self._simulator.settings.slow_seconds)
        return _ok({"BulkEmailEntryResults": results})


def _loads(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except ValueError:
        raise Refused(400, "SerializationException", "the body is not JSON") from None


def _ok(content: dict[str, Any], content_type: str = "application/json") -> Response:
    return Response(200, content, (("x-amzn-RequestId", fresh_uuid()),), content_type)


def _refusal(refused: Refused, *, json_1_0: bool) -> Response:
    """JSON 1.0 names the error in `__type`, REST JSON in a header; each has its own spelling of `message`."""
    request_id = ("x-amzn-RequestId", fresh_uuid())
    if json_1_0:
        content = {
            "__type": f"com.amazonaws.pinpointsmsvoicev2#{refused.code}",
            "Message": refused.message,
            **refused.members,
        }
        return Response(refused.status, content, (request_id,), JSON_1_0)
    content = {"message": refused.message, **refused.members}
    return Response(refused.status, content, (request_id, ("x-amzn-ErrorType", refused.code)))
