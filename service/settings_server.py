"""The `[server]` table: where we listen, and how we stop."""

from dataclasses import dataclass

from service.settings_table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Where we listen, and how we stop."""

    host: str = "127.0.0.1"
    port: int = 8400
    body_limit_bytes: int = 262_144
    body_read_s: float = 10.0
    """How long a webhook may take to send its head, and then its body."""
    drain_s: float = 20.0
    """How long visits may take to finish once we are asked to stop."""
    notice_s: float = 0.0
    """How long /readyz says 503 before we stop listening, so that a load balancer can look away."""
    grace_s: float = 25.0
    """How long all of it may take at most; less than whoever stops us waits before he kills."""


def read_server(server: Table) -> ServerSettings:
    """What the table says, its problems noted."""
    given = ServerSettings(
        host=server.text("host", "127.0.0.1"),
        port=server.whole("port", 8400, low=0, high=65_535),
        body_limit_bytes=server.whole("body_limit_bytes", 262_144, low=1_024, high=16_777_216),
        body_read_s=server.number("body_read_s", 10.0, low=0.1, high=300.0),
        drain_s=server.number("drain_s", 20.0, low=0.0, high=600.0),
        notice_s=server.number("notice_s", 0.0, low=0.0, high=120.0),
        grace_s=server.number("grace_s", 25.0, low=2.0, high=3_600.0),
    )
    server.refuse_rest()
    return given
