from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from democity import declarations as module
from democity.declarations import Chosen, write_declarations
from democity.errors import BuildError
from federation.schema.declare import read
from tests.support.planning import CITY


def test_ports_are_written_and_everything_else_is_as_in_the_checkout(tmp_path: Path) -> None:
    write_declarations(tmp_path, Chosen(9001, 9002))
    sources = read(tmp_path / "exchange.yaml").sources
    assert sources["delivery"].options["url"] == "http://127.0.0.1:9001"
    assert sources["appearance"].options["url"] == "http://127.0.0.1:9002/graphql"
    for name in ("policy.csv", "lists.yaml"):
        assert (tmp_path / name).read_text("utf-8") == (CITY / name).read_text("utf-8")


def test_divisions_become_a_source_that_everybody_reads_where_the_file_lies(tmp_path: Path) -> None:
    file = tmp_path / 'a "place": here' / "divisions.csv"
    write_declarations(tmp_path, Chosen(9001, 9002, divisions=file))
    source = read(tmp_path / "exchange.yaml").sources["divisions"]
    assert (source.connector, source.options) == ("files", {"folder": str(file.parent)})
    assert [(one.name, one.table) for one in source.types] == [("Division", "divisions.csv")]
    assert "Division.*" in (tmp_path / "policy.csv").read_text("utf-8").splitlines()[-1]
    first = yaml.safe_load((tmp_path / "lists.yaml").read_text("utf-8"))["responsibilities"][0]
    assert (first["coordinates"], first["openness"]) == (["Division.*"], "open")


def test_a_server_takes_every_source_that_has_no_service(tmp_path: Path) -> None:
    write_declarations(tmp_path, Chosen(9001, 9002, postgres="postgresql://me@127.0.0.1/city"))
    sources = read(tmp_path / "exchange.yaml").sources
    kinds = {name: one.connector for name, one in sources.items()}
    assert kinds == {
        **dict.fromkeys(("population", "health", "housing", "care", "sensors"), "sql"),
        "delivery": "rest",
        "appearance": "graphql",
    }
    assert {one.table for name in ("sensors", "care") for one in sources[name].types} == {
        "sensors.sensor_kind",
        "sensors.sensor",
        "sensors.reading",
        "care.elderly_care",
        "care.disability",
    }
    assert sources["health"].options["password"] == {"file": "keys/postgres.key"}


@pytest.mark.parametrize("chosen", [Chosen(1, 2), Chosen(1, 2, postgres="postgresql://me@h/d")])
def test_a_declaration_that_holds_something_else_builds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: Chosen
) -> None:
    text = module._text
    monkeypatch.setattr(
        module, "_text", lambda name: text(name).replace("options: {", "options:  {").replace(":8002", ":1")
    )
    with pytest.raises(BuildError, match="once"):
        write_declarations(tmp_path, chosen)
    assert list(tmp_path.iterdir()) == []
