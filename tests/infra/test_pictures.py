"""The pictures in the documents show the system as it is."""

from __future__ import annotations

import json

from aws_cdk import App

from infra.app import build
from infra.pictures import documents
from infra.settings import ROOT


def test_every_drawn_document_is_what_the_code_draws_now() -> None:
    context = json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"]
    stack, _ = build(App(context=context))
    for path, text in documents(stack, context["caring:stage"]).items():
        assert path.read_text("utf-8") == text, f"{path.name} is out of date: python -m infra.pictures"
