"""A question asked at the city travels to the street; each tier narrows, and each has its own receipt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from federation.cli import cli
from masking import Setting, make
from tests.support.tiers import ANALYST, COORDINATOR, RESIDENTS, WORKER, Tiers, opened
from vocabulary.catalogue import MaskDeclaration
from vocabulary.values import Column

OLD = {"first": 100, "where": {"ageBand": {"in": ["70-79", "80+"]}}}


@pytest.fixture
def tiers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tiers]:
    with opened(tmp_path, monkeypatch) as three:
        yield three


def test_each_tier_shows_less_than_the_one_below(tiers: Tiers) -> None:
    rows = "{ residents(first: 100) { nodes { name phone area } } }"
    at_street, at_district, at_city = (
        one.ask(who, rows).data["residents"]["nodes"]
        for one, who in ((tiers.street, WORKER), (tiers.district, COORDINATOR), (tiers.city, ANALYST))
    )
    known = tiers.register("SELECT name, phone, area FROM resident ORDER BY serial")
    assert [tuple(one.values()) for one in at_street] == known
    assert [one["area"] for one in at_district] == [area for _, _, area in known]
    assert [one["name"] for one in at_district] == shown([name for name, _, _ in known], "ends")
    assert {one["phone"][3:7] for one in at_district} == {"****"}
    assert [one["name"] for one in at_city] == shown([name for name, _, _ in known], "surname")
    assert {one["phone"] for one in at_city} == {None}


def shown(names: list[str], keep: str) -> Column:
    """Names as the mask of that kind shows them."""
    mask = make(MaskDeclaration("name", "partial-name", {"keep": keep}))
    return mask.compile(Setting("anybody", "Resident.name", b"\0" * 32))(list(names))


def test_what_a_lower_tier_masks_and_withholds_is_named_at_the_city(tiers: Tiers) -> None:
    reply = tiers.city.ask(ANALYST, "{ residents(first: 3) { nodes { name phone ageBand } } }")
    assert reply.masked == {"Resident.name": ["pudong/name-surname"]}
    assert reply.withheld == {"Resident.phone": "not-granted"}
    (withheld,) = reply.body["extensions"]["withheld"]
    assert withheld["source"] == "pudong"
    assert "data@pudong.example" in withheld["ask"]


def test_receipts_of_the_three_name_each_other(tiers: Tiers) -> None:
    reply = tiers.city.ask(ANALYST, RESIDENTS, OLD)
    logs = {name: dict(one.entries()) for name, one in (("s", tiers.street), ("d", tiers.district), ("c", tiers.city))}
    closing = logs["c"][reply.body["extensions"]["receipt"]["index"]]
    wave, _ = closing["waves"]  # the residents, and what the district knows of their care
    assert logs["c"][wave]["given"] == [
        {"organisation": "pudong-data-bureau", "source": "pudong", "coordinate": "Resident", "line": "passport", "count": 0}
    ]  # fmt: skip
    elsewhere = closing["elsewhere"]
    assert {one["source"] for one in elsewhere} == {"pudong"}
    for told in elsewhere:
        below = logs["d"][told["entry"]]
        assert told["log"] == "tongguan.local/pudong-district"
        assert below["kind"] == "release"
        assert below["caller"] == {"exchange": "city", "log": "tongguan.local/city", "entry": below["caller"]["entry"]}
        assert below["caller"]["entry"] in closing["waves"]
        for deeper in below.get("elsewhere", ()):
            street = logs["s"][deeper["entry"]]
            assert street["caller"]["log"] == "tongguan.local/pudong-district"
            assert street["caller"]["entry"] in below["waves"]
            assert street["who"]["person"] != "wang.f"
    assert any(one.get("elsewhere") for one in logs["d"].values())


def test_nobody_is_named_below_but_by_a_pseudonym_of_each_exchange(tiers: Tiers) -> None:
    tiers.city.ask(ANALYST, RESIDENTS, OLD)
    people = [
        {
            entry["who"]["person"]
            for _, entry in one.entries()
            if entry.get("outcome") == "answered" and entry.get("rows")
        }
        for one in (tiers.city, tiers.district, tiers.street)
    ]
    assert people[0] == {"wang.f"}
    assert all(len(one) == 1 for one in people)
    assert len(set.union(*people)) == 3


def test_the_districts_own_register_joins_by_pseudonyms_and_no_number_travels(tiers: Tiers) -> None:
    numbers = [number for (number,) in tiers.register("SELECT identity_no FROM resident")]
    reply = tiers.district.ask(COORDINATOR, RESIDENTS, OLD)
    assessed = [one for one in reply.data["residents"]["nodes"] if one["care"]]
    assert len(assessed) > 3
    at_city = tiers.city.ask(ANALYST, RESIDENTS, OLD).data["residents"]["nodes"]
    assert [one["care"] for one in at_city] == [one["care"] for one in reply.data["residents"]["nodes"]]
    moved = b"".join(request.content for request in tiers.sent).decode()
    assert not any(number in moved or number in reply.text for number in numbers)


def test_an_id_leads_back_through_all_three(tiers: Tiers) -> None:
    first = tiers.city.ask(ANALYST, RESIDENTS, OLD).data["residents"]["nodes"][0]
    again = tiers.city.ask(
        ANALYST,
        "query ($id: ID!) { node(id: $id) { id ... on Resident { name care { careLevel } } } }",
        {"id": first["id"]},
    )
    assert again.data["node"] == {"id": first["id"], "name": first["name"], "care": first["care"]}


def test_pages_are_the_streets_rows_each_once(tiers: Tiers) -> None:
    seen: list[str] = []
    after, more = None, True
    while more:
        page = tiers.city.ask(ANALYST, RESIDENTS, {"first": 17, "after": after}).data["residents"]
        seen += [one["id"] for one in page["nodes"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert len(seen) == len(set(seen)) == 60


def test_a_street_that_is_gone_costs_its_fields_and_the_reason_is_told(tiers: Tiers) -> None:
    def refuse(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.url.port == 9313:
            return httpx.Response(503)
        return response

    tiers.answer = refuse
    reply = tiers.city.ask(ANALYST, RESIDENTS, OLD)
    assert reply.body["data"] == {"residents": None}
    assert reply.code == "SOURCE_UNAVAILABLE"
    assert "9313" not in reply.text


def test_a_draft_is_compared_with_what_the_exchange_above_was_answered(tiers: Tiers, tmp_path: Path) -> None:
    """A street that would no longer tell ages: the district's question would have been answered otherwise."""
    assert tiers.district.ask(COORDINATOR, RESIDENTS, {"first": 3}).data["residents"]["nodes"]
    draft = tmp_path / "draft"
    draft.mkdir()
    lists = (tiers.street.home / "lists.yaml").read_text("utf-8").splitlines(keepends=True)
    (draft / "lists.yaml").write_text("".join(line for line in lists if "Resident.ageBand" not in line), "utf-8")
    (draft / "policy.csv").write_text((tiers.street.home / "policy.csv").read_text("utf-8"), "utf-8")
    words = ["policy", "diff", "--home", str(tiers.street.home), "--days", "1", str(draft)]
    told = CliRunner().invoke(cli, words)
    assert told.exit_code == 0, told.output
    (answer,) = [line for line in told.output.splitlines() if line.startswith("  #")]
    assert "through the exchange of pudong-data-bureau: -Resident.ageBand" in answer
