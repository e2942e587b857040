"""Tells systemd how the service does: a datagram for each piece of news. Source: systemd's sd_notify(3)."""

import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervisor:
    """Whoever started us and wants to hear from us; nobody, unless said otherwise."""

    address: str = ""
    watchdog_s: float = 0.0
    """If it hears nothing for so long, it starts us anew; 0: it never does."""

    def tell(self, news: str) -> None:
        """`READY=1`, `WATCHDOG=1` or `STOPPING=1`. One that cannot be told is left to draw its own conclusions."""
        if not self.address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as letter, suppress(OSError):
            letter.settimeout(1.0)
            letter.sendto(news.encode(), self.address.replace("@", "\0", 1))


def supervisor_of(environ: Mapping[str, str]) -> Supervisor:
    """The one that the environment names."""
    usec = environ.get("WATCHDOG_USEC", "")
    return Supervisor(
        address=environ.get("NOTIFY_SOCKET", ""), watchdog_s=int(usec) / 1_000_000 if usec.isdecimal() else 0.0
    )
