"""Promise 8. A mask keeps the field's type; what can't be masked becomes null; every mask is named in the answer."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from federation.rules import StartError
from tests.support.city import QUESTION, STREET, City

NODES = {"street": STREET, "first": 500}


def test_masked_cells_have_their_shape_and_never_the_value(city: City) -> None:
    reply = city.ask("analyst", QUESTION, NODES)
    register = city.rows(
        "SELECT name, phone, address FROM resident WHERE area_code LIKE '310115016%' AND birth_date <= date('now', '-70 years')"
    )
    names, phones, addresses = ({row[at] for row in register} for at in range(3))
    for node in reply.data["residents"]["nodes"]:
        assert "*" in node["name"]
        assert node["name"] not in names
        assert node["phone"] is None or re.fullmatch(r"1\d{2}\*{4}\d{4}", node["phone"])
        assert node["phone"] not in phones - {None}
        assert node["address"] in {"上海市浦东新区花木街道", "上海市浦东新区"}
        assert node["address"] not in addresses
        assert node["identityNo"] is None
    assert reply.masked == {
        "Resident.name": ["name-partial"],
        "Resident.phone": ["phone-partial"],
        "Resident.address": ["address-street"],
    }


def test_the_committee_sees_less_of_the_same_people(city: City) -> None:
    for node in city.ask("committee", QUESTION, NODES).data["residents"]["nodes"]:
        assert re.fullmatch(r"\w{1,2}\*+", node["name"])
        assert node["phone"] is None
        assert node["address"] is None
        assert node["latestVaccination"] is None or node["latestVaccination"]["date"] is None


def test_what_cannot_be_masked_becomes_null(make_city: Callable[..., City]) -> None:
    city = make_city()
    population = city.home / "population.sqlite"
    shutil.copy(population, city.home / "own.sqlite")
    population.unlink()
    (city.home / "own.sqlite").rename(population)
    with closing(sqlite3.connect(population)) as register, register:
        register.execute("UPDATE resident SET phone = 'call 13812345678 after six', address = '花木路1号'")
    document = "{ residents(first: 50) { nodes { phone address } } }"
    nodes = city.ask("analyst", document).data["residents"]["nodes"]
    assert {(one["phone"], one["address"]) for one in nodes} == {(None, None)}


def test_a_mask_that_does_not_fit_its_field_is_refused_at_start(
    make_city: Callable[..., City], built_city: Path
) -> None:
    declared = (built_city / "exchange.yaml").read_text("utf-8")
    wrong = declared.replace(
        "{column: lives_alone, type: Boolean, level: 3, masks: [redact]",
        "{column: lives_alone, type: Boolean, level: 3, masks: [name-partial]",
    )
    assert wrong != declared
    with pytest.raises(StartError, match="livesAlone"):
        make_city(exchange=wrong)


def test_pseudonyms_of_two_recipients_cannot_be_linked(make_city: Callable[..., City]) -> None:
    line = "p, any, any, Resident.%s, read, epidemic-control, ordinary, allow, %s\n"
    city = make_city(policy=line % ("name", "pseudonym") + line % ("phone", "pseudonym") + line % ("area", "plain"))
    document = "{ residents(first: 100) { nodes { name phone } } }"
    one, again = (city.ask("analyst", document).data for _ in range(2))
    other = city.ask("committee", document).data
    assert one == again
    mine = {node["name"] for node in one["residents"]["nodes"]} | {node["phone"] for node in one["residents"]["nodes"]}
    theirs = {node["name"] for node in other["residents"]["nodes"]}
    assert not mine & theirs
