"""How large a packed app is, as an agent's browser meets it."""

import zipfile
from pathlib import Path

LARGEST = 30_000
"""Bytes of code, packed, that every ticket may load."""


def code_size(zipped: Path) -> int:
    """Bytes of packed scripts, styles and pages; pictures, translations and manifests are not loaded with a ticket."""
    with zipfile.ZipFile(zipped) as opened:
        entries = opened.infolist()
    return sum(one.compress_size for one in entries if one.filename.endswith((".js", ".css", ".html")))
