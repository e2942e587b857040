"""Opens the agent view on a stage: the page, the app's files and the proxy, each as an agent's browser meets them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx

from connectors.sandbox.serving import serving
from service.demo.host.app_files import app_files
from service.demo.host.pages import Installation, host_app
from service.demo.host.proxy import TIMEOUT_S, Proxy
from service.demo.stage import Stage
from service.demo.story import ACCOUNT


@asynccontextmanager
async def agent_view(
    stage: Stage, secret: str, *, gate_url: str | None = None, sdk: str = ""
) -> AsyncGenerator[str, None]:
    """The address of the page, on a stage whose service has a gate with this secret.

    `gate_url`: where the app is told to ask; None: the service of the stage. `sdk`: see app_files.
    """
    asked_at = gate_url or stage.service_url
    async with (
        httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_S) as client,
        serving(app_files(sdk)) as app_origin,
    ):
        settings = {"service_url": asked_at, "account": ACCOUNT}
        installed = Installation(origin=app_origin, settings=settings)
        proxy = Proxy(
            client=client,
            allowed=f"{asked_at}/",
            secure_settings={**settings, "shared_secret": secret},
            clock=stage.clock,
        )
        async with serving(host_app(stage.sandbox.desk, ACCOUNT, installed, proxy)) as url:
            yield url
