"""The `gate` table of a `[[helpdesks]]` entry: who may ask before a reply is sent, and how often."""

import re
from dataclasses import dataclass

from service.secret import Secret
from service.settings_table import Table

SHORTEST_SECRET = 32
"""Characters. Source: RFC 7518, 3.2: a key for HS256 has at least 256 bits."""
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSettings:
    """An account's gate. While one secret takes over from another there are two, the newest first."""

    secrets: tuple[Secret, ...]
    per_minute: int = 600
    """How often all agents of the account together may ask."""
    origins: tuple[str, ...] = ()
    """Pages whose own scripts may ask; empty: none, since both helpdesks' apps ask through a proxy."""


def read_gate(helpdesk: Table) -> GateSettings | None:
    """What the account's table says of its gate, problems noted; None: it has none."""
    if not helpdesk.has("gate"):
        return None
    table = helpdesk.table("gate")
    gate = GateSettings(
        secrets=_secrets(table),
        per_minute=table.whole("per_minute", 600, low=1, high=1_000_000),
        origins=_origins(table),
    )
    table.refuse_rest()
    return gate


def _secrets(table: Table) -> tuple[Secret, ...]:
    secrets = table.secrets("secrets")
    if not 1 <= len(secrets) <= 2:
        table.problem(
            "secrets",
            'must be one secret, or two while one takes over from the other: secrets = [{env = "NAME"}]. The app is '
            "given the same one",
        )
    if any(0 < len(secret.reveal()) < SHORTEST_SECRET for secret in secrets):
        table.problem("secrets", f"must have {SHORTEST_SECRET} characters or more each: openssl rand -hex 32 makes one")
    return secrets


def _origins(table: Table) -> tuple[str, ...]:
    origins = table.texts("origins")
    if not all(_ORIGIN.fullmatch(origin) for origin in origins):
        table.problem("origins", 'must be a list of a scheme and a host each, such as ["https://acme.zendesk.com"]')
    return origins
