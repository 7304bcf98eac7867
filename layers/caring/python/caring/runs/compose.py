"""Wording a run's messages: the script's variant for the customer's channel and language, filled in for him."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from caring import links
from caring.channels.types import Outgoing
from caring.customers.model import Item, contact_value, text
from caring.ids import reference
from caring.scripts.grammar import LINKS
from caring.scripts.store import LoadedScript

_UNSUBSCRIBE = "unsubscribe_link"
_KINDS: Mapping[str, links.Kind] = {name: name.removesuffix("_link") for name in LINKS}  # type: ignore[misc]
_NO_VALUES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Composer:
    """A script version made ready for one purpose; `name` is what the ledger says of it ("billing-reminder#1")."""

    name: str
    purpose: str
    script: LoadedScript
    default_language: str | None = None

    def compose(
        self, customer: Item, channel: str, cause: str, *, ttl_seconds: int, values: Mapping[str, str] = _NO_VALUES
    ) -> Outgoing:
        """The message for a customer; `values` are this message's own, by placeholder.

        Raises CaringError when he lacks a value that the script speaks of.
        """
        variant = self.script.variant_for(channel, text(customer, "language") or "id", self.default_language)
        to = contact_value(customer, channel)
        if variant is None or to is None:
            raise ValueError(f"the script has no {channel} wording for the customer, or he has no {channel}")
        customer_id = customer["customer_id"]["S"]
        # A mail carries the link in its header whether or not its text shows it.
        made = dict(values)
        for name, kind in _KINDS.items():
            if name in variant.placeholders or (name == _UNSUBSCRIBE and channel == "email"):
                said = {"customer_id": customer_id, "purpose": self.purpose, "channel": channel, "cause": cause}
                made[name] = links.url(links.make_token(kind, **said))
        rendered = variant(customer, made)
        return Outgoing(
            channel=channel,
            to=to,
            reference=reference(cause, customer_id),
            body=rendered.body,
            subject=rendered.subject,
            html=rendered.html,
            template=rendered.template,
            language=variant.language,
            unsubscribe_url=made.get(_UNSUBSCRIBE) if channel == "email" else None,
            ttl_seconds=ttl_seconds,
            purpose=self.purpose,
        )
