"""The server that `python -m api` runs: uvicorn, which would wait for streams that never end."""

import socket

import uvicorn
from litestar import Litestar


class Server(uvicorn.Server):
    """Tells streams to end before it waits for answers under way, so that a stop takes as long as those take."""

    def __init__(self, config: uvicorn.Config, app: Litestar) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        engine = getattr(self._app.state, "engine", None)
        if engine is not None:
            engine.streams.end_all()
            engine.live_numbers.end_all()
        await super().shutdown(sockets)
