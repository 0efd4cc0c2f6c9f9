"""A small exchange whose sources are in memory: plans are executed, answered and put on record, without HTTP.

A register of people (police), visits to a clinic (health) and tickets of a desk that lead to visits. Each source
answers by the definition of predicates (`tests.support.predicates`), and remembers what it was asked.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

from audit.log import Log
from audit.pseudonym import SubjectPseudonyms
from connectors.contract import Capabilities, Connector, Rows
from connectors.errors import FailureKind, SourceError
from federation.execute.answer import assemble
from federation.execute.beside import withheld_below
from federation.execute.book import MaskBook
from federation.execute.cells import Reader, outsider
from federation.execute.coverage import Coverage
from federation.execute.engine import Engine, Whom
from federation.execute.facts import About
from federation.execute.receipts import Recorder
from federation.execute.sources import Sources
from federation.execute.state import State
from federation.execute.subgraphs import Subgraphs
from federation.execute.trail import Recorded, Trail
from federation.execute.waves import Waves
from federation.keys import KeyRing
from federation.plan.govern import Governance
from federation.plan.planner import Planner
from federation.plan.world import World
from federation.sealing import Sealer
from masking import Pair, make
from tests.support.planning import policy_of, question_of, world_of
from tests.support.predicates import holds
from vocabulary.area import Area
from vocabulary.catalogue import MaskDeclaration, SourceDeclaration
from vocabulary.fetch import Below, Fetch, Op, Order, Values, Veil
from vocabulary.moment import day_of
from vocabulary.principal import Mode, Principal, Standing
from vocabulary.receipt import Entry, Kind, Receipt, Who
from vocabulary.rows import Asker, Tie
from vocabulary.values import Column, Value

Record = Mapping[str, Value]

EXCHANGE = """\
exchange: small
operator: bureau
organisations:
  bureau: {name: {zh: 局, en: Bureau}, contact: a@bureau.example, areas: ["31"]}
  police: {name: {zh: 警, en: Police}, contact: a@police.example, areas: ["31"]}
  health: {name: {zh: 卫, en: Health}, contact: a@health.example, areas: ["31"]}
purposes:
  care: {zh: 照护, en: Care}
roles:
  worker: {zh: 干部, en: Worker}
masks:
  redact: {kind: redact}
conditions:
  agreed: {kind: consent}
  adult: {kind: age, field: birthDate, atLeast: 18}
  fresh: {kind: not-older, field: day, days: 2}
sources:
  register:
    owner: police
    connector: sql
    options: {url: "sqlite:///register.sqlite"}
    types:
      Person:
        table: person
        description: {zh: 人, en: A person}
        key: number
        subject: number
        area: area
        collection: people
        pageBy: serial
        fields:
          serial: {column: serial, type: Int, level: 1, inaccessible: true, description: {zh: 序, en: Serial}}
          number: {column: number, type: String, level: 4, identifier: true, description: {zh: 号, en: Number}}
          name: {column: name, type: String, level: 3, masks: [redact], description: {zh: 名, en: Name}}
          birthDate: {column: born, type: Date, level: 3, description: {zh: 生日, en: Birth date}}
          area: {column: area, type: String, level: 2, description: {zh: 区, en: Area}}
  clinic:
    owner: health
    connector: sql
    options: {url: "sqlite:///clinic.sqlite"}
    types:
      Visit:
        table: visit
        description: {zh: 就诊, en: A visit}
        key: code
        subject: person
        fields:
          code: {column: code, type: String, level: 2, description: {zh: 码, en: Code}}
          finding: {column: finding, type: String, level: 3, description: {zh: 诊断, en: Finding}}
          day: {column: day, type: Date, level: 3, description: {zh: 日, en: Day}}
        references:
          person: {type: Person, key: number, column: person, level: 3, description: {zh: 人, en: Who}}
    extends:
      Person:
        key: number
        relations:
          visits: {type: Visit, by: person.number, many: true, order: [-day], bound: 20, level: 3,
                   description: {zh: 就诊, en: Visits}}
  desk:
    owner: bureau
    connector: sql
    options: {url: "sqlite:///desk.sqlite"}
    types:
      Ticket:
        table: ticket
        description: {zh: 工单, en: A ticket}
        key: serial
        collection: tickets
        pageBy: serial
        fields:
          serial: {column: serial, type: Int, level: 1, description: {zh: 序, en: Serial}}
          title: {column: title, type: String, level: 1, description: {zh: 题, en: Title}}
        references:
          visit: {type: Visit, key: code, column: visit, level: 1, description: {zh: 就诊, en: Visit}}
"""
AT = dt.datetime(2026, 3, 2, 4, 0, tzinfo=dt.UTC)  # noon in the city
KEYS = KeyRing(b"k" * 32)
SEALER = Sealer(KEYS)
NAMES = SubjectPseudonyms(b"s" * 32)
PAIRS = {"district": b"d" * 64, "province": b"p" * 64}
"""What is shared with other exchanges."""
MASKS = {
    "pair": make(MaskDeclaration("pair", "pairwise", {"label": "person"})),
    "redact": make(MaskDeclaration("redact", "redact", {})),
}
STANDING = Standing(frozenset({"worker"}), "bureau", "care", Mode.ORDINARY)


@cache
def small_world() -> World:
    return world_of(EXCHANGE)


@cache
def paired_world() -> World:
    """The same, with people whom other exchanges may name by pseudonyms."""
    declared = EXCHANGE.replace("masks:\n", "masks:\n  pair: {kind: pairwise, label: person}\n", 1)
    return world_of(declared.replace("identifier: true,", "identifier: true, masks: [pair],", 1))


@dataclass(frozen=True, slots=True)
class Said:
    """What a source that is another exchange says beside its rows.

    `masked`: by `Type.field` and the key of a row, the cell as that exchange shows it. `withheld`: by the same, why.
    """

    masked: Mapping[str, Mapping[Value, str]] = field(default_factory=dict)
    withheld: Mapping[str, str] = field(default_factory=dict)

    def of(self, request: Fetch, key: str, rows: Sequence[Record]) -> tuple[list[Record], Below]:
        """The rows without what is masked, and what is said of them."""
        found, veils = [dict(row) for row in rows], dict[str, Veil]()
        for name in request.fields:
            cells = self.masked.get(f"{request.type}.{name}", {})
            came: Column = [cells.get(row[key]) for row in rows]
            if any(came):
                veils[name] = Veil(came, [None if cell is None else "theirs" for cell in came])
                for row, cell in zip(found, came, strict=True):
                    row[name] = row[name] if cell is None else None
        withheld = {
            one.partition(".")[2]: why for one, why in self.withheld.items() if one.startswith(f"{request.type}.")
        }
        return list[Record](found), Below(veils, withheld)


class MemoryConnector(Connector):
    """A source in memory, under the contract of every connector."""

    def __init__(
        self,
        declaration: SourceDeclaration,
        tables: Mapping[str, Sequence[Record]],
        dies_after: int,
        said: Said | None = None,
    ) -> None:
        everything = Capabilities(frozenset(Op), boolean=True, collections=True, order=True, max_keys=1_000)
        super().__init__(declaration, everything)
        self._tables = tables
        self._dies_after = dies_after
        self._said = said or Said()
        self.asked: list[tuple[Fetch, Values]] = []

    async def check(self) -> None:
        """It has what it has."""

    async def close(self) -> None:
        """Nothing is open."""

    async def _ask(self, request: Fetch, values: Values, deadline: float) -> Rows:  # noqa: ARG002  (nothing waits)
        if len(self.asked) >= self._dies_after:
            raise SourceError(self.declaration.name, FailureKind.UNAVAILABLE, "is dead")
        self.asked.append((request, values))
        access = self._admit(request)
        found = [row for row in self._tables.get(request.type, ()) if holds(request.where, row, values) is True]
        named = access.declared.key or ""
        if access.key is None:
            limit = values["limit"]
            assert isinstance(limit, int)
            found, below = self._said.of(request, named, _sorted(found, request.order)[:limit])
            return Rows(_columns(found, request.fields), len(found), below=below)
        keys = values["keys"]
        assert isinstance(keys, tuple)
        found = [row for row in found if row[access.key] in keys]
        if access.relation is not None:
            found = _sorted(found, tuple(Order(one.removeprefix("-"), one[0] == "-") for one in access.relation.order))
        owners: Column = [row[access.key] for row in found]
        found, below = self._said.of(request, named, found)
        return Rows(_columns(found, request.fields), len(found), owners, below)


def _columns(rows: Sequence[Record], fields: Sequence[str]) -> list[Column]:
    return [[row[name] for row in rows] for name in fields]


def _sorted(rows: Sequence[Record], order: Sequence[Order]) -> list[Record]:
    """Null is the smallest."""
    found = list(rows)
    for term in reversed(order):

        def rank(row: Record, name: str = term.field) -> tuple[bool, Any]:
            return row[name] is not None, row[name]

        found.sort(key=rank, reverse=term.descending)
    return found


@dataclass(slots=True)
class Entries:
    """A log in memory."""

    entries: list[Entry] = field(default_factory=list)

    async def append(self, entry: Entry) -> Receipt:
        self.entries.append(entry)
        return Receipt(len(self.entries) - 1, bytes(32))


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one question: the data of the answer, all entries of the log, and what each source was asked."""

    data: Any
    entries: list[Entry]
    asked: Mapping[str, list[tuple[Fetch, Values]]]
    state: State

    @property
    def closing(self) -> Entry:
        """The entry of the answer."""
        (entry,) = (one for one in self.entries if one.kind is Kind.RELEASE)
        return entry

    @property
    def withheld_below(self) -> list[dict[str, object]]:
        """What the answer says that other exchanges withheld."""
        return withheld_below(self.state, small_world())

    @property
    def waves(self) -> list[Entry]:
        """The entries of what other organisations' systems were told."""
        return [one for one in self.entries if one.kind is Kind.WAVE]


@dataclass(slots=True)
class Bench:
    """A policy over tables of records, and people who have consented."""

    policy: str
    tables: Mapping[str, Mapping[str, Sequence[Record]]]
    consented: frozenset[str] = frozenset()
    barred: frozenset[str] = frozenset()
    dead: Mapping[str, int] = field(default_factory=dict)
    """By source, how many requests it answers before it dies."""
    cases: frozenset[Value] = frozenset()
    """The keys of people whose cases are the asker's."""
    said: Mapping[str, Said] = field(default_factory=dict)
    """By source, what it says beside its rows, as if it were another exchange."""
    exchange: str = ""
    """Another exchange, which asks for the asker; people have pseudonyms between it and this one."""

    def ask(
        self, document: str, variables: Mapping[str, object] | None = None, *, areas: Sequence[str] = ("31",)
    ) -> Told:
        """Plan, fetch, mask, put on record and answer."""
        return asyncio.run(self._ask(document, variables or {}, tuple(map(Area, areas))))

    async def _ask(self, document: str, variables: Mapping[str, object], areas: tuple[Area, ...]) -> Told:
        world = paired_world() if self.exchange else small_world()
        question = question_of(document, variables, world, as_subgraph=bool(self.exchange))
        connectors = {
            name: MemoryConnector(
                declared, self.tables.get(name, {}), self.dead.get(name, 1_000_000), self.said.get(name)
            )
            for name, declared in world.catalogue.sources.items()
        }
        tied = {(Tie.CASE, "Person"): self.cases}
        log, asker = Entries(), Asker("bureau", areas, tied=tied, at=AT)
        book = MaskBook(MASKS, KEYS, lambda exchange: PAIRS.get(exchange, b""))
        recorder = Recorder(cast(Log, log), NAMES)
        about = About(self._consents, self._barred)
        sources = Sources(cast(Mapping[str, Connector], connectors), recorder, about, _unobserved)
        subgraphs = Subgraphs({}, world, about, _unobserved)
        engine = Engine(Planner(world), Waves(world, sources, subgraphs, recorder, about))
        principal = Principal("somebody", "bureau", "test", frozenset({"worker"}), areas, exchange=self.exchange)
        trail = Trail(Recorded(Who("somebody", "bureau", "test", ("worker",), ()), AT, "care", "ordinary"))
        recipient = outsider(self.exchange, "bureau") if self.exchange else "bureau"
        reader = Reader(recipient, Coverage(asker), book, SEALER, day_of(AT), self.exchange)
        governance = Governance(policy_of(self.policy, world), world.supergraph, STANDING)
        plan = engine.plan(question.operation, governance)
        state = await engine.fetch(plan, question, Whom(principal, asker, reader, trail))
        state.mask()
        await recorder.close(trail, state)
        asked = {name: connector.asked for name, connector in connectors.items() if connector.asked}
        return Told(assemble(state, question, {}), log.entries, asked, state)

    async def _consents(self, purpose: str, type_name: str, keys: Sequence[str]) -> Mapping[str, bool]:
        assert (purpose, type_name) == ("care", "Person")
        return {key: True for key in keys if key in self.consented}

    async def _barred(self, type_name: str, keys: Sequence[str]) -> frozenset[str]:
        assert type_name == "Person"
        return self.barred & frozenset(keys)


def _unobserved(_source: str, _how: str) -> None:
    """No metric here."""


def person(serial: int, **changes: Value) -> Record:
    """A person of the register."""
    known: dict[str, Value] = {
        "serial": serial,
        "number": f"n{serial:03d}",
        "name": f"name {serial}",
        "birthDate": dt.date(1990, 1, 1),
        "area": "310115016003",
    }
    return {**known, **changes}


def visit(code: str, number: str, **changes: Value) -> Record:
    """A visit of somebody."""
    known: dict[str, Value] = {"code": code, "person.number": number, "finding": f"of {code}", "day": AT.date()}
    return {**known, **changes}


def ticket(serial: int, code: str) -> Record:
    """A ticket that leads to a visit."""
    return {"serial": serial, "title": f"ticket {serial}", "visit.code": code}


def sealed(type_name: str, key: str, exchange: str = "") -> str:
    """The id of an entity, as the asker was given it, or the exchange that asks for them."""
    (one,) = SEALER.ids(outsider(exchange) if exchange else "bureau", type_name, [key])
    return str(one)


def pseudonym(key: str, exchange: str = "district") -> str:
    """How a person is called between another exchange and this one."""
    return str(Pair(PAIRS[exchange], "person").seal([key])[0])


def line(rows: str, coordinate: str, action: str = "read", subject: str = "any") -> str:
    """One allow line."""
    return f"p, {subject}, {rows}, {coordinate}, {action}, any, any, allow, plain\n"
