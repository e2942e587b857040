"""How far an unanswered request got, by the errors beneath it. Pure."""

import socket
import ssl
from collections.abc import Iterator

import httpx

from connectors.errors import Silence


def silence_of(error: BaseException) -> Silence:
    """What the first of its causes tells; httpx itself has one error for names, refusals and TLS."""
    for cause in _causes(error):
        match cause:
            case ssl.SSLError():
                return Silence.NO_TLS
            case socket.gaierror():
                return Silence.NO_NAME
            case httpx.TimeoutException():
                return Silence.TOO_SLOW
            case _:
                continue
    return Silence.NO_CONNECTION if isinstance(error, httpx.ConnectError) else Silence.BROKEN_OFF


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came of, outermost first."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__
