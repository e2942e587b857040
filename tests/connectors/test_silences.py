"""Why nobody answered, on real sockets: a name, a firewall and a proxy are mended in different places."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from ports import free_port

from connectors.errors import Silence
from connectors.silences import silence_of


async def error_of(url: str) -> httpx.TransportError:
    async with httpx.AsyncClient(trust_env=False, timeout=httpx.Timeout(10, read=0.1)) as client:
        with pytest.raises(httpx.TransportError) as raised:
            await client.get(url)
    return raised.value


@asynccontextmanager
async def listening(*, hangs_up: bool) -> AsyncIterator[str]:
    """The address of somebody who takes connections, and says nothing."""

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not hangs_up:
            await reader.read()  # until the other one has given up
        writer.close()

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_name_that_nobody_knows_is_told() -> None:
    """No name may ever end in .invalid. Source: RFC 2606, 2."""
    assert silence_of(await error_of("http://helpdesk.invalid")) is Silence.NO_NAME


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_port_where_nobody_listens_is_no_connection(scheme: str) -> None:
    assert silence_of(await error_of(f"{scheme}://127.0.0.1:{free_port()}")) is Silence.NO_CONNECTION


@pytest.mark.parametrize(
    ("scheme", "hangs_up", "silence"),
    [
        ("https", True, Silence.NO_TLS),
        ("http", True, Silence.BROKEN_OFF),
        ("http", False, Silence.TOO_SLOW),
    ],
)
async def test_somebody_who_listens_and_never_answers_is_told_by_how_far_it_got(
    scheme: str, hangs_up: bool, silence: Silence
) -> None:
    async with listening(hangs_up=hangs_up) as where:
        assert silence_of(await error_of(f"{scheme}://{where}")) is silence
