"""Values out of Freshdesk's JSON: any of them may be missing, null, or of another kind than the reference says."""

from datetime import UTC, datetime
from email.utils import parseaddr

from connectors.fields import text
from policies.html_text import from_html

LONG_AGO = datetime.fromtimestamp(0, UTC)


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


def address(value: object) -> str | None:
    """The address alone, in lower case, of `Name <address>`; None if there is none."""
    found = parseaddr(text(value))[1].strip().lower()
    return found if "@" in found else None


def shown_text(markup: object, flat: object, *, quotes: bool = False) -> str:
    """What a reader sees of a message, quoted mails left out; `quotes`: each of their lines after `> `.

    Made from the HTML, because Freshdesk's own `body_text` has lost its line breaks, and with them where the
    signature begins.
    """
    return from_html(text(markup), quotes=quotes) or text(flat)
