"""A secret in a file of its own, which its owner alone can read."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

_OTHER = "Name another file with --secret-file, and run this again."


class SecretFileError(Exception):
    """The secret could not be put there; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretPlace:
    """The files a secret may go into, the first that is free or holds it; `folder` is where the settings stand."""

    paths: tuple[Path, ...]
    folder: Path

    def held(self) -> str:
        """What the first file holds; empty if there is none. Raises SecretFileError."""
        return _read(self.paths[0]) or ""

    def free(self, secret: str) -> Path:
        """Where the secret is, or would go: nothing is overwritten. Raises SecretFileError."""
        for path in self.paths:
            held = _read(path)
            if held is None:
                _require_folder(path)
            if held in (None, secret):
                return path
        raise SecretFileError(
            f"{self.paths[-1]} holds something else, and is not overwritten: it may still be in use. {_OTHER}"
        )

    def check(self) -> None:
        """Raises SecretFileError where none could be kept: the folder is missing, or not ours to write to."""
        for path in self.paths:
            if _read(path) is None:  # what is there may hold the very secret
                _require_folder(path)
                return

    def keep(self, secret: str) -> Path:
        """The file that now holds the secret. Raises SecretFileError."""
        path = self.free(secret)
        if _read(path) is None:
            _write(path, secret)
        return path

    def in_settings(self, path: Path) -> str:
        """The file as the settings name it, in TOML: relative ones are taken from where the settings stand."""
        whole, folder = path.absolute(), self.folder.absolute()
        told = whole.relative_to(folder) if whole.is_relative_to(folder) else whole
        return f"{{file = {json.dumps(str(told), ensure_ascii=False)}}}"


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise SecretFileError(f"{path} cannot be read. {_OTHER}") from error


def _require_folder(path: Path) -> None:
    if not path.parent.is_dir():
        raise SecretFileError(f"There is no folder {path.parent} to keep the secret in: make it, and run this again.")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise SecretFileError(f"{path.parent} is not yours to write to, so it cannot keep the secret. {_OTHER}")


def _write(path: Path, secret: str) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(secret + "\n")
    except OSError as error:
        raise SecretFileError(f"{path} cannot be written: {error.strerror}. {_OTHER}") from error
