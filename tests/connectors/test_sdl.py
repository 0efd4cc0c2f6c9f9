"""Subgraph SDL as servers of both versions write it."""

from __future__ import annotations

import pytest

from connectors import sdl
from connectors.sdl import NoSdlError, RemoteField, Sdl

V1 = """
extend type Query { cases: [StreetCase] }
extend type Building @key(fields: "buildingNo") {
  buildingNo: ID! @external
  floors: Int @external
  height: Float @requires(fields: "floors")
  streetCases(first: Int = 10, kind: String): [StreetCase!]!
  casesOf(year: Int!): [StreetCase]
}
type StreetCase @key(fields: "caseNo") @key(fields: " district   number ") {
  caseNo: ID!
  matrix: [[Int]]
  kind: Kind
  at: DateTime!
}
enum Kind { BIN LAMP }
scalar DateTime
"""
V2 = """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
type Building @key(fields: "buildingNo", resolvable: false) @federation__key(fields: "id") {
  buildingNo: ID!
  id: ID!
}
type Query { _service: _Service! }
type _Service { sdl: String }
"""


def test_an_extended_type_of_v1_is_read() -> None:
    building = Sdl(V1).types["Building"]
    assert building.keys == ["buildingNo"]
    assert building.fields["buildingNo"] == RemoteField("ID", is_list=False)  # external, and known all the same: a key
    assert building.fields["streetCases"] == RemoteField("StreetCase", is_list=True)
    hindrances = {name: one.hindrance for name, one in building.fields.items() if one.hindrance}
    assert hindrances == {
        "floors": "belongs to another subgraph (@external)",
        "height": "needs fields of other subgraphs (@requires)",
        "casesOf": "has arguments that must be given",
    }


def test_keys_lists_enums_and_scalars_are_told_apart() -> None:
    read = Sdl(V1)
    assert read.types["StreetCase"].keys == ["caseNo", "district number"]
    assert read.types["StreetCase"].fields["matrix"].hindrance == "is a list of lists"
    assert (read.enums, read.scalars) == ({"Kind"}, {"DateTime"})
    assert read.names == ["Building", "StreetCase"]


def test_resolvable_false_and_the_name_space_of_v2() -> None:
    assert Sdl(V2).names == ["Building"]
    building = Sdl(V2).types["Building"]
    assert (building.keys, building.unresolvable) == (["id"], ["buildingNo"])


@pytest.mark.parametrize(
    "text",
    ["", "no sdl SECRET {", "type A { b: " + "[" * 5000 + "C" + "]" * 5000 + " }", "scalar SECRET " * 10_001],
    ids=["empty", "broken", "deep", "large"],
)
def test_what_is_no_sdl_is_refused_unquoted(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdl, "MOST_TOKENS", 20_000)
    with pytest.raises(NoSdlError) as caught:
        Sdl(text)
    assert "SECRET" not in str(caught.value)


def test_an_argument_of_another_kind_is_no_key() -> None:
    odd = Sdl('type A @key @key(fields: ["x"]) @key(fields: "y", resolvable: "yes") { x: ID y: ID }').types["A"]
    assert (odd.keys, odd.unresolvable) == (["", "None"], ["y"])
