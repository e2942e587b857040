"""Values out of Freshdesk's JSON: any of them may be missing, null, or of another kind than the reference says."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parseaddr
from typing import Any

from policies.html_text import from_html

LONG_AGO = datetime.fromtimestamp(0, UTC)


def mapping(value: object) -> Mapping[str, Any]:
    """A JSON object; empty if it is something else."""
    return value if isinstance(value, Mapping) else {}


def mappings(value: object) -> list[Mapping[str, Any]]:
    """The objects of a JSON array."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def words(value: object) -> str:
    """A text; empty if it is something else."""
    return value if isinstance(value, str) else ""


def texts(value: object) -> tuple[str, ...]:
    """The texts of a JSON array, each once."""
    return tuple(dict.fromkeys(item for item in value if isinstance(item, str))) if isinstance(value, list) else ()


def number(value: object) -> int | None:
    """A whole number; a text of digits counts, a boolean does not."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def identity(value: object) -> str | None:
    """An id as text."""
    found = number(value)
    return None if found is None else str(found)


def moment(value: object) -> datetime | None:
    """An aware time in UTC, whatever offset it was written with."""
    if not isinstance(value, str):
        return None
    try:
        told = datetime.fromisoformat(value)
        return (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def address(value: object) -> str | None:
    """The address alone, in lower case, of `Name <address>`; None if there is none."""
    found = parseaddr(words(value))[1].strip().lower()
    return found if "@" in found else None


def shown_text(markup: object, flat: object) -> str:
    """What a reader sees of a message, quoted mails left out.

    Made from the HTML, because Freshdesk's own `body_text` has lost its line breaks, and with them where the
    signature begins.
    """
    return from_html(words(markup)) or words(flat)
