"""The service as a process of its own, on a real port, stopped by a real signal."""

import base64
import contextlib
import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Self

import httpx
import pytest

from service.cli import main
from service.serve import ServeError, run
from service.settings import Settings, StoreSettings, load_settings
from service.settings_server import ServerSettings

PROGRAM = """
import os
import sys
from pathlib import Path
from service.logs import configure_logs
from service.serve import run
from service.settings import load_settings
from service.supervisor import supervisor_of
configure_logs()
run(load_settings(Path(sys.argv[1]), {}), supervisor=supervisor_of(os.environ))
"""
Start = Callable[..., contextlib.AbstractContextManager[tuple[subprocess.Popen[str], str]]]


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def config(tmp_path: Path, house: str, free_port: int) -> Path:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "house.yaml").write_text(house)
    file = tmp_path / "ombuds.toml"
    file.write_text(
        f"""
policies = "policies"
[server]
port = {free_port}
notice_s = 0.3
body_read_s = 0.5
[[helpdesks]]
kind = "freshdesk"
account = "acme"
base_url = "http://127.0.0.1:9"
api_key = "the-api-key"
basic = {{user = "ombuds", password = "the-password"}}
"""
    )
    return file


@contextlib.contextmanager
def serving(config: Path, port: int, **environ: str) -> Generator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-c", PROGRAM, str(config)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2], env={**os.environ, **environ}
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(lambda: httpx.get(f"{url}/livez").status_code == 200)
        yield process, url
    finally:
        process.kill()
        process.communicate()


def _wait(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if holds():
                return
        time.sleep(0.02)
    raise AssertionError("it did not happen in 60 s")


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[socket.socket]:
    """Where systemd would listen; whoever waits longer than a minute hears nothing."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(60)
        yield listening


def health(config: Path, *arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["healthcheck", "--config", str(config), *arguments])
    return int(ended.value.code or 0)


def test_a_signal_first_ends_readiness_and_then_the_process_in_good_order(
    config: Path, free_port: int, supervisor: socket.socket, capsys: pytest.CaptureFixture[str]
) -> None:
    """And whoever watches is told: systemd, again and again from the loop, and whoever asks by `ombuds healthcheck`."""
    config.write_text(config.read_text().replace("notice_s = 0.3", "notice_s = 1.0"))
    watched = {"NOTIFY_SOCKET": supervisor.getsockname(), "WATCHDOG_USEC": "200000"}
    with serving(config, free_port, **watched) as (process, url):
        assert [supervisor.recv(100) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
        assert (health(config), health(config, "--live")) == (0, 0)
        accepted = httpx.post(f"{url}/webhooks/freshdesk/acme", auth=("ombuds", "the-password"), json={"ticket_id": 42})
        assert accepted.status_code == 202

        process.send_signal(signal.SIGTERM)
        assert set(iter(lambda: supervisor.recv(100), b"STOPPING=1")) <= {b"WATCHDOG=1"}
        assert health(config) == 1
        assert capsys.readouterr().err == f"/readyz on 127.0.0.1:{free_port}: missing: not draining\n"
        output, _ = process.communicate(timeout=20)

    assert process.returncode == 0
    lines = [json.loads(line) for line in output.splitlines()]
    assert lines[0]["event"] == "service started"
    assert "stopping: not ready from now on" in [line["event"] for line in lines]
    assert "the-password" not in output
    assert "the-api-key" not in output


PROVED = {
    "Authorization": f"Basic {base64.b64encode(b'ombuds:the-password').decode()}",
    "Content-Type": "application/json",
}


class Load:
    """A sender that posts webhooks one after the other, on a new connection each, until it is told to stop."""

    def __init__(self, port: int) -> None:
        self.statuses: list[int] = []
        self.failed_at: list[float] = []
        self._port = port
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(each,)) for each in range(4)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _send(self, number: int) -> None:
        while not self._is_over.is_set():
            number += len(self._threads)
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
            try:
                connection.request("POST", "/webhooks/freshdesk/acme", json.dumps({"ticket_id": number}), PROVED)
                self.statuses.append(connection.getresponse().status)
            except (OSError, http.client.HTTPException):
                self.failed_at.append(time.monotonic())
                time.sleep(0.05)
            finally:
                connection.close()


def stored(config: Path, question: str) -> int:
    with contextlib.closing(sqlite3.connect(config.parent / "ombuds.db")) as connection:
        return int(connection.execute(question).fetchone()[0])


def test_under_load_a_signal_fails_no_request_while_it_listens_and_loses_nothing(config: Path, free_port: int) -> None:
    config.write_text(config.read_text().replace("notice_s = 0.3", "notice_s = 1.5\ngrace_s = 8"))
    with serving(config, free_port) as (process, _), Load(free_port) as load:
        time.sleep(1)
        signalled_at = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)
        took_s = time.monotonic() - signalled_at

    assert process.returncode == 0
    assert took_s < 8
    assert len(load.statuses) > 20
    assert set(load.statuses) == {202}
    assert min(load.failed_at) > signalled_at + 1.5
    assert stored(config, "SELECT count(*) FROM deliveries") >= len(load.statuses)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A helpdesk that takes every request and answers none."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        yield int(listener.getsockname()[1])


@pytest.mark.parametrize(("signals", "least_s", "most_s"), [(1, 1.5, 4.0), (2, 0.0, 1.5)], ids=["one", "two"])
def test_what_does_not_end_within_the_grace_is_given_back_and_a_second_signal_waits_for_nothing(
    config: Path, free_port: int, silent_port: int, signals: int, least_s: float, most_s: float
) -> None:
    text = config.read_text().replace("127.0.0.1:9", f"127.0.0.1:{silent_port}")
    config.write_text(text.replace("notice_s = 0.3", "grace_s = 4"))
    with serving(config, free_port) as (process, url), socket.create_connection(("127.0.0.1", free_port)) as half:
        half.sendall(BODY_BEGUN)
        httpx.post(f"{url}/webhooks/freshdesk/acme", auth=("ombuds", "the-password"), json={"ticket_id": 42})
        _wait(lambda: stored(config, "SELECT count(*) FROM tickets WHERE lease_until IS NOT NULL") == 1)
        begun = time.monotonic()
        for _ in range(signals):
            process.send_signal(signal.SIGTERM)
            time.sleep(0.1)
        process.wait(timeout=10)
        took_s = time.monotonic() - begun

    assert process.returncode == 0
    assert least_s < took_s < most_s + 1
    assert stored(config, "SELECT count(*) FROM tickets WHERE lease_until IS NULL AND tries = 0") == 1


HEAD = b"POST /webhooks/freshdesk/acme HTTP/1.1\r\nHost: x\r\n"
ANSWERED = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "sent", [b"", HEAD, ANSWERED, ANSWERED + b"\r\n"], ids=["silent", "half a head", "done", "done and restless"]
)
def test_a_connection_without_a_whole_request_is_hung_up_on(config: Path, free_port: int, sent: bytes) -> None:
    with serving(config, free_port), socket.create_connection(("127.0.0.1", free_port)) as connection:
        connection.sendall(sent)
        connection.settimeout(3)  # shorter than uvicorn's own patience between two requests

        received = b"".join(iter(lambda: connection.recv(4096), b""))

    assert received.count(b"200 OK") == sent.count(b"GET")


BODY_BEGUN = HEAD + b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n" + b'{"ticket_id":'


def read_to_the_end(connection: socket.socket) -> bytes:
    """What was answered, once it was hung up on; what is sent meanwhile drips in, so that it never falls silent."""
    received = b""
    connection.settimeout(0.1)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with contextlib.suppress(TimeoutError):
            try:
                piece = connection.recv(4096)
            except ConnectionResetError:
                return received
            if not piece:
                return received
            received += piece
        with contextlib.suppress(OSError):
            connection.sendall(b"1")
    raise AssertionError("it was never hung up on")


@pytest.mark.parametrize("sent", [HEAD, BODY_BEGUN], ids=["head", "body"])
def test_who_drips_is_hung_up_on_however_steadily(config: Path, free_port: int, sent: bytes) -> None:
    with serving(config, free_port), socket.create_connection(("127.0.0.1", free_port)) as connection:
        connection.sendall(sent)
        begun = time.monotonic()

        received = read_to_the_end(connection)

    assert time.monotonic() - begun < 3
    assert received == b"" or received.startswith(b"HTTP/1.1 408")


def test_silent_and_slow_clients_keep_no_webhook_out(config: Path, free_port: int) -> None:
    config.write_text(config.read_text().replace("body_read_s = 0.5", "body_read_s = 5"))
    with serving(config, free_port) as (_, url), contextlib.ExitStack() as idle:
        for sent in 25 * [b""] + 25 * [HEAD] + 25 * [BODY_BEGUN]:
            connection = idle.enter_context(socket.create_connection(("127.0.0.1", free_port)))
            connection.sendall(sent)

        answers = [
            httpx.post(f"{url}/webhooks/freshdesk/acme", auth=("ombuds", "the-password"), json={"ticket_id": number})
            for number in range(20)
        ]

    assert [answer.status_code for answer in answers] == [202] * 20


def test_a_port_that_is_taken_is_told_in_a_sentence(config: Path, free_port: int) -> None:
    with socket.create_server(("127.0.0.1", free_port)), pytest.raises(ServeError, match="Another program may have it"):
        run(load_settings(config, {}))


def test_a_store_that_cannot_be_opened_is_told_in_a_sentence(tmp_path: Path, config: Path) -> None:
    settings = Settings(
        policies=tmp_path / "policies",
        store=StoreSettings(url=f"sqlite:///{tmp_path}/none/x.db"),
        server=ServerSettings(port=0),
    )

    with pytest.raises(ServeError, match="create it, or change"):
        run(settings)
