"""Proves every shipped phrase pack by its own examples, and writes down which content was proven.

    .venv/bin/python tests/policies/prove.py

Run it after a pack was changed: what is written down need not prove itself again at every start of the service.
"""

from policies.loader import fingerprint, load
from service.policy_files import PROVEN, SHIPPED, read_folder


def proven_now() -> list[str]:
    """The fingerprints of all shipped packs, sorted. Raises PolicyError if one does not hold."""
    files = read_folder(SHIPPED)
    load(files)
    return sorted(fingerprint(content) for name, content in files.items() if name.startswith("phrases/"))


if __name__ == "__main__":
    PROVEN.write_text("\n".join(proven_now()) + "\n", encoding="ascii")
