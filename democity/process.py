"""A system of the city's that runs as a process of its own: its command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import uvicorn
from starlette.applications import Starlette


def run(module: str, what: str, create_app: Callable[[Path], Starlette]) -> None:
    """Serve a system of a built city on a port of 127.0.0.1, until it is stopped."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=f"Serve {what}.")
    parser.add_argument("--directory", type=Path, required=True, help="where the demo city was built")
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1")
    arguments = parser.parse_args()
    app = create_app(arguments.directory)
    uvicorn.run(app, host="127.0.0.1", port=arguments.port, access_log=False, log_level="warning")
