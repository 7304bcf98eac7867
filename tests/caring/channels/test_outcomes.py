"""What each answer, and each silence, of a provider proves; over real HTTP with an unchanged boto3."""

from __future__ import annotations

import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from botocore import exceptions as boto

from caring import channels
from caring.channels import outcomes, sms
from caring.channels.types import STOP_RUN_REASONS, Outcome
from caring.channels.whatsapp import REASONS
from tests.caring.channels.provider import CHANNELS, Provider, client, free_port, half_an_answer, reset_connection

EVERY = pytest.mark.parametrize("channel", list(CHANNELS))


def send(channel: str, provider: Provider) -> Outcome:
    return channels.send(CHANNELS[channel], provider.clients)


@EVERY
def test_an_answer_with_an_id_is_accepted(channel: str, provider: Provider) -> None:
    assert send(channel, provider) == Outcome("accepted", "m-1")
    assert len(provider.requests) == 1


@EVERY
def test_an_answer_without_an_id_proves_nothing(channel: str, provider: Provider) -> None:
    provider.body = b"{}"
    assert send(channel, provider) == outcomes.NO_ID


@EVERY
def test_a_refused_connection_is_proof_that_nothing_was_taken(channel: str) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    assert channels.send(CHANNELS[channel], lambda service: client(service, url)) == outcomes.NOT_CONNECTED


def never_answer(_: BaseHTTPRequestHandler) -> None:
    """Keep the line open and say nothing, longer than the client waits."""
    time.sleep(0.6)


@EVERY
def test_a_time_out_proves_nothing_and_is_asked_once_only(channel: str, provider: Provider) -> None:
    provider.act = never_answer
    assert send(channel, provider) == outcomes.TIMED_OUT
    time.sleep(0.1)
    assert len(provider.requests) == 1


@EVERY
@pytest.mark.parametrize("act", [reset_connection, half_an_answer])
def test_a_connection_lost_after_the_request_left_proves_nothing(
    channel: str, act: Callable[[BaseHTTPRequestHandler], None], provider: Provider
) -> None:
    provider.act = act
    assert send(channel, provider) == outcomes.CONNECTION_LOST
    assert len(provider.requests) == 1


@EVERY
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_proves_nothing(channel: str, status: int, provider: Provider) -> None:
    provider.fail(status, "InternalServerException")
    assert send(channel, provider) == outcomes.PROVIDER_ERROR
    assert len(provider.requests) == 1


@EVERY
def test_an_html_page_from_something_in_between_proves_nothing(channel: str, provider: Provider) -> None:
    provider.status, provider.body = 502, b"<html>Bad Gateway</html>"
    assert send(channel, provider).status == "unknown"
    provider.status, provider.body = 200, b"<html>Welcome</html>"
    assert send(channel, provider).status == "unknown"


THROTTLES = {
    "whatsapp": "ThrottledRequestException",
    "sms": "ThrottlingException",
    "email": "TooManyRequestsException",
    "voice": "ThrottlingException",
}


@EVERY
@pytest.mark.parametrize("status", [400, 429])
def test_a_throttle_is_proof_that_nothing_was_taken(channel: str, status: int, provider: Provider) -> None:
    provider.fail(status, THROTTLES[channel])
    assert send(channel, provider) == outcomes.THROTTLED
    assert len(provider.requests) == 1


@EVERY
def test_a_429_of_an_unknown_code_is_a_throttle(channel: str, provider: Provider) -> None:
    provider.fail(429, "SlowDownPleaseException")
    assert send(channel, provider) == outcomes.THROTTLED


@EVERY
def test_a_throttle_with_a_server_error_proves_nothing(channel: str, provider: Provider) -> None:
    provider.fail(503, THROTTLES[channel])
    assert send(channel, provider) == Outcome("unknown", None, "throttled")


@EVERY
def test_an_unknown_refusal_is_a_rejection(channel: str, provider: Provider) -> None:
    provider.fail(400, "NeverHeardOfException")
    assert send(channel, provider) == Outcome("rejected", None, "invalid_request")


@EVERY
@pytest.mark.parametrize("code", ["AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException"])
def test_what_would_meet_everybody_stops_the_run_and_costs_nobody_his_message(
    channel: str, code: str, provider: Provider
) -> None:
    provider.fail(403, code)
    outcome = send(channel, provider)
    assert (outcome.status, outcome.stop_run) == ("not_taken", True)


@pytest.mark.parametrize(
    ("channel", "code", "fields", "expected"),
    [
        (
            "sms",
            "ConflictException",
            {"Reason": "DESTINATION_PHONE_NUMBER_OPTED_OUT"},
            "rejected opted_out_at_provider",
        ),
        ("sms", "ConflictException", {"Reason": "RESOURCE_NOT_ACTIVE"}, "not_taken provider_setup stop"),
        ("sms", "ValidationException", {"Reason": "COUNTRY_NOT_ENABLED"}, "rejected country_not_enabled"),
        ("sms", "ValidationException", {"Reason": "SENDER_ID_NOT_REGISTERED"}, "not_taken provider_setup stop"),
        ("sms", "ValidationException", {"Reason": "OTHER"}, "rejected invalid_request"),
        ("sms", "ValidationException", {"Fields": [{"Name": "DestinationPhoneNumber"}]}, "rejected invalid_number"),
        ("sms", "ServiceQuotaExceededException", {}, "not_taken quota_reached stop"),
        ("sms", "AccessDeniedException", {"Reason": "ACCOUNT_DISABLED"}, "not_taken account_blocked stop"),
        ("sms", "ResourceNotFoundException", {}, "not_taken provider_setup stop"),
        ("voice", "ValidationException", {"Reason": "VOICE_CAPABILITY_NOT_AVAILABLE"}, "not_taken provider_setup stop"),
        ("email", "MessageRejected", {}, "rejected rejected_by_provider"),
        ("email", "BadRequestException", {}, "rejected invalid_request"),
        ("email", "BadRequestException", {"message": "Missing final '@domain'"}, "rejected invalid_address"),
        ("email", "LimitExceededException", {}, "not_taken quota_reached stop"),
        ("email", "SendingPausedException", {}, "not_taken sending_paused stop"),
        ("email", "AccountSuspendedException", {}, "not_taken account_blocked stop"),
        ("email", "MailFromDomainNotVerifiedException", {}, "not_taken provider_setup stop"),
        ("whatsapp", "InvalidParametersException", {}, "rejected invalid_request"),
        ("whatsapp", "ResourceNotFoundException", {}, "not_taken provider_setup stop"),
        ("whatsapp", "ValidationException", {"message": "(#131047) Re-engagement message"}, "rejected window_closed"),
        ("whatsapp", "ValidationException", {"message": "(#132001) no such name"}, "not_taken template_missing stop"),
        ("whatsapp", "ValidationException", {"message": "(#130429) Rate limit hit"}, "not_taken throttled"),
        ("whatsapp", "ValidationException", {"message": '{"error":{"code":131026}}'}, "rejected not_on_whatsapp"),
        ("whatsapp", "ValidationException", {"message": "(#131000) went wrong"}, "unknown provider_error"),
    ],
)
def test_each_code_means_what_its_table_says(
    channel: str, code: str, fields: dict[str, Any], expected: str, provider: Provider
) -> None:
    provider.fail(400, code, **fields)
    outcome = send(channel, provider)
    assert f"{outcome.status} {outcome.reason}{' stop' if outcome.stop_run else ''}" == expected


def test_metas_refusal_behind_a_server_error_stays_unknown_but_stops_the_run(provider: Provider) -> None:
    provider.fail(502, "DependencyException", message="(#132001) Template name does not exist")
    assert send("whatsapp", provider) == Outcome("unknown", None, "template_missing", stop_run=True)


def failing(error: Exception) -> Callable[[str], Any]:
    class Client:
        @staticmethod
        def send_text_message(**_: Any) -> Any:
            raise error

    return lambda _service: Client


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (boto.ConnectTimeoutError(endpoint_url="https://x"), outcomes.NOT_CONNECTED),
        (boto.ProxyConnectionError(proxy_url="https://x"), outcomes.NOT_CONNECTED),
        (boto.ParamValidationError(report="no"), Outcome("rejected", None, "invalid_request")),
        (boto.NoCredentialsError(), outcomes.halted("no_credentials")),
        (boto.SSLError(endpoint_url="https://x", error=OSError("eof")), outcomes.CONNECTION_LOST),
        (boto.IncompleteReadError(actual_bytes=1, expected_bytes=2), outcomes.CONNECTION_LOST),
        (boto.ClientError({}, "SendTextMessage"), outcomes.PROVIDER_ERROR),
        (KeyError("a bug"), outcomes.UNFORESEEN),
        (MemoryError(), outcomes.UNFORESEEN),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_exception_proves_what_it_proves(error: Exception, expected: Outcome) -> None:
    assert sms.send(CHANNELS["sms"], failing(error)) == expected


def test_a_missing_setting_gives_the_message_back_and_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SMS_ORIGINATION_IDENTITY")
    assert sms.send(CHANNELS["sms"], failing(KeyError())) == outcomes.halted("provider_setup")


def test_a_channel_that_does_not_exist_is_a_rejection() -> None:
    outgoing = CHANNELS["sms"].__class__("fax", "+6281234567890", "r_1", "Halo")
    assert channels.send(outgoing) == Outcome("rejected", None, "unknown_channel")


def test_every_reason_that_stops_a_run_is_known_to_receipts_too() -> None:
    tables = [outcomes.COMMON, sms.ERRORS, channels.email.ERRORS, channels.whatsapp.ERRORS]
    stopping = {outcome.reason for table in tables for outcome in table.values() if outcome.stop_run}
    assert stopping <= STOP_RUN_REASONS
    assert stopping | set(REASONS.values()) >= STOP_RUN_REASONS
    assert all(outcome.stop_run == (outcome.reason in STOP_RUN_REASONS) for t in tables for outcome in t.values())
