"""The body of a request, as far as anybody is willing to wait for it."""

import asyncio
import math

from starlette.requests import Request


class TooLargeError(Exception):
    """More than was to be read. What came is forgotten."""


async def whole_body(request: Request, *, within_s: float, most_bytes: float = math.inf) -> bytes:
    """All of it. Raises TimeoutError, TooLargeError, and Starlette's ClientDisconnect where it broke off."""
    body = bytearray()
    async with asyncio.timeout(within_s):
        async for chunk in request.stream():
            body += chunk
            if len(body) > most_bytes:
                raise TooLargeError
    return bytes(body)
