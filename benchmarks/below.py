"""Kind `exchange`: a governed question to an exchange in a process of its own, beside its source asked directly.

Below is an exchange over the people of `sources.py`: an agreement with the one above, its lines, a mask of names, and a
receipt for each answer with the pseudonyms of all whom it shows. Each question carries a passport made for it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.servers import Server, gateway
from connectors import Connector, connect
from connectors.exchange import ExchangeConnector
from federation.identity import ExchangeKeys, PassportOffice, Reference
from federation.identity.passport import HEADER
from federation.issuing import make_issuer
from federation.keys import KeyRing
from vocabulary.area import Area
from vocabulary.catalogue import FieldDeclaration, SourceDeclaration, TypeDeclaration, Words
from vocabulary.principal import Mode, Principal

_WORDS: Final = Words("-", "-")
_SOMEBODY: Final = Principal("somebody", "above-bureau", "", frozenset({"reader"}), (Area("31"),))
_REFERENCE: Final = Reference("tongguan.local/above", 0)
_EXCHANGE: Final = """\
exchange: below
operator: below-bureau
organisations:
  below-bureau: {name: {zh: 下, en: Below}, contact: below@city.example, areas: ["310115"]}
  above-bureau: {name: {zh: 上, en: Above}, contact: above@city.example, areas: ["31"]}
exchanges:
  above: {organisation: above-bureau}
purposes:
  care: {zh: 照护, en: Care}
roles:
  reader: {zh: 读者, en: Reader}
masks:
  surname: {kind: partial-name, keep: surname}
sources:
  people:
    owner: below-bureau
    connector: sql
    options: {url: "sqlite:///people.sqlite"}
    types:
      Person:
        table: person
        description: {zh: 人, en: A person}
        key: serial
        subject: serial
        area: area
        collection: people
        pageBy: serial
        fields:
"""
_FIELD: Final = (
    "          {name}: {{column: {name}, type: {scalar}, level: {level}, description: {{zh: 项, en: A field}}{mask}}}\n"
)
_AGREED: Final = """\
demands:
  A-1:
    asker: above-bureau
    owner: below-bureau
    wishes:
{wishes}
    rows: "310115"
    purpose: care
    mode: ordinary
    basis: "-"
    start: "2020-01-01"
    end: "2099-12-31"
"""


@contextmanager
def exchange(folder: Path, scalars: Mapping[str, str]) -> Iterator[Connector]:
    """The connector above it, asking for somebody; below it are the people of `folder`, by fields of these scalars."""
    fields = {"serial": "Int", **scalars}
    above, below = folder / "above", folder / "below"
    _build(below, above, fields)
    shutil.copyfile(folder / "people.sqlite", below / "people.sqlite")
    office = PassportOffice("above", ExchangeKeys(above), KeyRing(b"-" * 32))

    def vouch() -> Mapping[str, str]:
        passport = office.issue(
            _SOMEBODY, source="below", purpose="care", agreement="", mode=Mode.ORDINARY, receipt=_REFERENCE
        )
        return {HEADER: passport}

    with gateway(below) as server:
        yield _connector(fields, server, folder).on_behalf_of(vouch)


def _build(below: Path, above: Path, fields: Mapping[str, str]) -> None:
    """The home of the exchange below, and the keys of both."""
    known = below / "keys" / "exchanges"
    make_issuer(below / "keys")
    known.mkdir()
    above.mkdir(mode=0o700)
    (known / "above.json").write_bytes(ExchangeKeys(above).published)
    written = [
        _FIELD.format(
            name=name,
            scalar=scalar,
            level=1 if name == "serial" else 2,  # what pages are put in order by says nothing about anybody
            mask=", masks: [surname]" if name == "name" else "",
        )
        for name, scalar in fields.items()
    ]
    (below / "exchange.yaml").write_text("".join((_EXCHANGE, *written)), encoding="utf-8")
    ways = {name: "surname" if name == "name" else "plain" for name in fields}
    lines = (f"p, role:reader, own, Person.{name}, read, care, ordinary, allow, {way}" for name, way in ways.items())
    (below / "policy.csv").write_text("\n".join((*lines, "")), encoding="utf-8")
    wishes = (f"      - {{coordinate: Person.{name}, action: read, as: {way}}}" for name, way in ways.items())
    (below / "lists.yaml").write_text(_AGREED.format(wishes="\n".join(wishes)), encoding="utf-8")


def _connector(fields: Mapping[str, str], server: Server, folder: Path) -> ExchangeConnector:
    """The exchange below as the one above declares it."""
    declared = [FieldDeclaration(name, scalar, name, 1, _WORDS) for name, scalar in fields.items()]
    ref = FieldDeclaration("ref", "String", "id", 1, _WORDS)
    person = TypeDeclaration(
        "Person", "Person", _WORDS, "ref", None, "area", "people", (ref, *declared), page_by="serial"
    )
    options = {"url": f"http://127.0.0.1:{server.port}/graphql", "exchange": "below"}
    source = SourceDeclaration("below", "below-bureau", "exchange", options, timeout=30.0, types=(person,))
    made = connect(source, folder)
    if not isinstance(made, ExchangeConnector):
        raise TypeError("kind exchange is another connector's")
    return made
