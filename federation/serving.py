"""The server process: uvicorn around the application, with our log and nothing of its own."""

from __future__ import annotations

import uvicorn

from federation.app import Exchange, create_app


def serve(exchange: Exchange) -> None:
    """Serve until told to stop (SIGINT, SIGTERM); what is pending is put on record before it ends."""
    settings = exchange.settings
    uvicorn.run(
        create_app(exchange),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
        h11_max_incomplete_event_size=65_536,
    )
