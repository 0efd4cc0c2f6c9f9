from __future__ import annotations

import pytest

from federation.schema.proposal.propose import propose
from federation.schema.proposal.write import write_section
from tests.federation.schema.proposal.drawing import BARE, WITHOUT, pasted
from vocabulary.outline import Column, Outline, Sample, Shape, Table

OUTLINE = Outline(
    "sql",
    {"url": "postgresql://reader@127.0.0.1:5432/x", "password": {"file": "keys/x.password"}},
    (
        Table(
            "tree",
            (
                Column("tree_id", "Int", "Int", nullable=False, unique=True),
                Column("area_code", "String", "text", sample=Sample(1000, 20, 30, {Shape.AREA: 975})),
                Column("planted", "Date", "Date", comment="种植日期"),
                Column("notes", "String", "text"),
            ),
            key=("tree_id",),
            rows=1_000_000,
            is_more=True,
        ),
        Table("log", (Column("x", "Int", "Int"),)),
    ),
    name="trees",
    notes=("Half of it was looked at.",),
)

SECTION = """\

  # Proposed by `tongguan inspect`: levels, names and masks are guesses until the owner has read them.
  # It names these masks, which have to be declared under `masks:`
  #   redact: {kind: redact}
  # ? are these masks declared in your exchange.yaml? With --home its own are taken
  # ? are the descriptions what people call these things? Where nothing better was known, they are names
  # Half of it was looked at.
  trees:
    owner: bureau
    connector: sql
    timeout: 2
    concurrency: 4
    options: {url: "postgresql://reader@127.0.0.1:5432/x", password: {file: "keys/x.password"}}
    types:
      # more than 1,000,000 rows, 4 columns; 1,000 rows were looked at
      Tree:
        table: tree
        description: {zh: tree, en: Tree}
        key: treeId
        area: areaCode
        collection: trees
        pageBy: treeId
        fields:
          # Int
          treeId:
            {column: tree_id, type: Int, level: 2, masks: [redact],
             description: {zh: tree_id, en: "Tree id"}}
          # area code: 975 of 980 sampled values fit (area code of one city)
          areaCode:
            {column: area_code, type: String, level: 2, masks: [redact],
             description: {zh: "区划代码", en: "Area code"}}
          # Date
          planted:
            {column: planted, type: Date, level: 2, masks: [redact],
             description: {zh: "种植日期", en: Planted}}
        omit:
          # its name says free text
          - notes
    # Not proposed:
    # - log: nothing in it is known to be unique
    #   ? which column names one row? Make it unique or a primary key, or make a view that has one

  # 3 questions for the owner of trees:
  # 1. are these masks declared in your exchange.yaml? With --home its own are taken
  # 2. are the descriptions what people call these things? Where nothing better was known, they are names
  # 3. log: which column names one row? Make it unique or a primary key, or make a view that has one
"""


def test_the_whole_section() -> None:
    assert write_section(propose(OUTLINE, WITHOUT)) == SECTION


def test_it_says_what_it_says_to_the_declaration_reader() -> None:
    source = pasted(write_section(propose(OUTLINE, WITHOUT)), BARE, "trees")
    assert (source.owner, source.timeout, source.concurrency) == ("bureau", 2, 4)
    assert source.options == OUTLINE.options


@pytest.mark.parametrize(
    "name", ["a: b", "a #b", "no", "Yes", "1e5", "null", "-", "a b", '"', "\\", "'", "列", "\u202ex", "😀"]
)
def test_every_name_of_a_column_comes_through(name: str) -> None:
    columns = (Column("n", "Int", "Int", unique=True), Column(name, "Int", "Int"))
    outline = Outline("sql", {"url": "sqlite:///x"}, (Table("t", columns, key=("n",)),), name="x")
    section = write_section(propose(outline, WITHOUT))
    (declared,) = pasted(section, BARE, "x").types
    assert [field.column for field in declared.fields] == ["n", name]
    assert section.replace("\n", "").isprintable()
