"""The documentation is true: what it lists is what there is, and its examples work."""

from __future__ import annotations

import ast
import datetime as dt
import json
import re
import runpy
import shlex
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import httpx
import pytest
from graphql import parse, print_ast, validate

from federation.cli import cli
from federation.document.limits import Limits
from federation.errors import Code
from federation.exchange import registry_source
from federation.exchange.acts import ACTS
from federation.exchange.declaration import declaration
from federation.http.metrics import Metrics
from federation.rules import policy_facts
from federation.schema.lists import parse_lists
from federation.settings import Settings
from masking import COMPANIONS, MASKS
from policies.clock import Moment
from policies.conditions import CONDITIONS
from policies.diff import worded
from policies.load import load
from policies.registry.errors import Code as ActCode
from policies.rulebook import assemble
from portal.texts.codes import TEXTS as CODES
from tests.support.city import QUESTION, City
from tests.support.planning import demo_world, plan_text
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action, Mode, Standing, Through

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
CITY = ROOT / "democity" / "city"
OURS = (
    "operator",
    "committee",
    "department",
    "steward",
    "policy-writer",
    "officer",
    "contributor",
    "architecture",
    "errors",
    "federation",
    "law",
)
PAGES = {name: (DOCS / f"{name}.md").read_text("utf-8") for name in OURS}
EVERY_PAGE = {
    str(path.relative_to(ROOT)): path.read_text("utf-8") for path in sorted((*DOCS.glob("*.md"), *ROOT.glob("*.md")))
}

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"^\| `([A-Z_]+)` \| (\S+) \|", re.MULTILINE)


def fenced(language: str, pages: dict[str, str]) -> list[Any]:
    """Every fenced block of a language, as a test case named after its page."""
    return [
        pytest.param(match[2], id=f"{name}-{index}")
        for name, text in pages.items()
        for index, match in enumerate(_FENCE.finditer(text))
        if match[1] == language
    ]


def section(page: str, title: str) -> str:
    return page.split(f"\n## {title}\n")[1].split("\n## ", maxsplit=1)[0]


# ── what there is, is listed ──────────────────────────────────────────────────────────────────────────────────────────


def test_every_code_is_listed_with_its_status_and_nothing_else() -> None:
    listed = _ROW.findall(section(PAGES["errors"], "Every code"))
    assert listed == [(code.name, str(code.status)) for code in Code]


def test_every_word_of_the_pages_alone_is_listed_and_nothing_else() -> None:
    listed = re.findall(r"^\| `([A-Z_]+)` \|", section(PAGES["errors"], "On the pages"), re.MULTILINE)
    assert {f"code.{name}" for name in listed} == CODES.keys() - {f"code.{code.name}" for code in Code}


def test_every_code_that_a_page_names_is_a_code() -> None:
    known = {code.name for code in Code}
    families = {name.partition("_")[0] for name in known if "_" in name}
    for name, text in PAGES.items():
        named = {word for word in re.findall(r"`([A-Z]+_[A-Z_]+)`", text) if word.partition("_")[0] in families}
        assert named <= known, name


def test_every_bound_on_documents_is_listed() -> None:
    row = PAGES["errors"]
    for bound in fields(Limits):
        assert f"{getattr(Limits(), bound.name):,}" in row, bound.name


def test_every_setting_is_listed_with_its_default_and_nothing_else() -> None:
    listed = re.findall(r"^\| `(TONGGUAN_\w+)` \| `([^`]+)` \|", PAGES["operator"], re.MULTILINE)
    assert listed == [
        (f"TONGGUAN_{one.name.upper()}", as_set(getattr(Settings(), one.name))) for one in fields(Settings)
    ]


def as_set(default: object) -> str:
    """A default as an operator would write it; `empty` in place of nothing."""
    return str(default).lower() if isinstance(default, bool) else str(default) or "empty"


def commands(group: click.Group, path: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}"


@pytest.mark.parametrize("command", list(commands(cli, "tongguan")))
def test_every_command_is_shown_in_an_example(command: str) -> None:
    examples = "".join(case.values[0] for case in fenced("bash", PAGES))
    assert f"{command} " in examples


def test_every_metric_is_listed_and_nothing_else() -> None:
    declared = re.findall(r"^# TYPE (\w+) \w+$", Metrics().text().decode(), re.MULTILINE)
    listed = re.findall(r"^\| `(tongguan_\w+)` \|", PAGES["operator"], re.MULTILINE)
    assert listed == [name for name in declared if not name.endswith("_created")]


def test_every_mask_and_companion_is_listed_and_nothing_else() -> None:
    page = PAGES["policy-writer"]
    row = re.compile(r"^\| `([a-z-]+)` \|", re.MULTILINE)
    assert row.findall(section(page, "Chains of masks")) == [mask.kind for mask in MASKS]
    assert row.findall(section(page, "Companions")) == [companion.kind for companion in COMPANIONS]


def test_every_kind_of_condition_is_listed_and_nothing_else() -> None:
    listed = re.findall(r"^\| `([a-z-]+)` \|", section(PAGES["policy-writer"], "Conditions"), re.MULTILINE)
    assert listed == [condition.kind for condition in CONDITIONS]


def test_every_act_is_declared_and_listed_with_its_command_and_nothing_else() -> None:
    operator = "data-bureau"
    sources = (declaration(operator), registry_source.declaration(operator))
    assert {act.name for source in sources for act in source.acts} == ACTS.keys()
    listed = re.findall(r"^\| `(\w+)` \| `([\w -]+)` \|", section(PAGES["steward"], "Every act"), re.MULTILINE)
    assert [name for name, _ in listed] == list(ACTS)
    assert {f"tongguan {command}" for _, command in listed} <= set(commands(cli, "tongguan"))


def test_every_word_of_a_refused_act_is_listed_and_nothing_else() -> None:
    listed = re.findall(r"^\| `([A-Z_]+)` \|", section(PAGES["steward"], "When an act is refused"), re.MULTILINE)
    assert listed == [code.value for code in ActCode]


def declared_words(schema: Any) -> Iterator[str]:
    """Every word that the published schema knows, at any level."""
    if isinstance(schema, dict):
        yield from schema["properties"] if isinstance(schema.get("properties"), dict) else ()
        for inner in schema.values():
            yield from declared_words(inner)


def test_every_word_of_exchange_yaml_is_explained() -> None:
    schema = json.loads((ROOT / "federation" / "schema" / "exchange.schema.json").read_text("utf-8"))
    page = section(PAGES["operator"], "exchange.yaml")
    explained = set(re.findall(r"`(\w+)`", page)) | set(re.findall(r"[{ ](\w+):", page))
    words = set(declared_words(schema))
    assert {"exchange", "pageBy", "reveals", "bound"} <= words  # the schema was understood
    assert words - explained == set()


def test_every_promise_has_its_attacks_in_the_table() -> None:
    attacks = {str(path.relative_to(ROOT)) for path in (ROOT / "tests" / "attacks").glob("test_p*.py")}
    table = section(PAGES["architecture"], "The promises, where they are kept, and who attacks them")
    listed = set(re.findall(r"`(tests/attacks/\w+\.py)`", table))
    assert attacks <= listed
    assert all((ROOT / path).is_file() for path in listed)


# ── what is named, is there ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("page", list(EVERY_PAGE))
def test_every_link_leads_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", EVERY_PAGE[page]):
        if not target.startswith("https://"):
            assert (ROOT / page).parent.joinpath(target.partition("#")[0]).exists(), target


@pytest.mark.parametrize("page", list(PAGES))
def test_every_file_that_a_page_names_is_there(page: str) -> None:
    for name in re.findall(r"`((?:[\w-]+/)*[\w-]+\.py)`", PAGES[page]):
        places = (ROOT, ROOT / "federation", ROOT / "connectors")
        assert any((place / name).exists() for place in places), name


# ── examples work ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("lines", fenced("policy", PAGES))
def test_every_policy_example_loads(lines: str) -> None:
    world = demo_world()
    said = load(lines, file="policy.csv", facts=policy_facts(world.catalogue, world.supergraph))
    assert said.lines


@pytest.mark.parametrize("document", fenced("graphql", EVERY_PAGE))
def test_every_graphql_example_is_valid(document: str) -> None:
    assert validate(demo_world().supergraph.api, parse(document)) == []


@pytest.mark.parametrize("text", fenced("json", PAGES))
def test_every_json_example_is_json(text: str) -> None:
    assert isinstance(json.loads(text), dict)


def test_the_readme_asks_the_demo_citys_question() -> None:
    (shown,) = (match[2] for match in _FENCE.finditer(EVERY_PAGE["README.md"]) if match[1] == "graphql")
    sent = json.loads((CITY / "question.json").read_text("utf-8"))
    assert print_ast(parse(shown)) == print_ast(parse(QUESTION)) == print_ast(parse(sent["query"]))


def tongguan_calls(block: str) -> Iterator[list[str]]:
    """The arguments of each call of the command, wherever it stands in some shell."""
    text = block.replace("\\\n", " ")
    while inner := re.search(r"\$\(([^()]*)\)", text):
        yield from tongguan_calls(inner[1])
        text = text.replace(inner[0], "printed")
    for line in re.split(r"\n| \| ", text):
        command, *arguments = shlex.split(re.split(r" >>? ", line)[0], comments=True) or [""]
        if Path(command).name == "tongguan":
            yield arguments


FILES = (".txt", ".graphql", ".vkey", ".csv", ".tlog-proof")
CALLS = {shlex.join(call): call for case in fenced("bash", EVERY_PAGE) for call in tongguan_calls(case.values[0])}


@pytest.mark.parametrize("call", list(CALLS.values()), ids=list(CALLS))
def test_every_call_in_an_example_is_understood(
    call: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = [argument.lstrip("/") if argument.endswith(FILES) else argument for argument in call]
    for file in (Path(argument) for argument in arguments if argument.endswith(FILES)):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()  # whoever pastes the example has it
    command: click.Command = cli
    while isinstance(command, click.Group) and not arguments[0].startswith("-"):
        command = command.commands[arguments.pop(0)]
    if command is cli:
        assert arguments == ["--version"]
    else:
        command.make_context(" ".join(call), arguments).close()


def test_the_plan_in_the_architecture_is_what_is_printed() -> None:
    shown = PAGES["architecture"].split("<!-- plan: analyst -->\n```text\n")[1].split("```")[0]
    assert shown == plan_text(QUESTION, variables={"street": "310115016"})


def test_the_decision_in_the_policy_writers_page_names_the_line_that_decides() -> None:
    page, line = section(PAGES["policy-writer"], "Look before you ask"), "Resident.phone"
    number = re.findall(r"policy\.csv:(\d+)\]", page)[0]
    assert line in (CITY / "policy.csv").read_text("utf-8").splitlines()[int(number) - 1]


def test_what_another_exchange_is_shown_is_as_the_policy_writers_page_says() -> None:
    page, world = section(PAGES["policy-writer"], "Asked by another exchange"), demo_world()
    (policy,), (lists,), (shown,) = (
        [match[2] for match in _FENCE.finditer(page) if match[1] == language] for language in ("policy", "yaml", "text")
    )
    facts = policy_facts(world.catalogue, world.supergraph)
    rules = assemble(policy, "policy.csv", parse_lists(lists, file="lists.yaml"), "", facts)
    moment = Moment.exactly(dt.datetime(2026, 6, 1, tzinfo=dt.UTC))
    organisation, purpose = re.findall(r"<!-- through: (\S+) -->", page)[0], "elderly-care"
    through = Through(organisation, rules.agreed_with(organisation, purpose, Mode.ORDINARY, moment))
    worker = Standing(frozenset({"committee-worker"}), organisation, purpose, Mode.ORDINARY, through=through)
    for line in shown.splitlines():
        decision = rules.policy.decide(worker, Coordinate.parse(line.partition(":")[0]), Action.READ)
        reason = f" ({decision.reason})" if decision.reason else ""
        assert line == f"{decision.coordinate}: {worded(decision)}{reason}"


def test_the_python_example_asks_and_pages(
    city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = section(PAGES["department"], "Three things to send")
    (code,) = (case.values[0] for case in fenced("python", {"department": page}))
    asked: list[object] = []

    def post(url: str, *, json: dict[str, Any], headers: dict[str, str], timeout: float) -> httpx.Response:
        asked.append((url, timeout))
        reply = city.post(json, headers)
        return httpx.Response(reply.status, json=reply.body, request=httpx.Request("POST", url))

    monkeypatch.setattr(httpx, "post", post)
    monkeypatch.setenv("TOKEN", city.token("analyst"))
    script = tmp_path / "example.py"
    script.write_text(code.replace("first: 100", "first: 3"), encoding="utf-8")
    found = runpy.run_path(str(script))
    assert len(asked) > 1
    assert len({one["id"] for one in found["people"]}) == len(found["people"]) > 3
    assert capsys.readouterr().out == f"{len(found['people'])} residents\n"


@pytest.mark.parametrize("code", fenced("python", EVERY_PAGE))
def test_every_python_example_is_python(code: str) -> None:
    assert ast.parse(code).body
