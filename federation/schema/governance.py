"""The governance facts of a schema, as directives that travel from a subgraph into the supergraph.

`compose` carries them (`@composeDirective`), `supergraph` reads them back; nothing else names them, but that a field
of Mutation is composed only as an act.
"""

from __future__ import annotations

from typing import Final

SPEC: Final = "https://specs.tongguan.example/governance/v1.0"

ACT: Final = "act"

DEFINITIONS: Final = '''
"""Classification level (1 open to 4 most sensitive), personal category, chain of masks; identifier: may be matched."""
directive @governed(level: Int!, category: String, masks: [String!], identifier: Boolean) on FIELD_DEFINITION

"""The plain values of these fields give this one away."""
directive @derivedFrom(fields: [String!]!) on FIELD_DEFINITION

"""Computed by the exchange from one field of the same type; parameters is JSON."""
directive @companion(of: String!, kind: String!, parameters: String!) on FIELD_DEFINITION

"""The field that identifies the data subject, or the reference that leads to it."""
directive @dataSubject(field: String!) on OBJECT

"""The field that holds the area code of a row."""
directive @dataArea(field: String!) on OBJECT

"""The root field lists the entities of this type, by default paged by this field ("-" before it: descending)."""
directive @collection(of: String!, pageBy: String!) on FIELD_DEFINITION

"""The field of Mutation is an act, done by the one source that has it; classification level as in governed."""
directive @act(level: Int!) on FIELD_DEFINITION
'''
