"""The governance directives as Strawberry applies them; `governance.DEFINITIONS` is what they must print as.

A subgraph written by hand in Python uses these too. Strawberry imports each with `@link` and composes it with
`@composeDirective` (Apollo Federation v2.1), so that the facts reach the supergraph.
"""

from __future__ import annotations

from strawberry.federation.schema_directive import Location, schema_directive
from strawberry.types.unset import UNSET

from federation.schema.governance import SPEC


@schema_directive(
    name="governed",
    locations=[Location.FIELD_DEFINITION],
    compose=True,
    import_url=SPEC,
    description="Classification level (1 open to 4 most sensitive), personal category, chain of masks; "
    "identifier: may be matched.",
)
class Governed:
    """Every field of a governed type carries it, `id` excepted."""

    level: int
    category: str | None = UNSET
    masks: list[str] | None = UNSET
    identifier: bool | None = UNSET


@schema_directive(
    name="derivedFrom",
    locations=[Location.FIELD_DEFINITION],
    compose=True,
    import_url=SPEC,
    description="The plain values of these fields give this one away.",
)
class DerivedFrom:
    """The inverse of what a field declares that it `reveals`."""

    fields: list[str]


@schema_directive(
    name="companion",
    locations=[Location.FIELD_DEFINITION],
    compose=True,
    import_url=SPEC,
    description="Computed by the exchange from one field of the same type; parameters is JSON.",
)
class CompanionOf:
    """A field that no source holds."""

    of: str
    kind: str
    parameters: str


@schema_directive(
    name="dataSubject",
    locations=[Location.OBJECT],
    compose=True,
    import_url=SPEC,
    description="The field that identifies the data subject, or the reference that leads to it.",
)
class DataSubject:
    """Whom a row is about."""

    field: str


@schema_directive(
    name="dataArea",
    locations=[Location.OBJECT],
    compose=True,
    import_url=SPEC,
    description="The field that holds the area code of a row.",
)
class DataArea:
    """Where a row belongs."""

    field: str


@schema_directive(
    name="collection",
    locations=[Location.FIELD_DEFINITION],
    compose=True,
    import_url=SPEC,
    description="The root field lists the entities of this type, by default paged by this field "
    '("-" before it: descending).',
)
class CollectionOf:
    """A way in from the root."""

    of: str
    page_by: str


@schema_directive(
    name="act",
    locations=[Location.FIELD_DEFINITION],
    compose=True,
    import_url=SPEC,
    description="The field of Mutation is an act, done by the one source that has it; "
    "classification level as in governed.",
)
class ActOf:
    """Something that can be done, and is decided by `write` lines."""

    level: int
