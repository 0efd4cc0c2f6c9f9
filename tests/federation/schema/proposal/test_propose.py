from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from federation.rules import check_masks, compose_supergraph, policy_facts, with_own_source
from federation.schema.proposal.meanings import guess
from federation.schema.proposal.policy_lines import policy_lines
from federation.schema.proposal.propose import propose
from federation.schema.proposal.write import write_section
from federation.schema.supergraph import Supergraph
from policies.load import load
from tests.federation.schema.proposal.drawing import GROUNDS, declared, outlines
from vocabulary.catalogue import TypeDeclaration
from vocabulary.outline import Column, Outline, Table

SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
EXCHANGES = st.sampled_from(sorted(GROUNDS))


def table_of(outline: Outline, declared: TypeDeclaration) -> Table:
    (table,) = [table for table in outline.tables if table.name == declared.table]
    return table


def column_of(table: Table, name: str) -> Column:
    (column,) = [column for column in table.columns if column.name == name]
    return column


def judge(outline: Outline, exchange: str) -> None:
    """What must hold of every proposal."""
    ground, before = GROUNDS[exchange]
    proposal = propose(outline, ground)
    section = write_section(proposal)
    if not proposal.types:
        assert all(line.startswith("  #") or not line for line in section.splitlines())
        return
    source = declared(section, before).sources[proposal.name]  # it is accepted by the declaration reader
    assert [one.name for one in source.types] == [one.name for one in proposal.types]
    assert dict(source.options) == dict(outline.options)
    for one in source.types:
        table = table_of(outline, one)
        needed = {one.key, one.page_by, one.area, one.subject}
        for field in one.fields:
            column = column_of(table, field.column)
            meaning = guess(column).meaning
            assert field.scalar == column.scalar
            assert meaning.is_taken or field.name in needed, field
            if field.inaccessible:
                assert field.name == one.page_by  # shown to nobody, and it says nothing
                assert meaning.category is None
                continue
            unknown = 3 if one.subject else 2
            assert field.level >= (unknown if meaning.word in _NOTHING_KNOWN else meaning.level), field
            if one.subject is not None and meaning.category is not None:
                assert field.category == meaning.category
            assert one.subject is not None or not meaning.is_person, field


_NOTHING_KNOWN = {"something else", "something that can't be judged"}


@pytest.mark.whole
@settings(SLOW, max_examples=50)
@given(outlines(), EXCHANGES)
def test_every_proposal_is_accepted_and_no_field_is_below_its_guess(outline: Outline, exchange: str) -> None:
    judge(outline, exchange)


@pytest.mark.whole
@settings(SLOW, max_examples=500)
@given(outlines(), EXCHANGES)
def test_every_proposal_is_accepted_and_no_field_is_below_its_guess_often(outline: Outline, exchange: str) -> None:
    judge(outline, exchange)


@pytest.mark.whole
@settings(SLOW, max_examples=60)
@given(outlines(), EXCHANGES)
def test_the_proposal_composes_and_its_policy_lines_load_once_they_are_no_comments(
    outline: Outline, exchange: str
) -> None:
    ground, before = GROUNDS[exchange]
    proposal = propose(outline, ground)
    if not proposal.types:
        return
    catalogue = with_own_source(declared(write_section(proposal), before))
    supergraph = Supergraph.parse(compose_supergraph(catalogue))
    check_masks(catalogue, supergraph)
    lines = policy_lines(proposal, "worker", "care")
    assert all(line.startswith("# ") for line in lines.splitlines())
    opened = "".join(f"{line[2:]}\n" for line in lines.splitlines() if line.startswith("# p, "))
    if opened:
        assert load(opened, file="policy.csv", facts=policy_facts(catalogue, supergraph)).lines
