"""Click to dial: no right and no setting of it unless a deployment names its telephone."""

from __future__ import annotations

from pathlib import Path

from tests.infra.synthesis import Synthesis, listed, synthesize

CONNECT = {"instance_id": "i-1", "contact_flow_id": "f-1", "queue_id": "q-1"}


def _told(synthesis: Synthesis) -> dict[str, str]:
    variables: dict[str, str] = synthesis.functions["api"]["Environment"]["Variables"]
    return {name: value for name, value in variables.items() if name.startswith("CONNECT")}


def test_by_default_there_is_no_telephone(synthesis: Synthesis) -> None:
    assert _told(synthesis) == {}
    assert not [s for _, s in synthesis.statements() if any("connect:" in action for action in listed(s["Action"]))]


def test_a_named_telephone_may_be_used_by_the_api_alone(tmp_path: Path) -> None:
    named = synthesize(tmp_path, connect=CONNECT)
    assert named.error is None, "cdk-nag included"
    assert _told(named) == {"CONNECT_INSTANCE_ID": "i-1", "CONNECT_CONTACT_FLOW_ID": "f-1", "CONNECT_QUEUE_ID": "q-1"}
    resources = [
        resource
        for name in named.functions
        for resource, actions in named.rights(name).items()
        if "connect:StartOutboundVoiceContact" in actions
    ]
    assert len(resources) == 1
    assert resources == [r for r, a in named.rights("api").items() if a == ["connect:StartOutboundVoiceContact"]]
    assert ":instance/i-1/contact/*" in resources[0]
