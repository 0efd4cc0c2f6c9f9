from __future__ import annotations

import contextlib
import datetime as dt
import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import Code
from federation.identity import Applications, ApplicationsRefusedError
from federation.identity.key_hash import KeyHash
from federation.identity.read_applications import parse
from federation.keys import KeyFileError
from tests.federation.identity.making import ORGANISATIONS, ROLES, areas_of, code_of, register, registered, registration
from vocabulary.area import Area

KEY = str(KeyHash(b"s" * 16, b"h" * 32))
PRINT = "0123456789abcdef" * 4


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "applications.yaml"


def problems(*registrations: str, text: str = "") -> str:
    with pytest.raises(ApplicationsRefusedError) as refused:
        parse(
            text or "applications:\n" + "".join(registrations),
            file="applications.yaml",
            organisations=ORGANISATIONS,
            roles=ROLES,
        )
    return str(refused.value)


def test_an_application_is_what_its_words_say(path: Path) -> None:
    areas = '["310115000000", "310114"]'
    read = registered(path, registration(key=KEY, certificate=f'"{PRINT}"', areas=areas, roles="[reporter]"))
    one = read.with_id("health-desk")
    assert one is not None
    assert one is read.with_certificate(PRINT)
    assert (one.organisation, one.name, list(one.roles)) == ("health-commission", "nightly-report", ["reporter"])
    assert one.areas == (Area("310114"), Area("310115"))
    assert one.expires == dt.datetime(2039, 12, 31, 16, tzinfo=dt.UTC)
    assert str(one.key) == KEY


def test_as_a_principal_it_is_the_program_through_the_application(path: Path) -> None:
    one = registered(path, registration(key=KEY)).with_id("health-desk")
    assert one is not None
    assert (one.principal.id, one.principal.application) == ("nightly-report", "health-desk")
    assert (one.principal.organisation, areas_of(one.principal)) == ("health-commission", ["310115"])
    assert one.principal.roles == {"reporter"}
    assert one.principal.subject is None


def test_a_registration_ends_at_its_moment(path: Path) -> None:
    one = registered(path, registration(key=KEY)).with_id("health-desk")
    assert one is not None
    end = one.expires.timestamp()
    one.require_in_time(end - 0.001)
    assert code_of(lambda: one.require_in_time(end)) is Code.CREDENTIAL_EXPIRED


def test_what_is_not_registered_is_nobody(path: Path) -> None:
    read = registered(path, registration(key=KEY))
    assert read.with_id("other") is None
    assert read.with_certificate(PRINT) is None


def test_no_file_is_no_application(path: Path) -> None:
    assert Applications(path, organisations=ORGANISATIONS, roles=ROLES).with_id("health-desk") is None


def test_a_file_may_list_none(path: Path) -> None:
    assert registered(path).with_id("health-desk") is None


@pytest.mark.parametrize(
    ("words", "line", "problem"),
    [
        ({"organisation": "health-comission"}, 3, "does not declare; write `health-commission`"),
        ({"organisation": ""}, 2, "has no text as its `organisation`"),
        ({"organisation": "[health-commission]"}, 3, "has no text as its `organisation`"),
        ({"name": ""}, 2, "has no text as its `name`"),
        ({"name": '" "'}, 4, "has no text as its `name`"),
        ({"name": "x" * 257}, 4, "has no text as its `name`"),
        ({"roles": ""}, 2, "has no list of texts as its `roles`"),
        ({"roles": "reporter"}, 5, "has no list of texts as its `roles`"),
        ({"roles": "[reporter, 5]"}, 5, "has no list of texts as its `roles`"),
        ({"roles": "[mayor]"}, 5, "names `mayor`"),
        ({"areas": ""}, 2, "has no list of texts as its `areas`"),
        ({"areas": "[310115]"}, 6, "area codes in quotes"),
        ({"areas": '["3101"]'}, 6, "`3101`, which is no area code"),
        ({"areas": '["*"]'}, 6, "`*`, which is no area code"),
        ({"areas": "[" + ", ".join(['"31"'] * 101) + "]"}, 6, "at most 100"),
        ({"expires": ""}, 2, "does not say when it expires"),
        ({"expires": "never"}, 7, "does not say when it expires"),
        ({"expires": '"2040-01-01"'}, 7, "the moment with its zone"),
        ({"expires": "2040-01-01"}, 7, "write it in quotes"),
        ({"key": "a-secret-as-it-is"}, 8, "no hash"),
        ({"key": KEY.replace("14", "4")}, 8, "no hash"),
        ({"key": "", "certificate": ""}, 2, "neither a key nor a certificate"),
        ({"certificate": "abcd"}, 9, "no fingerprint"),
        ({"certificate": f'"{PRINT.upper()}"'}, 9, "no fingerprint"),
        ({"areas_": "[]"}, 9, "`areas_` is no word of an application; write `areas`"),
    ],
)
def test_a_mistake_is_refused_with_its_line_and_what_to_write(words: dict[str, str], line: int, problem: str) -> None:
    told = problems(registration(**{"key": KEY, **words}))
    assert told.startswith(f"applications.yaml:{line}: ")
    assert problem in told
    assert "secret" not in told


@pytest.mark.parametrize("name", ["Desk", "9desk", "desk.one", "d" * 65, '"desk "'])
def test_an_id_that_could_not_stand_in_a_key_is_refused(name: str) -> None:
    assert "is no id" in problems(registration(name, key=KEY))


@pytest.mark.parametrize(
    "text",
    [
        "\n",
        "[]\n",
        "health-desk: {}\n",
        "applications: []\n",
        "applications:\n",
        "applications: {}\nmore: 1\n",
        "applications:\n  health-desk: x\n",
    ],
)
def test_a_file_of_another_shape_is_refused(text: str) -> None:
    assert "applications.yaml:" in problems(text=text)


def test_a_word_that_stands_twice_is_refused() -> None:
    assert "stands here already" in problems(registration(key=KEY) + f"    key: {KEY}\n")


def test_one_certificate_leads_to_one_application() -> None:
    both = [registration(name, certificate=f'"{PRINT}"') for name in ("first", "second")]
    assert "applications.yaml:15: `first` has this certificate already" in problems(*both)


def test_all_mistakes_are_told_at_once() -> None:
    told = problems(registration("first", key=KEY, name=""), registration("second", key="x", areas="[3]"))
    assert [line.split(":")[1] for line in told.splitlines()] == ["2", "12", "14"]


@given(st.text(max_size=200))
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ApplicationsRefusedError):
        assert parse(text, file="a", organisations=ORGANISATIONS, roles=ROLES) == {}


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o602, 0o620])
def test_a_file_that_others_can_read_or_write_is_refused(path: Path, mode: int) -> None:
    register(path, registration(key=KEY))
    path.chmod(mode)
    with pytest.raises(KeyFileError, match="chmod 600"):
        Applications(path, organisations=ORGANISATIONS, roles=ROLES)


def test_a_file_that_is_no_text_is_refused(path: Path) -> None:
    path.write_bytes(b"\xff\xfe")
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match="UTF-8"):
        Applications(path, organisations=ORGANISATIONS, roles=ROLES)


def test_a_directory_in_its_place_is_refused(path: Path) -> None:
    path.mkdir(mode=0o700)
    with pytest.raises(KeyFileError, match="can't be read"):
        Applications(path, organisations=ORGANISATIONS, roles=ROLES)


def test_a_changed_file_acts_at_the_next_look(path: Path) -> None:
    read = registered(path, registration("first", key=KEY))
    register(path, registration("second", key=KEY))
    read.reread()
    assert (read.with_id("first"), read.with_id("second") is not None) == (None, True)
    path.unlink()
    read.reread()
    assert read.with_id("second") is None


def test_a_changed_file_with_a_mistake_is_told_once_and_changes_nothing(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    read = registered(path, registration("first", key=KEY))
    before = read.with_id("first")
    register(path, registration("second", key="not-a-hash-but-a-secret"))
    with caplog.at_level(logging.WARNING, "tongguan"):
        for _ in range(3):
            read.reread()
    assert read.with_id("first") is before
    assert len(caplog.records) == 1
    assert "applications.yaml:8" in caplog.text
    assert "secret" not in caplog.text
    register(path, registration("third", key=KEY))
    read.reread()
    assert read.with_id("third") is not None


def test_a_file_that_stands_is_not_read_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = registered(path, registration(key=KEY))
    before = read.with_id("health-desk")
    monkeypatch.setattr("federation.identity.applications.parse", lambda *_, **__: pytest.fail("it was read again"))
    read.reread()
    assert read.with_id("health-desk") is before


def test_no_text_of_an_application_shows_its_hash(path: Path) -> None:
    one = registered(path, registration(key=KEY)).with_id("health-desk")
    assert KEY.rpartition("$")[2] not in repr(one)


def test_the_example_of_the_operators_page_is_one() -> None:
    page = (Path(__file__).parents[3] / "docs" / "operator.md").read_text("utf-8")
    (example,) = (part.partition("```")[0] for part in page.split("```yaml\n")[1:] if part.startswith("applications:"))
    roles = frozenset({"health-analyst"})
    read = parse(example, file="operator.md", organisations=frozenset({"health-commission"}), roles=roles)
    assert list(read) == ["health-desk"]
    assert read["health-desk"].key is not None
    assert read["health-desk"].certificate is not None
