"""The same floor as one would write it on libraries: Starlette on uvicorn, subgraphs asked by aiohttp.

`python -m benchmarks.federation.library_floor STUBS PORT [KEYS]`. It asks and merges as `floor.py` does; what lies
between the two is the price of libraries for HTTP.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.federation.client import NotAnsweredError
from benchmarks.federation.floor import Floor, keys_in
from benchmarks.federation.http import LISTENING

_JSON: Final = "application/json"
_HEADERS: Final = {"Content-Type": _JSON, "Accept": _JSON}
_OK: Final = 200


class LibraryClient:
    """Requests to one host and port."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}"
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), headers=_HEADERS)

    def post(self, path: str, body: bytes) -> asyncio.Future[bytes]:
        """The body of the answer to a body. It is under way once this returns."""
        return asyncio.ensure_future(self._posted(path, body))

    async def close(self) -> None:
        """Hang up everywhere."""
        await self._session.close()

    async def _posted(self, path: str, body: bytes) -> bytes:
        async with self._session.post(self._base + path, data=body) as answer:
            if answer.status != _OK:
                raise NotAnsweredError(f"a subgraph answered {answer.status}")
            return await answer.read()


def main(arguments: Sequence[str]) -> None:
    stubs, port, *rest = arguments
    floors: list[Floor] = []

    @asynccontextmanager
    async def alive(_application: Starlette) -> AsyncIterator[None]:
        floors.append(Floor(LibraryClient(int(stubs)), keys_in(rest)))
        print(LISTENING, flush=True)
        yield
        await floors.pop().close()

    async def answer(request: Request) -> Response:
        _, body = await floors[0].answer(b"", await request.body())
        return Response(body, media_type=_JSON)

    logging.basicConfig(level=logging.WARNING)
    application = Starlette(routes=[Route("/{path:path}", answer, methods=["POST"])], lifespan=alive)
    uvicorn.run(application, host="127.0.0.1", port=int(port), log_config=None, access_log=False)


if __name__ == "__main__":
    main(sys.argv[1:])
