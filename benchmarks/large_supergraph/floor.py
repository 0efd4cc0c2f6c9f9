"""The floor of planning: to parse and to validate by graphql-core, which every planner on it does first."""

from __future__ import annotations

from graphql import build_schema, parse, validate

from benchmarks.large_supergraph.measure import Plan


def start(supergraph: str) -> Plan:
    """`measure.Start`. What the supergraph says of subgraphs is read over: the documents are valid all the same."""
    schema = build_schema(supergraph, assume_valid=True)

    def plan(document: str) -> None:
        errors = validate(schema, parse(document, no_location=True))
        if errors:
            raise ValueError(f"not a valid document: {errors[0].message}")

    return plan
