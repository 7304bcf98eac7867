"""The optional classifier on Bedrock: its answer is taken when it is one, else the product's own stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import ANY, Stubber

from caring import aws
from caring.understanding import bedrock, categories
from caring.understanding.understand import classifier, understand
from tests.caring.understanding.speaking import says

TEXT = "internet mati dari pagi"


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    client = boto3.client(
        "bedrock-runtime",
        region_name="ap-southeast-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(retries={"total_max_attempts": 1}),
    )
    monkeypatch.setattr(aws, "client", lambda service: {"bedrock-runtime": client}[service])
    with Stubber(client) as stubber:
        yield stubber


def answer(text: str) -> dict[str, Any]:
    """A model's answer, as Converse gives it."""
    return {
        "output": {"message": {"role": "assistant", "content": [{"text": text}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
        "metrics": {"latencyMs": 1},
    }


REQUEST = {
    "modelId": "a-model",
    "system": ANY,
    "messages": [{"role": "user", "content": [{"text": TEXT}]}],
    "inferenceConfig": ANY,
}


def test_the_models_category_is_taken(stub: Stubber) -> None:
    said = 'Sure: {"category": "billing", "technical": false, "confidence": 0.9, "words": ["mati"]}'
    stub.add_response("converse", answer(said), REQUEST)
    assert bedrock.classify(TEXT, "a-model") == categories.Category("billing", False, 0.9, ("mati",))


@pytest.mark.parametrize(
    "said",
    ["I cannot", "{}", '{"category": "weather", "confidence": 1}', '{"category": "fault", "confidence": 7}', "{]}"],
)
def test_an_answer_of_another_form_leaves_it_to_our_own(stub: Stubber, said: str) -> None:
    stub.add_response("converse", answer(said), REQUEST)
    assert bedrock.classify(TEXT, "a-model") == categories.classify(TEXT)


def test_a_refused_call_leaves_it_to_our_own(stub: Stubber) -> None:
    stub.add_client_error("converse", "ThrottlingException", http_status_code=429)
    assert bedrock.classify(TEXT, "a-model") == categories.classify(TEXT)


def test_it_is_off_until_a_model_is_named(stub: Stubber, monkeypatch: pytest.MonkeyPatch) -> None:
    assert classifier() is categories.classify
    monkeypatch.setenv("CARING_OVERRIDES", '{"understanding": {"bedrock_model": "a-model"}}')
    stub.add_response("converse", answer('{"category": "service", "technical": false, "confidence": 0.8}'), REQUEST)
    assert understand(says(TEXT), []).category == "service"
