from __future__ import annotations

import json
import shlex

from click.testing import CliRunner
from graphql import parse, validate

from federation.cli import cli
from portal.answer import Withheld
from portal.drafts import drafts
from tests.support.planning import demo_world

REQUEST = {"owner": "police", "wishes": ["read P.name name-partial"], "rows": "own", "purpose": "care"}


def test_requests_of_one_owner_are_one_draft_without_repeating() -> None:
    made = drafts(
        [
            Withheld("P.name", "purpose", "…", REQUEST),
            Withheld("P.name", "purpose", "…", REQUEST),
            Withheld("P.sex", "not-granted", "…", {**REQUEST, "wishes": ["read P.sex plain"]}),
            Withheld("V.day", "not-granted", "…", {**REQUEST, "owner": "health"}),
            Withheld("P.number", "denied", "…"),
        ]
    )
    assert [(one.owner, one.wishes) for one in made] == [
        ("police", ("read P.name name-partial", "read P.sex plain")),
        ("health", ("read P.name name-partial",)),
    ]


def test_the_command_is_one_that_the_command_line_understands() -> None:
    (draft,) = drafts([Withheld("P.name", "purpose", "…", {**REQUEST, "mode": "emergency"})])
    words = shlex.split(draft.command.replace("\\\n", " "))
    assert words[:3] == ["tongguan", "agreement", "draft"]
    told = CliRunner().invoke(cli, [*words[1:], "--help"])
    assert told.exit_code == 0
    assert words[words.index("--wish") + 1] == "read P.name name-partial"
    assert words[words.index("--mode") + 1] == "emergency"


def test_nothing_of_a_request_ends_the_command() -> None:
    (draft,) = drafts(
        [Withheld("P.name", "purpose", "…", {**REQUEST, "owner": "x; rm -rf ~", "wishes": ["$(reboot)"]})]
    )
    words = shlex.split(draft.command.replace("\\\n", " "))
    assert "x; rm -rf ~" in words
    assert "$(reboot)" in words


def test_the_document_fits_the_graph_and_its_variables_are_those_of_the_request() -> None:
    (draft,) = drafts([Withheld("P.name", "purpose", "…", REQUEST)])
    assert validate(demo_world().supergraph.api, parse(draft.document)) == []
    assert json.loads(draft.variables) == {**REQUEST, "basis": "", "end": ""}
