"""Who made an audit, and who on a ticket is customer and who is staff. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.fields import Json, mapping, text
from connectors.zendesk.fields import address, identity
from connectors.zendesk.vocabulary import events_of, is_by_rule, role_of, rule_title, via_of
from policies.ticket import Person, Role, Status, Via

SYSTEM_ID = "-1"
OWN_METADATA = "ombuds"
"""Where our own writes carry their marker, in `audit.metadata.custom`."""

_COMMENTS = frozenset({"Comment", "VoiceComment", "TpeVoiceComment"})
_DEEDS = frozenset({"Change", "AgentMacroReference"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What translating an audit needs to know beside the audit.

    `users` holds user records by id; those we may not read are missing. `sender` is the address replies leave from.
    """

    requester_id: str | None
    own_id: str | None = None
    sender: str | None = None
    users: Mapping[str, Json] = field(default_factory=dict)


def comment_event(audit: Json) -> Json | None:
    """The first message of an audit; there is never a second one that anybody wrote."""
    return next((event for event in events_of(audit) if text(event.get("type")) in _COMMENTS), None)


def people_in(audit: Json) -> set[str]:
    """Ids of all whose record is needed to translate an audit."""
    comment = comment_event(audit) or {}
    found = {identity(audit.get("author_id")), identity(comment.get("author_id"))}
    return {person for person in found if person and person != SYSTEM_ID}


def is_own(audit: Json, scene: Scene) -> bool:
    """Whether Ombuds made it: by its user, or with its marker."""
    custom = mapping(mapping(audit.get("metadata")).get("custom"))
    return OWN_METADATA in custom or (scene.own_id is not None and identity(audit.get("author_id")) == scene.own_id)


def own_action(audit: Json) -> str | None:
    """The id of the action that our marker in an audit names."""
    custom = mapping(mapping(audit.get("metadata")).get("custom"))
    return text(mapping(custom.get(OWN_METADATA)).get("action")) or None


def actor_of(audit: Json, scene: Scene) -> Person:
    """Who made an audit.

    A rule that acts by itself is AUTOMATION; a merge is the system's, whoever asked for it. Where somebody enters
    another's message and does nothing else, the actor is who wrote the message: a forwarded mail is the customer's.
    """
    author_id = identity(audit.get("author_id")) or SYSTEM_ID
    if is_by_rule(audit):
        return Person(id=author_id, role=Role.AUTOMATION, name=rule_title(audit) or "")
    user = scene.users.get(author_id, {})
    if via_of(audit.get("via")) is Via.MERGE or author_id == SYSTEM_ID:
        return Person(id=author_id, role=Role.SYSTEM, name=text(user.get("name")))
    if author_id == scene.own_id:
        return Person(id=author_id, role=Role.AUTOMATION, name=text(user.get("name")))
    return person(_speaker_id(audit, author_id), scene, audit)


def person(person_id: str, scene: Scene, audit: Json | None = None) -> Person:
    """Somebody on a ticket. The requester is its customer, even one who works for the account."""
    user = scene.users.get(person_id, {})
    role = Role.CUSTOMER if person_id == (scene.requester_id or "") else role_of(user) or _likely_role(audit or {})
    return Person(id=person_id, role=role, name=text(user.get("name")), email=address(user.get("email")))


def _speaker_id(audit: Json, author_id: str) -> str:
    comment_author = identity((comment_event(audit) or {}).get("author_id"))
    if comment_author in (None, SYSTEM_ID) or any(_is_deed(event) for event in events_of(audit)):
        return author_id
    return comment_author or author_id


def _is_deed(event: Json) -> bool:
    """Whether the submitter did it himself. That a message opens a ticket again is its author's doing."""
    reopens = event.get("field_name") == "status" and event.get("value") == Status.OPEN
    return text(event.get("type")) in _DEEDS and not is_by_rule(event) and not reopens


def _likely_role(audit: Json) -> Role:
    """A guess for somebody whose record we may not read and who is not the requester.

    Colleagues in copy write public messages by e-mail and do nothing else; all others are staff.
    """
    comment = comment_event(audit)
    wrote_mail = via_of(audit.get("via")) is Via.EMAIL and comment is not None and comment.get("public") is not False
    does_more = any(_is_deed(event) for event in events_of(audit))
    return Role.CUSTOMER if wrote_mail and not does_more else Role.AGENT
