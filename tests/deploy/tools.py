"""The programs that read what is deployed."""

import shutil


def tool(name: str, package: str) -> str:
    """Where it is. Without it the test fails: what no such program has read is worth little."""
    found = shutil.which(name)
    assert found, f"{name} is not installed: apt-get install {package}"
    return found
