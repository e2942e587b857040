"""Values out of a vendor's JSON: whatever is missing, null or of another type is empty or None."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

Json = Mapping[str, Any]


def mapping(value: object) -> Json:
    """The object, or an empty one."""
    return value if isinstance(value, Mapping) else {}


def mappings(value: object) -> list[Json]:
    """The objects of a list."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def text(value: object) -> str:
    """The text, or an empty one."""
    return value if isinstance(value, str) else ""


def moment(value: object) -> datetime | None:
    """An aware time in UTC, from RFC 3339 with up to nine digits of a second; digits beyond six are dropped."""
    try:
        at = datetime.fromisoformat(text(value))
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
