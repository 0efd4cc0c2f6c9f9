"""A source of the exchange's own, with acts: agreements that are proposed and approved."""

from __future__ import annotations

from tests.federation.schema.catalogue import words
from vocabulary.catalogue import ActArgument, ActDeclaration, FieldDeclaration, SourceDeclaration, TypeDeclaration

AGREEMENT = TypeDeclaration(
    name="Agreement",
    table="agreement",
    description=words("An agreement"),
    key="number",
    subject=None,
    area=None,
    collection="agreements",
    page_by="-number",
    fields=(
        FieldDeclaration("number", "Int", "number", 2, words("Its number")),
        FieldDeclaration("state", "String", "state", 2, words("proposed, approved or ended")),
    ),
)

PROPOSE = ActDeclaration(
    "proposeAgreement",
    "Agreement",
    (
        ActArgument("coordinates", "String", required=True, description=words("What is asked for"), many=True),
        ActArgument("areas", "String", required=False, description=words("Where; none named: everywhere"), many=True),
        ActArgument("until", "DateTime", required=True, description=words("Until when")),
        ActArgument("renew", "Boolean", required=False, description=words("Whether it goes on")),
        ActArgument("reason", "String", required=False, description=words("Why")),
    ),
    level=2,
    description=words("Ask for an agreement"),
)

APPROVE = ActDeclaration(
    "approveAgreement",
    "Agreement",
    (ActArgument("id", "ID", required=True, description=words("Which one")),),
    level=3,
    description=words("Approve an agreement"),
)

DESK = SourceDeclaration("desk", "data-bureau", "desk", {}, types=(AGREEMENT,), acts=(PROPOSE, APPROVE))
