"""A pretend agent view of Zendesk: a page with a ticket, a reply editor, and the app beside them in a frame."""

from pathlib import Path

PAGE = Path(__file__).parent / "page"
"""The files that the browser loads."""
