"""Supergraphs as text, as a composition prints them, and whole homes over them."""

from __future__ import annotations

from pathlib import Path

from federation.issuing import make_issuer
from federation.schema.supergraph import Supergraph
from vocabulary.catalogue import GraphDeclaration

JOIN = 'https://specs.apollo.dev/join/v0.3", for: EXECUTION'
SECURITY = {
    "inaccessible": "v0.2",
    "authenticated": "v0.1",
    "requiresScopes": "v0.1",
    "policy": "v0.1",
}
"""Features that may be linked, with the version that is understood."""
_DEFINITIONS = {
    "inaccessible": "directive @inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION"
    " | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION",
    "authenticated": "directive @authenticated on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM",
    "requiresScopes": "directive @requiresScopes(scopes: [[requiresScopes__Scope!]!]!) on FIELD_DEFINITION | OBJECT"
    " | INTERFACE | SCALAR | ENUM\nscalar requiresScopes__Scope",
    "policy": "directive @policy(policies: [[policy__Policy!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR"
    " | ENUM\nscalar policy__Policy",
}
DIRECTIVES = """
directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String,
  external: Boolean, override: String, usedOverridden: Boolean) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false,
  resolvable: Boolean! = true, isInterfaceObject: Boolean! = false)
  repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
scalar join__FieldSet
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph {
  A @join__graph(name: "a", url: "http://127.0.0.1:9201/a")
  B @join__graph(name: "b", url: "http://127.0.0.1:9201/b")
}
"""
USERS = """
type Query @join__type(graph: A) @join__type(graph: B) {
  me: User @join__field(graph: A)
  user(id: ID!): User @join__field(graph: A)
  posts: [Post!]! @join__field(graph: B)
}
type User @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
  id: ID!
  name: String! @join__field(graph: A)
  area: String @join__field(graph: A)
  tags: [String!] @join__field(graph: A)
  posts: [Post!]! @join__field(graph: B)
}
type Post @join__type(graph: B, key: "id") {
  id: ID!
  text: String!
  author: User!
}
"""


def supergraph(types: str, *, links: str = "", defined: str = "", mutation: bool = False, join: str = JOIN) -> str:
    """A supergraph over subgraphs `a` and `b`. A feature whose directive stands in the types is linked by itself."""
    used = [name for name in SECURITY if f"@{name}" in types and f"/{name}/" not in links]
    linked = "".join(
        f'\n  @link(url: "https://specs.apollo.dev/{name}/{SECURITY[name]}", for: SECURITY)' for name in used
    )
    roots = "query: Query mutation: Mutation" if mutation else "query: Query"
    schema = (
        f'schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "{join}){linked} {links} {{ {roots} }}'
    )
    return "\n".join((schema, *(_DEFINITIONS[name] for name in used), DIRECTIVES, defined, types))


def federated(types: str, declaration: GraphDeclaration | None = None, **options: str) -> Supergraph:
    """The same, read."""
    has_acts = "type Mutation" in types
    return Supergraph.federated(
        supergraph(types, mutation=has_acts, **options),
        declaration or GraphDeclaration(),
    )


EXCHANGE = """\
exchange: small
operator: bureau
organisations:
  bureau: {name: {zh: 局, en: Bureau}, contact: bureau@city.example, areas: ["31"]}
  people: {name: {zh: 人, en: People}, contact: people@city.example, areas: ["31"]}
purposes:
  care: {zh: 照护, en: Care}
  shopping: {zh: 购物, en: Shopping}
roles:
  worker: {zh: 干部, en: Worker}
  visitor: {zh: 访客, en: Visitor}
masks:
  redact: {kind: redact}
  name-partial: {kind: partial-name, keep: ends}
supergraph:
"""
DECLARED = """\
  anonymous: {organisation: bureau, roles: [visitor], areas: ["31"], purpose: shopping}
  subgraphs:
    a: {owner: people, url: "http://127.0.0.1:9202/a", timeout: 1.5, concurrency: 4}
  types:
    User:
      subject: id
      area: area
      fields:
        name: {level: 3, category: identity, masks: [name-partial, redact], reveals: [tags]}
    Post: {subject: author.id}
"""
OPEN = "".join(f"p, any, any, *, {action}, any, any, allow, plain\n" for action in ("read", "derive", "deliver"))


def home_of(
    folder: Path, types: str = USERS, declared: str = DECLARED, policy: str = OPEN, exchange: str = EXCHANGE
) -> Path:
    """A home over a supergraph, with a development issuer."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "exchange.yaml").write_text(exchange + declared, encoding="utf-8")
    (folder / "supergraph.graphql").write_text(supergraph(types, mutation="type Mutation" in types), encoding="utf-8")
    (folder / "policy.csv").write_text(policy, encoding="utf-8")
    make_issuer(folder / "keys")
    return folder
