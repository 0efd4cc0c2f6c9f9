"""Servers of the tests' own: a real server process in a folder of its own, on a free port of loopback.

Server programs refuse to run as root, so as root they run as the account that Debian's packages made for them.
Whoever starts a server stops it, by its own process; where the starter dies first, the kernel stops it.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

_PATIENCE: Final = 60.0
_FOLDERS: Final = ("/usr/sbin", "/usr/bin", "/usr/local/bin")

_T = TypeVar("_T")


def program(name: str, *folders: Path) -> Path:
    """Where a server's program is; a sentence that says what to do where it is not."""
    for folder in (*folders, *map(Path, _FOLDERS)):
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f"the program {name} is not installed; run `make servers`, which installs what tests start")


def account(name: str) -> str | None:
    """The account to run a server as: None where we are not root, and it may run as ourselves."""
    if os.getuid() != 0:
        return None
    try:
        pwd.getpwnam(name)
    except KeyError:
        return "nobody"
    return name


@contextmanager
def private_folder(name: str, user: str | None) -> Iterator[Path]:
    """A short path (sockets have at most 107 bytes) that the server's account may enter; pytest's own it may not."""
    folder = Path(tempfile.mkdtemp(prefix=f"tongguan-{name}-"))
    try:
        if user is not None:
            shutil.chown(folder, user)
        yield folder
    finally:
        shutil.rmtree(folder)


def run_as(user: str | None, command: Sequence[str | Path], folder: Path) -> None:
    """Run a program to its end; its output only where it fails."""
    done = subprocess.run(
        [str(part) for part in command], cwd=folder, env=_environment(folder), **_identity(user),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stdout[-2000:]}")


class ServerProcess:
    """One server: started, asked until it answers, and stopped by `farewell`, the signal on which it ends at once."""

    def __init__(self, folder: Path, user: str | None, command: Sequence[str | Path], farewell: signal.Signals) -> None:
        self._folder = folder
        self._user = user
        self._command = ["setpriv", "--pdeathsig", farewell.name.removeprefix("SIG"), *map(str, command)]
        self._farewell = farewell
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, answers: Callable[[], object]) -> None:
        """Start, and wait until `answers` no longer raises."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=self._folder, env=_environment(self._folder), **_identity(self._user),
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                answers()
            except Exception as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    tail = (self._folder / "log").read_text(errors="replace")[-2000:]
                    self.stop()
                    raise RuntimeError(f"the server {self._command[3]} does not answer: {tail}") from error
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        """Stop, and wait for the end. Stopping twice does no harm."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(self._farewell)
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise

    @property
    def is_running(self) -> bool:
        """Whether it was started and not stopped since."""
        return self._process is not None

    @property
    def pid(self) -> int:
        """Its process id, while it runs."""
        if self._process is None:
            raise RuntimeError("the server is stopped")
        return self._process.pid


def wait_for(work: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
    """The result of a coroutine, from anywhere: also from within a running event loop, which stands still meanwhile."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(lambda: asyncio.run(work())).result()


def _identity(user: str | None) -> dict[str, Any]:
    return {} if user is None else {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def _environment(folder: Path) -> dict[str, str]:
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(folder), "LC_ALL": "C.UTF-8", "TZ": "Asia/Shanghai"}
