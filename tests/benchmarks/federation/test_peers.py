from __future__ import annotations

from pathlib import Path

from benchmarks.federation.peers import PEERS


def test_a_peer_is_there_where_npm_has_put_it(tmp_path: Path) -> None:
    assert [peer.version(tmp_path) for peer in PEERS] == [None] * len(PEERS)
    package = tmp_path / "node_modules" / PEERS[0].package
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"version": "1.2.3"}')
    assert PEERS[0].version(tmp_path) == "1.2.3"
