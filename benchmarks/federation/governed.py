"""This project's own gateway as a contender: `tongguan router` over the benchmark's supergraph, open and governed."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.federation.masks import BODY, USERNAME, Keys, scoped
from benchmarks.servers import free_port, running
from federation.keys import KeyRing
from federation.settings import Settings

RECIPIENT: Final = "research-institute"
"""The organisation that asks: pseudonyms are made for it."""

POLICY: Final = """\
# The benchmark's users are data subjects. Nobody is named: a name shows its initials, a user name is a pseudonym, and
# so is the text of a review, of which it can be told that it occurs twice, and not what it says.
p, org:research-institute, any, Query.users, read, research, ordinary, allow, plain
p, org:research-institute, any, Query.topProducts, read, research, ordinary, allow, plain
p, org:research-institute, any, User.id, read, research, ordinary, allow, plain
p, org:research-institute, any, Review.id, read, research, ordinary, allow, plain
p, org:research-institute, any registered, User.name, read, research, ordinary, allow, name-partial
p, org:research-institute, any registered, User.username, read, research, ordinary, allow, pseudonym
p, org:research-institute, any registered, User.reviews, read, research, ordinary, allow, plain
p, org:research-institute, any, Review.body, read, research, ordinary, allow, pseudonym
p, org:research-institute, any, Review.product, read, research, ordinary, allow, plain
p, org:research-institute, any, Review.author, read, research, ordinary, allow, plain
p, org:research-institute, any, Product.*, read, research, ordinary, allow, plain
"""
_EXCHANGE: Final = """\
exchange: benchmark
operator: shop
organisations:
  shop: {name: {zh: 商店, en: Shop}, contact: a@shop.example, areas: ["31"]}
  research-institute: {name: {zh: 研究所, en: Research institute}, contact: a@research.example, areas: ["31"]}
purposes:
  research: {zh: 研究, en: Research}
roles: {}
masks:
  name-partial: {kind: partial-name, keep: ends}
  pseudonym: {kind: pseudonym}
  redact: {kind: redact}
conditions:
  registered: {kind: value, field: birthday, values: [1234567890]}
supergraph:
  anonymous: {organisation: research-institute, roles: [], areas: ["31"], purpose: research}
  types:
    User:
      subject: id
      fields:
        name: {level: 3, masks: [name-partial, redact]}
        username: {level: 3, masks: [pseudonym, redact]}
    Review:
      fields:
        body: {level: 2, masks: [pseudonym, redact]}
"""


def program() -> Path:
    """The command of this environment."""
    return Path(sys.executable).with_name("tongguan")


def is_there() -> bool:
    """Whether the command has `router`."""
    asked = subprocess.run([str(program()), "router", "--help"], capture_output=True, check=False)
    return asked.returncode == 0


def governed_home(folder: Path) -> Path:
    """A home whose policy has the row rule and the three masks of `masks.py`."""
    folder.mkdir(parents=True)
    (folder / "policy.csv").write_text(POLICY, "utf-8")
    (folder / "exchange.yaml").write_text(_EXCHANGE, "utf-8")
    return folder


def keys_of(home: Path) -> Keys:
    """The keys under which the exchange of a home marks the two texts for the one who asks."""
    ring = KeyRing.open(Settings(home=home).keys / "master.key")
    username, body = (
        scoped(ring.derive("mask", RECIPIENT, coordinate), RECIPIENT, coordinate) for coordinate in (USERNAME, BODY)
    )
    return Keys(username, body)


@contextlib.contextmanager
def router(supergraph: Path, home: Path, processes: int) -> Iterator[int]:
    """The gateway over a supergraph, under the policy of a home, in so many processes. Its port."""
    port, log = free_port(), home.with_name(f"{home.name}-{processes}.log")
    command = [str(program()), "router", "--supergraph", str(supergraph), "--port", str(port)]
    command += ["--home", str(home), "--workers", str(processes)]
    with running(command, port, log):
        yield port
