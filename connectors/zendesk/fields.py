"""Reads single values out of Zendesk's JSON: what is missing, null or of another type is None or empty.

Ids are numbers in the API and texts in webhooks and audits; "" and "0" stand for nobody.
"""

import re

from connectors.fields import text

_NUMBER = re.compile(r"-?[1-9][0-9]{0,18}", re.ASCII)
_TICKET_ID = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)


def identity(value: object) -> str | None:
    """An id as text, `-1` (the system) included; None for nobody."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if value and abs(value) < 10**19 else None
    given = text(value)
    return given if _NUMBER.fullmatch(given) else None


def ticket_identity(value: object) -> str | None:
    """A ticket's id in its one form: digits without leading zeros."""
    given = identity(value)
    return given if given and _TICKET_ID.fullmatch(given) else None


def texts(value: object) -> tuple[str, ...]:
    """The texts of a list; older accounts write tags as one text with spaces between."""
    if isinstance(value, str):
        return tuple(value.split())
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def address(value: object) -> str | None:
    """An e-mail address in lower case."""
    return text(value).strip().lower() or None
