"""What Ombuds wants set up at Freshdesk: by the API what it makes, and by hand the rest. Pure.

Rules for new tickets can be made by the API; of those for updates nobody says so. How a rule's webhook proves itself
(`auth_header`, `custom_headers`) we could not confirm either: so it is read back, and told if it is missing.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from connectors.fields import Json, mapping, mappings, text
from connectors.freshdesk.fields import identity
from connectors.setup_plan import ByHand, Thing

PROOF = "proof"
BODY = {"ticket_id": "{{ticket.id}}", "triggered_event": "{{triggered_event}}"}
"""Ids and codes alone, in quotation marks: a placeholder for text may break the JSON."""
ADVANCED = "2"
EMAIL = 1
RULES = "Admin, Workflows, Automations, {tab}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How a webhook proves itself: a user and password, or else a header and its value."""

    name: str
    secret: str
    is_header: bool = False

    def __repr__(self) -> str:
        return f"Proof(name={self.name!r}, is_header={self.is_header})"


def wanted_rule(endpoint: str, proof: Proof) -> Thing:
    """The rule for new tickets."""
    body = rule_body(endpoint, proof)
    return Thing(kind="rule", part="created", name=name_of(endpoint, "created"), fields=_fields(body))


def our_rules(listed: Iterable[Json], endpoint: str) -> tuple[Thing, ...]:
    """Those that bear the name, which holds the endpoint."""
    name = name_of(endpoint, "created")
    return tuple(
        Thing(kind="rule", part="created", name=name, fields=_fields(one), id=found)
        for one in listed
        if text(one.get("name")) == name and (found := identity(one.get("id")))
    )


def rule_body(endpoint: str, proof: Proof) -> Json:
    """The rule as it is sent. It needs a condition: this one always holds."""
    email = {"field_name": "source", "resource_type": "ticket", "value": [EMAIL]}
    return {
        "name": name_of(endpoint, "created"),
        "active": True,
        "conditions": [
            {
                "name": "condition_set_1",
                "match_type": "any",
                "properties": [{**email, "operator": operator} for operator in ("in", "not_in")],
            }
        ],
        "actions": [_call(endpoint, proof)],
    }


def name_of(endpoint: str, part: str) -> str:
    """A rule's name: two installations of Ombuds at one account do not take each other's for their own."""
    return f"Ombuds: ticket {part}, to {endpoint.partition('://')[2]}"


def update_rule(endpoint: str, proof: Proof) -> ByHand:
    """The rule for updates, for a person."""
    return ByHand(
        title=RULES.format(tab="Ticket updates"),
        settings={
            "rule name": name_of(endpoint, "updated"),
            "when an action is performed by": "Agent or Requester",
            "involves any of these events": "Reply is sent, Note is added, Status is changed, Group is changed",
            **_by_hand(endpoint, proof),
        },
    )


def creation_rule(endpoint: str, proof: Proof) -> ByHand:
    """The rule for new tickets, for a person, where the account's API does not make it."""
    settings = {"rule name": name_of(endpoint, "created"), **_by_hand(endpoint, proof)}
    return ByHand(title=RULES.format(tab="Ticket creation"), settings=settings)


def _call(endpoint: str, proof: Proof) -> Json:
    proves = {"custom_headers": {proof.name: proof.secret}}
    if not proof.is_header:
        proves = {"auth_header": {"username": proof.name, "password": proof.secret}}
    return {
        "field_name": "trigger_webhook",
        "request_type": "POST",
        "url": endpoint,
        "content_type": "JSON",
        "content_layout": ADVANCED,
        "content": BODY,
        **proves,
    }


def _by_hand(endpoint: str, proof: Proof) -> Mapping[str, str]:
    kind, secret = ("custom header", "value") if proof.is_header else ("user name", "password")
    return {
        "on tickets with these properties": "match ANY: Source is Email; Source is not Email (so it always holds)",
        "action": "Trigger webhook",
        "request type, URL": f"POST {endpoint}",
        "requires authentication": f"{kind} {proof.name}, with the {secret} from the settings",
        "encoding, content": "JSON, Advanced",
        "body": json.dumps(BODY),
    }


def _fields(rule: Json) -> dict[str, object]:
    """What has to be so, however Freshdesk writes the rest; of the proof only whose it is: secrets may be masked."""
    sets = [one for conditions in mappings(rule.get("conditions")) for one in mappings(conditions.get("properties"))]
    webhooks = [one for one in mappings(rule.get("actions")) if one.get("field_name") == "trigger_webhook"]
    action = webhooks[0] if len(webhooks) == 1 else {}
    return {
        "name": rule.get("name"),
        "active": rule.get("active"),
        "conditions": sorted((text(one.get("field_name")), text(one.get("operator"))) for one in sets),
        "url": action.get("url"),
        "request type": action.get("request_type"),
        "content": (action.get("content_type"), str(action.get("content_layout")), _content(action.get("content"))),
        PROOF: _whose_proof(action),
    }


def _content(given: object) -> object:
    """The body as an object, whether it is given as one or as text."""
    try:
        return json.loads(given) if isinstance(given, str) else given
    except ValueError:
        return given


def _whose_proof(action: Json) -> tuple[str, ...]:
    user = text(mapping(action.get("auth_header")).get("username"))
    return (user,) if user else tuple(map(str, mapping(action.get("custom_headers"))))
