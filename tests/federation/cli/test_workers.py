from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from audit.search import Search
from federation.serving import listening
from tests.support.supergraphs import USERS, supergraph

pytestmark = pytest.mark.server
COMMAND = "from federation.cli import main; main()"
ASKED = 60


def free_port() -> int:
    with listening("127.0.0.1", 0) as one:
        return int(one.getsockname()[1])


@contextlib.contextmanager
def started(folder: Path, workers: int) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    file, port = folder / "supergraph.graphql", free_port()
    file.write_text(supergraph(USERS), encoding="utf-8")
    words = ("router", "--supergraph", str(file), "--home", str(folder / "home"), "--port", str(port))
    process = subprocess.Popen([sys.executable, "-c", COMMAND, *words, "--workers", str(workers)])
    try:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{url}/health/ready").is_success:
                    break
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield process, url
    finally:
        process.terminate()
        process.wait(20)


def children(process: subprocess.Popen[bytes]) -> list[int]:
    """Its workers; the resource tracker of multiprocessing is none."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [int(one) for one in listed if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists() or ") Z " in Path(f"/proc/{pid}/stat").read_text()


def await_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + 20
    while not all(is_gone(one) for one in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
def test_several_processes_answer_from_one_home_and_every_answer_is_on_record(tmp_path: Path) -> None:
    def asked(url: str) -> int:
        answer = httpx.post(f"{url}/graphql", json={"query": "{ __typename }"}).json()
        assert answer["data"] == {"__typename": "Query"}
        return int(answer["extensions"]["receipt"]["index"])

    with started(tmp_path, 2) as (process, url):
        assert len(children(process)) == 2
        with ThreadPoolExecutor(8) as pool:
            receipts = list(pool.map(asked, [url] * ASKED))
        assert len(set(receipts)) == ASKED
        workers = children(process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    await_gone(workers)
    search = Search(tmp_path / "home" / "audit")
    search.catch_up()
    found = {index for index, fields in search.recent(None, ASKED + 10) if fields["kind"] == "release"}
    assert found == set(receipts)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
@pytest.mark.parametrize("whom", ["worker", "parent"])
def test_where_one_ends_by_itself_all_do(tmp_path: Path, whom: str) -> None:
    with started(tmp_path, 2) as (process, _):
        workers = children(process)
        if whom == "parent":
            process.kill()
            process.wait(20)
        else:
            subprocess.run(["kill", "-9", str(workers[0])], check=True)
            assert process.wait(20) == 3
        await_gone(workers)
