from __future__ import annotations

from federation.schema.proposal.ground import Ground
from federation.schema.proposal.policy_lines import policy_lines
from federation.schema.proposal.propose import propose
from tests.federation.schema.proposal.drawing import WITH_REGISTER
from vocabulary.outline import Column, Outline, Sample, Shape, Table

PEOPLE = Table(
    "visit",
    (
        Column("serial", "Int", "Int", nullable=False, unique=True),
        Column("identity_no", "String", "text", sample=Sample(9, 0, 9, {Shape.IDENTITY: 9})),
        Column("full_name", "String", "text", sample=Sample(9, 0, 9, {Shape.PERSON: 9})),
        Column("mobile", "String", "text", sample=Sample(9, 0, 9, {Shape.MOBILE: 9})),
        Column("born", "Date", "Date"),
        Column("area_code", "String", "text", sample=Sample(9, 0, 9, {Shape.AREA: 9})),
        Column("amount", "Int", "Int"),
    ),
)
OUTLINE = Outline("sql", {"url": "sqlite:///x"}, (PEOPLE,), name="visits")


def test_the_strictest_masks_that_still_show_something_in_own_areas() -> None:
    told = Ground("company", WITH_REGISTER.catalogue)
    assert policy_lines(propose(OUTLINE, told), "worker", "care").splitlines() == [
        "# Lines to begin from for visits. None opens anything before its `# ` is taken away.",
        "# p, role:worker, own, Visit.fullName, read, care, ordinary, allow, name-surname",
        "# p, role:worker, own, Visit.mobile, read, care, ordinary, allow, phone-partial",
        "# p, role:worker, own, Visit.areaCode, read, care, ordinary, allow, plain",
        "# p, role:worker, own, Visit.ageBand, read, care, ordinary, allow, plain",
        "# p, role:worker, own, Visit.born, derive, care, ordinary, allow, plain",
        "# p, role:worker, own, Resident.visits, read, care, ordinary, allow, plain",
        "# The next one tells company whom is asked about: their own system is asked by this number.",
        "# p, org:company, any, Resident.identityNo, deliver, care, ordinary, allow, plain",
    ]


def test_nobody_is_told_of_what_is_their_own_and_no_line_is_for_anybody() -> None:
    lines = policy_lines(propose(OUTLINE, WITH_REGISTER))
    assert "deliver" not in lines
    assert "any," not in lines
    assert "role:ROLE" in lines
