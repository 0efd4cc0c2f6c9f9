"""A small schema for tests of documents, without acts and with some."""

from __future__ import annotations

from graphql import build_schema

_QUERIES = """
scalar Date
directive @tagged on FIELD
interface Node { id: ID! }
type Resident implements Node { id: ID! name: String born: Date friends(first: Int = 5): [Resident] }
type Firm implements Node { id: ID! title: String }
input StringWhere { eq: String in: [String!] }
input DateWhere { eq: Date in: [Date!] }
input BooleanWhere { eq: Boolean }
input ResidentWhere { and: [ResidentWhere!] or: [ResidentWhere!] name: StringWhere born: DateWhere alone: BooleanWhere }
enum Field { NAME BORN }
enum Direction { ASC DESC }
input Order { field: Field! direction: Direction! = ASC }
type Connection { nodes: [Resident!] edges: [Edge!] }
type Edge { cursor: String! node: Resident }
type Query {
  residents(first: Int = 20, after: String, where: ResidentWhere, orderBy: [Order!]): Connection
  node(id: ID!): Node
}
"""
_ACTS = """
scalar DateTime
type Agreement implements Node { id: ID! state: String resident: Resident }
type Mutation {
  approve(id: ID!, reason: String): Agreement
  propose(fields: [String!]!, until: DateTime, renew: Boolean, reason: String): Agreement
}
"""

SCHEMA = build_schema(_QUERIES)
ACTING = build_schema(_QUERIES + _ACTS)
