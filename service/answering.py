"""Asks a service that runs, or should, how it is; with nothing but the standard library, for it is asked often."""

import http.client
from dataclasses import dataclass

TIMEOUT_S = 5.0
_ANY = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where others listen
"""Who listens on all addresses is asked on this machine's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What it said. `status` 0: nothing, and `said` is why."""

    status: int
    said: str


def ask(host: str, port: int, path: str) -> Answer:
    """The answer to a GET of whoever listens on `host` and `port` of this machine."""
    connection = http.client.HTTPConnection(_ANY.get(host, host), port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return Answer(status=response.status, said=response.read(10_000).decode(errors="replace").strip())
    except (OSError, http.client.HTTPException) as error:
        return Answer(status=0, said=getattr(error, "strerror", None) or str(error) or type(error).__name__)
    finally:
        connection.close()
