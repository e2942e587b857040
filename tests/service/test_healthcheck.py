"""`ombuds healthcheck`: one line and an exit code, quickly. With a service that runs, see test_serve.py."""

import http.server
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import commands
import pytest


class Answers(http.server.BaseHTTPRequestHandler):
    """Ready, always."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


class OnIpv6(http.server.HTTPServer):
    address_family = socket.AF_INET6


@pytest.fixture
def serve_on() -> Iterator[Callable[[str], int]]:
    """Listens on a host; the port."""
    servers: list[http.server.HTTPServer] = []

    def serve(host: str) -> int:
        kind = OnIpv6 if ":" in host else http.server.HTTPServer
        servers.append(kind((host, 0), Answers))
        threading.Thread(target=servers[-1].serve_forever).start()
        return int(servers[-1].server_port)

    yield serve
    for server in servers:
        with closing(server.socket):
            server.shutdown()


def run(*arguments: str) -> int:
    return commands.run("healthcheck", *arguments)


def written(folder: Path, host: str, port: int) -> str:
    """Settings whose secrets nobody has."""
    file = folder / "ombuds.toml"
    helpdesk = '[[helpdesks]]\nkind = "zendesk"\napi_token = {env = "NOBODY_SET_THIS"}'
    file.write_text(f'[server]\nhost = "{host}"\nport = {port}\n{helpdesk}\n', encoding="utf-8")
    return str(file)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::", "::1", "localhost"])  # noqa: S104 - in a container
def test_wherever_the_service_listens_it_is_found_without_a_secret(
    host: str, serve_on: Callable[[str], int], tmp_path: Path
) -> None:
    assert run("--config", written(tmp_path, host, serve_on(host))) == 0


def test_a_worker_is_asked_on_a_port_of_its_own(serve_on: Callable[[str], int], tmp_path: Path) -> None:
    port = serve_on("127.0.0.1")

    assert run("--config", written(tmp_path, "127.0.0.1", 1), "--port", str(port)) == 0


def test_nobody_there_is_a_line_and_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--config", written(tmp_path, "127.0.0.1", 1)) == 1
    assert capsys.readouterr().err == "/readyz on 127.0.0.1:1: Connection refused\n"


@pytest.mark.parametrize(("text", "expected"), [("[server]\nport = 0", "--port"), ("[server", "not TOML")])
def test_settings_that_do_not_tell_where_are_code_1_too(
    text: str, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Docker knows no other: 2 is kept for its own use."""
    (tmp_path / "ombuds.toml").write_text(text, encoding="utf-8")

    assert run("--config", str(tmp_path / "ombuds.toml")) == 1
    assert expected in capsys.readouterr().err


def test_it_loads_neither_policies_nor_the_store(tmp_path: Path) -> None:
    """It is started every few seconds beside a service that may be busy."""
    program = """
import sys
from service.cli import main
try:
    main(["healthcheck", "--config", sys.argv[1]])
except SystemExit:
    print({"sqlalchemy", "httpx", "yaml", "policies.loader", "service.cli.tree"} & set(sys.modules))
"""
    told = subprocess.run(
        [sys.executable, "-c", program, written(tmp_path, "127.0.0.1", 1)], capture_output=True, text=True, check=True
    )

    assert told.stdout == "set()\n"
