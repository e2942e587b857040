"""One TOML table, read key by key: what is wrong is collected and told, and a default stands in for it."""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service.secret import Secret


@dataclass(slots=True)
class Problems:
    """What was found wrong so far, in the order of the file: the key by its place there, and what is wrong with it."""

    found: list[tuple[str, str]] = field(default_factory=list)


class Table:
    """One table and the keys that were asked for; `refuse_rest` then refuses what nobody asked for."""

    def __init__(
        self, values: dict[str, Any], name: str, problems: Problems, *, folder: Path, environ: Mapping[str, str]
    ) -> None:
        self.values = values
        self.folder = folder
        self._name = name
        self._problems = problems
        self._environ = environ
        self._known: list[str] = []

    def problem(self, key: str, message: str) -> None:
        """Notes that something is wrong with `key`."""
        self._problems.found.append((f"{self._name}{key}", f"{message}."))

    def has(self, key: str) -> bool:
        """Whether the key is there. It counts as asked for."""
        self._known.append(key)
        return key in self.values

    def text(self, key: str, default: str = "", *, required: bool = False) -> str:
        """A text that is not empty."""
        if not self.has(key):
            if required:
                self.problem(key, "is missing")
            return default
        value = self.values[key]
        if not isinstance(value, str) or not value.strip():
            self.problem(key, "must be a text between quotes")
            return default
        return value

    def number(self, key: str, default: float, *, low: float, high: float) -> float:
        """A number, `low` and `high` included."""
        if not self.has(key):
            return default
        value = _as_number(self.values[key])
        if value is None or not low <= value <= high:
            self.problem(key, f"must be a number from {low:g} to {high:g}")
            return default
        return value

    def whole(self, key: str, default: int, *, low: int, high: int) -> int:
        """A whole number, `low` and `high` included."""
        if not self.has(key):
            return default
        value = _as_number(self.values[key])
        if value is None or not low <= value <= high or value != int(value):
            self.problem(key, f"must be a whole number from {low} to {high}")
            return default
        return int(value)

    def numbers(self, key: str, default: tuple[float, ...], *, low: float, high: float) -> tuple[float, ...]:
        """A list of numbers, not empty."""
        if not self.has(key):
            return default
        listed = self.values[key] if isinstance(self.values[key], list) else []
        values = [value for item in listed if (value := _as_number(item)) is not None and low <= value <= high]
        if not values or len(values) != len(listed):
            self.problem(key, f"must be a list of numbers from {low:g} to {high:g}")
            return default
        return tuple(values)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts that are not empty. Empty if absent."""
        listed = self.values[key] if self.has(key) else []
        if not isinstance(listed, list) or not all(isinstance(item, str) and item.strip() for item in listed):
            self.problem(key, "must be a list of texts between quotes")
            return ()
        return tuple(listed)

    def truth(self, key: str, *, default: bool) -> bool:
        """True or false."""
        if not self.has(key):
            return default
        value = {"true": True, "1": True, "false": False, "0": False}.get(str(self.values[key]).lower())
        if value is None:
            self.problem(key, "must be true or false")
            return default
        return value

    def path(self, key: str) -> Path | None:
        """A file or folder; a relative one is taken from where the settings file stands. None if absent."""
        return self.folder / self.text(key) if self.has(key) else None

    def secret(self, key: str) -> Secret:
        """A secret that must be there: a text, `{env = "NAME"}`, `{file = "PATH"}` or `{credential = "NAME"}`."""
        if not self.has(key):
            self.problem(key, f'is missing: write {key} = {{env = "NAME"}} or {{file = "PATH"}}')
            return Secret("")
        return self._as_secret(key, self.values[key])

    def secrets(self, key: str) -> tuple[Secret, ...]:
        """One secret or a list of them; several while one takes over from another. Empty if absent."""
        if not self.has(key):
            return ()
        value = self.values[key]
        return tuple(self._as_secret(key, item) for item in (value if isinstance(value, list) else [value]))

    def table(self, key: str) -> "Table":
        """A table of its own; empty if absent."""
        value = self.values.get(key, {}) if self.has(key) else {}
        if not isinstance(value, dict):
            self.problem(key, f"must be a table: [{self._name}{key}]")
            value = {}
        return self._inner(value, f"{self._name}{key}.")

    def tables(self, key: str) -> tuple["Table", ...]:
        """One table or a list of tables. Empty if absent."""
        value = self.values.get(key, []) if self.has(key) else []
        listed = value if isinstance(value, list) else [value]
        if not all(isinstance(item, dict) for item in listed):
            self.problem(key, "must be a table or a list of tables")
            return ()
        return tuple(self._inner(item, f"{self._name}{key}[{at}].") for at, item in enumerate(listed, 1))

    def refuse_rest(self) -> None:
        """Notes every key that nobody asked for."""
        for key in self.values:
            if key in self._known:
                continue
            close = difflib.get_close_matches(key, self._known, n=1)
            hint = f'did you mean "{close[0]}"?' if close else f"known here: {', '.join(sorted(set(self._known)))}"
            self._problems.found.append((f"{self._name}{key}", f"is not a setting; {hint}"))

    def _inner(self, values: dict[str, Any], name: str) -> "Table":
        return Table(values, name, self._problems, folder=self.folder, environ=self._environ)

    def _as_secret(self, key: str, value: object) -> Secret:
        match value:
            case str() if value:
                return Secret(value)
            case {"env": str(name), **rest} if not rest:
                text = self._environ.get(name, "")
                complaint = f"needs the environment variable {name}, which is not set"
            case {"file": str(name), **rest} if not rest:
                text, why = self._read_secret(name)
                complaint = f"needs the file {name}, which {why}"
            case {"credential": str(name), **rest} if not rest:
                text, complaint = self._credential(name)
            case _:
                text, complaint = "", 'must be a text, {env = "NAME"}, {file = "PATH"} or {credential = "NAME"}'
        if not text:
            self.problem(key, complaint)
        return Secret(text)

    def _credential(self, name: str) -> tuple[str, str]:
        # Where systemd puts what LoadCredential= names. Source: systemd.exec(5), "Credentials".
        folder = self._environ.get("CREDENTIALS_DIRECTORY", "")
        needs, given = f"needs the credential {name}", f"systemd gives it with LoadCredential={name}:FILE"
        if not folder:
            by_hand = "by hand, name the folder it is in with the environment variable CREDENTIALS_DIRECTORY"
            return "", f"{needs}: {given}; {by_hand}"
        file = Path(folder).absolute() / name
        text, why = self._read_secret(str(file))
        return text, f"{needs}, and {file} {why}; {given}"

    def _read_secret(self, name: str) -> tuple[str, str]:
        """What the file holds, and what is wrong with it if that is nothing."""
        try:
            return (self.folder / name).read_text(encoding="utf-8").strip(), "is missing or empty"
        except PermissionError:
            return "", "may not be read by the user who asks"
        except (OSError, UnicodeDecodeError, ValueError):
            return "", "is missing or empty"


def override(values: dict[str, Any], environ: Mapping[str, str], sections: Mapping[str, tuple[str, ...]]) -> None:
    """Puts what the environment says in place of what the file says.

    Other variables that begin with `OMBUDS_` are left alone: Kubernetes sets some of its own for a service's name.
    """
    for section, keys in sections.items():
        for key in keys:
            given = environ.get("_".join(part for part in ("OMBUDS", section, key) if part).upper())
            if not given:
                continue
            table = values.setdefault(section, {}) if section else values
            if isinstance(table, dict):
                table[key] = given


def _as_number(value: object) -> float | None:
    """What the file or the environment gives for a number; never NaN or infinite."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
