"""Whom rows are about: the cases, each with tables as small as they can be."""

from __future__ import annotations

from federation.schema.proposal.ground import Ground
from federation.schema.proposal.propose import propose
from federation.schema.proposal.values import Proposal, ProposedType
from tests.federation.schema.proposal.drawing import WITH_REGISTER, WITHOUT
from vocabulary.outline import Column, ForeignKey, Outline, Sample, Shape, Table

ID = Column("id", "Int", "Int", nullable=False, unique=True)
NUMBER = Column("identity_no", "String", "text", sample=Sample(100, 0, 100, {Shape.IDENTITY: 100}))
UNIQUE_NUMBER = Column("identity_no", "String", "text", unique=True, sample=Sample(100, 0, 100, {Shape.IDENTITY: 100}))
AREA = Column("area_code", "String", "text", sample=Sample(100, 0, 30, {Shape.AREA: 100}))
SERIAL = Column("serial", "Int", "Int", nullable=False, unique=True)
MOBILE = Column("mobile", "String", "text", sample=Sample(100, 0, 100, {Shape.MOBILE: 100}))
AMOUNT = Column("amount", "Int", "Int")


def table(name: str, *columns: Column, key: tuple[str, ...] = (), to: ForeignKey | None = None) -> Table:
    return Table(name, columns, key, (to,) if to else ())


def proposed(ground: Ground, *tables: Table, connector: str = "sql", lists: bool = True) -> Proposal:
    return propose(Outline(connector, {"url": "sqlite:///x.sqlite"}, tables, name="x", lists=lists), ground)


def only(proposal: Proposal) -> ProposedType:
    (one,) = proposal.types
    return one


def test_a_register_of_its_own_is_known_by_identity_number() -> None:
    one = only(proposed(WITHOUT, table("people", SERIAL, UNIQUE_NUMBER, AREA)))
    assert (one.key, one.subject, one.area) == ("identityNo", "identityNo", "areaCode")
    assert (one.collection, one.page_by) == ("peoples", "serial")


def test_rows_about_people_of_the_exchange_lead_there() -> None:
    proposal = proposed(WITH_REGISTER, table("visit", ID, NUMBER, AMOUNT, key=("id",)))
    one = only(proposal)
    assert (one.subject, one.area, one.collection, one.key) == ("resident", None, None, None)
    assert [(ref.name, ref.type, ref.key) for ref in one.references] == [("resident", "Resident", "identityNo")]
    assert [left.column for left in one.omissions] == ["id"]
    (relation,) = proposal.relations
    assert (relation.owner, relation.name, relation.by, relation.is_many) == (
        "Resident",
        "visits",
        "resident.identityNo",
        True,
    )


def test_one_row_a_person_is_a_relation_to_one() -> None:
    (relation,) = proposed(WITH_REGISTER, table("code", UNIQUE_NUMBER, AMOUNT)).relations
    assert (relation.name, relation.is_many, relation.order) == ("code", False, ())


def test_an_identity_number_never_pages() -> None:
    one = only(proposed(WITHOUT, table("people", UNIQUE_NUMBER, AREA)))
    assert (one.collection, one.page_by) == (None, None)
    assert any("no unique column says nothing about anyone" in note.doubt for note in one.notes)


def test_a_number_given_out_in_turn_is_asked_about() -> None:
    one = only(proposed(WITH_REGISTER, table("visit", ID, NUMBER, AREA, key=("id",))))
    assert (one.page_by, one.key) == ("visitId", "visitId")
    assert any("is id random?" in note.doubt for note in one.notes)


def test_people_without_a_place_or_without_a_person_are_left_out() -> None:
    for columns, why in (
        ((UNIQUE_NUMBER, AMOUNT), "no column holds area codes"),
        ((MOBILE, AMOUNT), "no column says which person"),
        ((MOBILE, AREA), "no column says which person a row is about"),
    ):
        proposal = proposed(WITHOUT, table("people", *columns))
        assert proposal.types == ()
        (left,) = proposal.left_out
        assert left.note.reason == "it is about people"
        assert why in left.note.doubt


def test_people_with_a_number_of_their_own() -> None:
    one = only(proposed(WITHOUT, table("member", ID, MOBILE, AREA, SERIAL, key=("id",))))
    assert (one.key, one.subject, one.page_by) == ("memberId", "memberId", "serial")
    assert any("is a row about one person" in note.doubt for note in one.notes)


def test_what_leads_to_people_by_a_foreign_key_is_about_them() -> None:
    to = ForeignKey("member", "member", "id")
    visit = table("visit", Column("member", "Int", "Int"), AMOUNT, to=to)
    proposal = proposed(WITHOUT, table("member", ID, UNIQUE_NUMBER, AREA, key=("id",)), visit)
    member, about = proposal.types
    assert (member.key, member.subject) == ("memberId", "memberId")
    assert (about.subject, about.area) == ("member", None)
    assert [(ref.type, ref.key, ref.level) for ref in about.references] == [("Member", "memberId", 3)]
    assert next(part for part in about.fields if part.column == "amount").level == 3


def test_what_leads_to_people_who_cannot_be_traced_is_left_out() -> None:
    to = ForeignKey("member", "member", "id")
    visit = table("visit", Column("member", "Int", "Int"), AMOUNT, to=to)
    proposal = proposed(WITHOUT, table("member", ID, MOBILE, key=("id",)), visit)
    assert proposal.types == ()
    assert [left.table for left in proposal.left_out] == ["member", "visit"]


def test_two_steps_from_people_is_too_far() -> None:
    member = table("member", ID, UNIQUE_NUMBER, AREA, key=("id",))
    visit = table("visit", ID, Column("m", "Int", "Int"), key=("id",), to=ForeignKey("m", "member", "id"))
    item = table("item", AMOUNT, Column("v", "Int", "Int"), to=ForeignKey("v", "visit", "id"))
    proposal = proposed(WITHOUT, member, visit, item)
    assert [one.name for one in proposal.types] == ["Member"]  # of the visit nothing but its person would be left
    assert {left.table for left in proposal.left_out} == {"visit", "item"}


def test_things_are_listed_by_their_key_and_placed_by_their_finest_area() -> None:
    district = Column("district_code", "String", "text", sample=Sample(9, 0, 3, {Shape.AREA: 9}))
    street = Column("street_code", "String", "text", sample=Sample(9, 0, 3, {Shape.AREA: 9}))
    one = only(proposed(WITHOUT, table("hydrant", ID, district, street, AMOUNT, key=("id",))))
    assert (one.key, one.subject, one.area, one.collection, one.page_by) == (
        "hydrantId",
        None,
        "streetCode",
        "hydrants",
        "hydrantId",
    )
    assert {part.level for part in one.fields} == {2}
    assert {part.category for part in one.fields} == {None}


def test_things_without_a_key_are_left_out_and_asked_about() -> None:
    (left,) = proposed(WITHOUT, table("log", AMOUNT)).left_out
    assert "which column names one row?" in left.note.doubt


def test_area_codes_kept_as_numbers_place_no_row() -> None:
    number = Column("area_code", "Int", "Int", sample=Sample(9, 0, 3, {Shape.AREA: 9}))
    one = only(proposed(WITHOUT, table("hydrant", ID, number, key=("id",))))
    assert one.area is None
    assert "area codes kept as numbers" in next(part.note.doubt for part in one.fields if part.column == "area_code")


def test_nothing_promises_that_a_column_of_a_file_is_unique() -> None:
    seen = Column("number", "Int", "Int", nullable=False, sample=Sample(100, 0, 100))
    one = only(proposed(WITHOUT, table("a.csv", seen, AMOUNT), connector="files"))
    assert one.key == "number"
    assert "is number unique? Nothing promises it; 100 of 100 sampled values differ" in [n.doubt for n in one.notes]


def test_a_source_that_lists_nothing_has_no_collection() -> None:
    search = Table("searchVisits", (NUMBER, AMOUNT), searched_by="identity_no")
    proposal = proposed(WITH_REGISTER, search, connector="rest", lists=False)
    one = only(proposal)
    assert (one.name, one.collection, one.subject) == ("Visit", None, "resident")
    assert [relation.name for relation in proposal.relations] == ["visits"]


def test_a_remote_subgraph_gets_no_relations() -> None:
    case = table("Case", Column("caseNo", "String", "String"), NUMBER, AMOUNT, key=("caseNo",))
    proposal = proposed(WITH_REGISTER, case, connector="graphql", lists=False)
    assert proposal.relations == ()
    one = only(proposal)
    assert (one.name, one.key, one.subject) == ("CaseRecord", "caseNo", "resident")
