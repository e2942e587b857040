"""Zendesk's words for statuses, channels and roles, in ours."""

from connectors.fields import Json, mapping, mappings, text
from connectors.zendesk.fields import ticket_identity
from policies.ticket import Channel, Role, Status, Via

AUTO_GENERATED = 4
"""The flag of a comment whose mail a machine wrote. Source: reference of ticket comments, "flags"; read 2025."""

_GONE = dict.fromkeys(("deleted", "archived", "scrubbed"), Status.CLOSED)
_STATUSES = {status.value: status for status in Status} | _GONE

_VIAS = {
    "web": Via.WEB,
    "web_form": Via.WEB,
    "web_widget": Via.WEB,
    "help_center": Via.WEB,
    "helpcenter": Via.WEB,
    "email": Via.EMAIL,
    "mail": Via.EMAIL,
    "api": Via.API,
    "web_service": Via.API,
    "mobile": Via.MOBILE,
    "mobile_sdk": Via.MOBILE,
    "chat": Via.CHAT,
    "chat_transcript": Via.CHAT,
    "messaging": Via.CHAT,
    "native_messaging": Via.CHAT,
    "whatsapp": Via.CHAT,
    "line": Via.CHAT,
    "sms": Via.CHAT,
    "voice": Via.PHONE,
    "phone": Via.PHONE,
    "phone_call_inbound": Via.PHONE,
    "phone_call_outbound": Via.PHONE,
    "voicemail": Via.PHONE,
    "twitter": Via.SOCIAL,
    "facebook": Via.SOCIAL,
    "any_channel": Via.SOCIAL,
    "rule": Via.RULE,
    "merge": Via.MERGE,
    "spam": Via.SPAM,
}
_CHANNELS = {
    Via.WEB: Channel.WEB,
    Via.MOBILE: Channel.WEB,
    Via.EMAIL: Channel.EMAIL,
    Via.API: Channel.API,
    Via.CHAT: Channel.CHAT,
    Via.PHONE: Channel.PHONE,
    Via.SOCIAL: Channel.SOCIAL,
}
_RELATIONS = {"merge": Via.MERGE, "spam": Via.SPAM}


def status_of(value: object) -> Status | None:
    """The status; None for a word we do not know. Webhooks write it in capitals, the API does not."""
    return _STATUSES.get(text(value).lower())


def via_of(via: object) -> Via:
    """The way an audit was made, from its `via` object. A merge shows in the relation as well as in the channel."""
    relation = text(source_of(via).get("rel"))
    return _RELATIONS.get(relation) or _VIAS.get(text(mapping(via).get("channel")).lower(), Via.OTHER)


def channel_of(via: object) -> Channel:
    """The way a ticket came in, from its `via` object."""
    return _CHANNELS.get(via_of(via), Channel.OTHER)


def followed_by(ticket: Json) -> str | None:
    """The closed ticket that a ticket goes on from; None if from none.

    Some answers have the field, others the relation only. Source: reference of the via object; read 2025.
    """
    source = source_of(ticket.get("via"))
    related = mapping(source.get("from")).get("ticket_id") if source.get("rel") == "follow_up" else None
    return ticket_identity(ticket.get("followup_source_id")) or ticket_identity(related)


def source_of(via: object) -> Json:
    """`from`, `to` and `rel` of a `via` object."""
    return mapping(mapping(via).get("source"))


def is_by_rule(thing: Json) -> bool:
    """Whether an event, or a whole audit, was made by a trigger or an automation."""
    return via_of(thing.get("via")) is Via.RULE


def rule_title(thing: Json) -> str | None:
    """The title of the rule that made an event or an audit; None if none did."""
    return text(mapping(source_of(thing.get("via")).get("from")).get("title")) or None if is_by_rule(thing) else None


def is_auto_generated(*things: Json) -> bool:
    """Whether the flags of an audit or of its comment tell of a mail that a machine wrote."""
    flags = (mapping(thing.get("metadata")).get("flags") for thing in things)
    return any(AUTO_GENERATED in given for given in flags if isinstance(given, list))


def role_of(user: Json) -> Role | None:
    """The role in a user's record; None for one we do not know."""
    role = text(user.get("role"))
    if role == "end-user":
        return Role.CUSTOMER
    return Role.AGENT if role in ("agent", "admin") else None


def events_of(audit: Json) -> tuple[Json, ...]:
    """An audit's events, in its order."""
    return tuple(mappings(audit.get("events")))
