"""The app for Zendesk as its frame loads it, from a place of its own, as at Zendesk."""

from collections.abc import Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from service.demo.host import PAGE

ZENDESKS_SDK = "https://static.zdassets.com/zendesk_app_framework_sdk/2.0/zaf_sdk.min.js"
_FIRST = "iframe.html"
PACKED = Path(__file__).parent / "app"
"""Where a wheel has them; see pyproject.toml."""
_CHECKOUT = Path(__file__).parents[3] / "deploy"


def folders() -> Sequence[Path]:
    """Where the app's own files are, and those that it shares with the app for Freshdesk: in a wheel, or a checkout."""
    root = PACKED if PACKED.exists() else _CHECKOUT
    return root / "zendesk-app" / "assets", root / "app-shared"


def app_files(sdk: str = "") -> Starlette:
    """The files of the packed app, in one folder. `sdk` is a script instead of Zendesk's; empty: our stand-in."""
    stand_in = sdk or (PAGE / "sdk.js").read_text(encoding="utf-8")
    found = {file.name: file for folder in folders() for file in folder.iterdir()}
    first = found[_FIRST].read_text(encoding="utf-8").replace(ZENDESKS_SDK, "sdk.js")

    async def answer(request: Request) -> Response:
        name = request.path_params["name"]
        if name == "sdk.js":
            return Response(stand_in, media_type="text/javascript")
        if name == _FIRST:
            return HTMLResponse(first)
        return FileResponse(found[name]) if name in found else Response(status_code=404)

    return Starlette(routes=[Route("/{name}", answer)])
