"""Outlines drawn by hypothesis, exchanges to paste proposals into, and the reader that judges them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hypothesis import strategies as st

from federation.schema.declare import parse
from federation.schema.proposal.ground import USUAL_MASKS, Ground
from vocabulary.catalogue import Catalogue, SourceDeclaration
from vocabulary.outline import Column, ForeignKey, Outline, Sample, Shape, Table
from vocabulary.values import SCALARS

OWNER: Final = "bureau"

_MASKS: Final = "\n".join(
    f"  {mask.name}: {{kind: {mask.kind}{''.join(f', {word}: {value}' for word, value in mask.parameters.items())}}}"
    for mask in USUAL_MASKS
)
BARE: Final = f"""\
exchange: small
operator: bureau
organisations:
  bureau: {{name: {{zh: 局, en: Bureau}}, contact: bureau@city.example, areas: ["31"]}}
purposes:
  care: {{zh: 照护, en: Care}}
roles:
  worker: {{zh: 干部, en: Worker}}
masks:
{_MASKS}
sources:
"""
REGISTER: Final = f"""{BARE}\
  register:
    owner: bureau
    connector: sql
    options: {{url: "sqlite:///register.sqlite"}}
    types:
      Resident:
        table: resident
        description: {{zh: 居民, en: Resident}}
        key: identityNo
        subject: identityNo
        area: area
        fields:
          identityNo:
            {{column: identity_no, type: String, level: 4, category: identifier, identifier: true,
             description: {{zh: 号码, en: Number}}}}
          area: {{column: area_code, type: String, level: 2, description: {{zh: 区, en: Area}}}}
"""
"""An exchange with a register of people, whose `sources:` is the last thing in it."""

WITH_REGISTER: Final = Ground(OWNER, parse(REGISTER, file="exchange.yaml"))
WITHOUT: Final = Ground(OWNER)
GROUNDS: Final = {"with a register": (WITH_REGISTER, REGISTER), "bare": (WITHOUT, BARE)}


def declared(section: str, before: str) -> Catalogue:
    """The exchange with the section pasted behind its end, as the declaration reader has it."""
    return parse(before + section, file="exchange.yaml")


def pasted(section: str, before: str, source: str) -> SourceDeclaration:
    return declared(section, before).sources[source]


_WORDS = st.sampled_from(
    [
        *("id", "identity_no", "contact_identity_no", "name", "xm", "mobile", "phone", "home_address", "area_code"),
        *("street_code", "birth_date", "sex", "age", "serial", "remarks", "photo", "password", "diagnosis", "result"),
        *(
            "visited_on",
            "kind",
            "amount",
            "lat",
            "lng",
            "plate",
            "uscc",
            "email",
            "salary",
            "and",
            "or",
            "not",
            "class",
        ),
        *(
            "身份证号",
            "姓名",
            "备注",
            "不明",
            "紧急联系人身份证号",
            "a b",
            "a_b",
            "aB",
            "1st",
            "_x",
            "__typename",
            "true",
            "no",
        ),
    ]
)
_ANY = st.text(min_size=1, max_size=12)
_NAMES = st.one_of(_WORDS, _WORDS, _WORDS, _ANY)
_TABLES = st.one_of(
    st.sampled_from(
        [
            *("resident", "visits", "orders", "access", "agreement", "Query", "node", "page_info", "cases", "test"),
            *(
                "居民",
                "未知表",
                "people.csv",
                "book.xlsx#老人",
                "a-*.parquet",
                "health_code",
                "resident_edge",
                "order_where",
            ),
        ]
    ),
    _ANY,
)


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    cells = draw(st.integers(0, 1_000))
    nulls = draw(st.integers(0, cells))
    filled = cells - nulls
    shapes = draw(st.dictionaries(st.sampled_from(Shape), st.sampled_from([filled, filled // 2, 1, 0]), max_size=4))
    distinct = draw(st.sampled_from(sorted({filled, min(3, filled), filled // 2})))
    return Sample(cells, nulls, distinct, {shape: min(count, filled) for shape, count in shapes.items()})


@st.composite
def columns(draw: st.DrawFn) -> Column:
    scalar = draw(st.sampled_from([*SCALARS, "String", "String", None]))
    return Column(
        draw(_NAMES),
        scalar,
        scalar or draw(st.sampled_from(["BLOB", "JSON", "of several kinds"])),
        nullable=draw(st.booleans()),
        unique=draw(st.booleans()),
        comment=draw(st.sampled_from(["", "", "身份证", "A comment", "two\nlines # ? \u2028 here", '"quoted": [x]'])),
        sample=draw(samples()),
    )


@st.composite
def tables(draw: st.DrawFn) -> Table:
    some = tuple(draw(st.lists(columns(), min_size=0, max_size=8, unique_by=lambda column: column.name)))
    names = [column.name for column in some]
    key = tuple(draw(st.lists(st.sampled_from(names), max_size=2, unique=True))) if names else ()
    return Table(
        draw(_TABLES),
        some,
        key,
        rows=draw(st.one_of(st.none(), st.integers(0, 10**7))),
        is_more=draw(st.booleans()),
        is_view=draw(st.booleans()),
        comment=draw(st.sampled_from(["", "居民表", "a table"])),
    )


@st.composite
def outlines(draw: st.DrawFn) -> Outline:
    connector = draw(st.sampled_from(["sql", "sql", "files", "rest", "graphql"]))
    some = draw(st.lists(tables(), min_size=1, max_size=4, unique_by=lambda table: table.name))
    linked = []
    for table in some:
        keys = draw(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), max_size=2))
        found = []
        for at, of, to in keys:
            other = some[of % len(some)]
            if table.columns and other.columns:
                column, target = table.columns[at % len(table.columns)], other.columns[to % len(other.columns)]
                found.append(ForeignKey(column.name, other.name, target.name))
        searched_by = table.columns[0].name if connector == "rest" and table.columns else None
        made = Table(
            table.name,
            table.columns,
            table.key,
            tuple(found),
            table.rows,
            table.is_more,
            table.is_view,
            searched_by,
            table.comment,
        )
        linked.append(made)
    options: Mapping[str, Mapping[str, object]] = {
        "sql": {"url": "sqlite:///x.sqlite"},
        "files": {"folder": "x"},
        "rest": {"openapi": "x.json", "url": "http://127.0.0.1:1", "auth": {"header": "X-Key", "file": "keys/x"}},
        "graphql": {"url": "http://127.0.0.1:1/graphql"},
    }
    return Outline(
        connector,
        options[connector],
        tuple(linked),
        name=draw(st.one_of(st.sampled_from(["visits", "exchange", "registry", "register", "健康", "9"]), _ANY)),
        lists=connector in {"sql", "files"},
        notes=tuple(draw(st.lists(st.sampled_from(["A note.", "Two\nlines: {x}"]), max_size=1))),
    )
