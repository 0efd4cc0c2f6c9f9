from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jwt
import pytest
from click.testing import Result

from federation.serving import listening

Call = Callable[..., Result]
OWN = ("--person", "a.b", "--organisation", "health-commission")


def claims(result: Result) -> dict[str, object]:
    assert result.exit_code == 0, result.output
    return dict(jwt.decode(result.stdout.strip(), options={"verify_signature": False}))


def test_a_token_of_a_persona(call: Call) -> None:
    assert claims(call("token", "--as", "committee"))["org"] == "huamu-committee-3"


def test_a_token_of_ones_own(call: Call) -> None:
    found = claims(call("token", *OWN, "--role", "r", "--role", "s", "--area", "310115", "--seconds", "60"))
    assert (found["sub"], found["roles"], found["areas"]) == ("a.b", ["r", "s"], ["310115"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "say who"),
        (("--person", "a.b"), "say who"),
        (("--as", "nobody"), "nobody"),
        ((*OWN, "--area", "3101"), "is no area code"),
        ((*OWN, "--seconds", "0"), "--seconds"),
        ((*OWN, "--seconds", "-5"), "--seconds"),
    ],
    ids=str,
)
def test_a_token_for_nobody(call: Call, words: tuple[str, ...], said: str) -> None:
    result = call("token", *words)
    assert (result.exit_code, said in result.output) == (2, True), result.output


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.unlink(), "identity provider"),
        (lambda path: path.write_bytes(b"half a key"), "no key that can be read"),
        (lambda path: path.chmod(0o644), "chmod 600"),
    ],
    ids=["missing", "no key", "open"],
)
def test_an_issuer_key_that_cannot_be_used(call: Call, home: Path, spoil: Callable[[Path], object], said: str) -> None:
    spoil(home / "keys" / "issuer.pem")
    result = call("token", "--as", "analyst")
    assert (result.exit_code, said in result.output) == (3, True), result.output


def test_demo_build_and_again(call: Call, tmp_path: Path) -> None:
    words = ("demo", "build", "--home", str(tmp_path / "new"), "--residents", "50")
    assert call(*words).stdout.startswith("Built the demo city")
    assert call(*words).stdout.startswith("Found the demo city")
    other = call(*words[:-1], "51")
    assert (other.exit_code, "name another directory" in other.output) == (3, True)


def test_demo_build_takes_a_day_and_divisions(call: Call, tmp_path: Path) -> None:
    divisions = tmp_path / "divisions.csv"
    divisions.write_text("code,name,tier,parent\n31,上海市,city,\n", "utf-8")
    home = tmp_path / "new"
    words = ("demo", "build", "--home", str(home), "--residents", "20", "--as-of", "2026-03-02")
    assert call(*words, "--divisions", str(divisions)).exit_code == 0
    assert json.loads((home / "city.json").read_text("utf-8"))["now"] == "2026-03-02T23:59:59+08:00"
    assert str(tmp_path) in (home / "exchange.yaml").read_text("utf-8")
    assert call(*words[:-1], "2026-03-03").exit_code == 3
    assert call(*words[:-2]).stdout.startswith("Found the demo city")


def test_demo_build_finds_the_divisions_beside_the_checkout(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "checkout").mkdir()
    monkeypatch.chdir(tmp_path / "checkout")
    words = ("demo", "build", "--residents", "20", "--home")
    assert call(*words, "without").exit_code == 0
    assert "divisions:" not in Path("without/exchange.yaml").read_text("utf-8")
    file = tmp_path / "shared" / "data" / "shanghai_divisions.csv"
    file.parent.mkdir(parents=True)
    file.write_text("code,name,tier,parent\n31,上海市,city,\n", "utf-8")
    assert call(*words, "with").exit_code == 0
    assert str(file.parent) in Path("with/exchange.yaml").read_text("utf-8")


def test_demo_build_says_what_is_wrong_with_a_database(call: Call, tmp_path: Path) -> None:
    words = ("demo", "build", "--home", str(tmp_path / "new"), "--residents", "20", "--postgres")
    for url, said in (
        ("mysql://me:hunter2@h/d", "no address"),
        ("postgresql://me:hunter2@127.0.0.1:1/d", "can't be asked"),
    ):
        result = call(*words, url)
        assert (result.exit_code, said in result.output, "hunter2" in result.output) == (3, True, False)
    assert not (tmp_path / "new").exists()


def test_demo_build_where_it_cannot(call: Call, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").touch()
    for place, said in (("file/home", "can't be written"), ("full", "holds no demo city")):
        result = call("demo", "build", "--home", str(tmp_path / place), "--residents", "50")
        assert (result.exit_code, said in result.output) == (3, True), result.output


@pytest.mark.parametrize(
    "words",
    [
        ("demo", "build", "--residents", "0"),
        ("demo", "build", "--residents", "-1"),
        ("demo", "build", "--delivery-port", "65536"),
        ("demo", "run", "--port", "-1"),
        ("demo", "run", "--port", "many"),
        ("serve", "--port", "99999"),
    ],
    ids=" ".join,
)
def test_a_number_that_is_none_is_wrong_usage(call: Call, words: tuple[str, ...]) -> None:
    assert call(*words).exit_code == 2


def test_somebody(call: Call) -> None:
    assert len(call("demo", "somebody").stdout.strip()) == 18
    for area in ("3101", "32"):
        assert call("demo", "somebody", "--area", area).exit_code == 1


def test_serve_on_a_port_in_use(call: Call) -> None:
    with listening("127.0.0.1", 0) as at:
        result = call("serve", "--port", str(at.getsockname()[1]))
    assert (result.exit_code, "choose another with --port" in result.output) == (3, True), result.output


def test_serve_with_development_tokens_that_nobody_asked_for(call: Call) -> None:
    result = call("serve", "--port", "0")
    assert (result.exit_code, "TONGGUAN_DEVELOPMENT" in result.output) == (3, True), result.output


def test_serve_with_a_source_that_is_not_as_declared(call: Call, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (home / "exchange.yaml").read_text("utf-8")
    assert "column: phone," in text
    (home / "exchange.yaml").write_text(text.replace("column: phone,", "column: telno,"), "utf-8")
    monkeypatch.setenv("TONGGUAN_DEVELOPMENT", "true")
    result = call("serve", "--port", "0")
    assert (result.exit_code, "no column telno" in result.output) == (3, True), result.output


def test_serve_on_an_address_that_is_none_of_ours(call: Call) -> None:
    result = call("serve", "--host", "192.0.2.1", "--port", "0")
    assert (result.exit_code, "192.0.2.1" in result.output) == (3, True), result.output
