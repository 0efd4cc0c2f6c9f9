from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from audit.errors import AuditError
from federation.app import build_exchange, create_app
from federation.looking_after import check_sources
from federation.rules import StartError, compose_supergraph, read_catalogue
from federation.settings import Settings
from policies.registry.errors import RegistryUnavailableError
from policies.registry.registry import Registry
from tests.support.city import City, Loop


@pytest.fixture
def home(built_city: Path, tmp_path: Path) -> Path:
    """The files of a city that a test may break; its sources are linked."""
    target = tmp_path / "home"
    target.mkdir()
    for item in built_city.iterdir():
        if item.name == "keys":
            shutil.copytree(item, target / "keys")
        elif item.suffix in {".yaml", ".csv", ".json"}:
            shutil.copy(item, target)
        elif item.suffix == ".sqlite":
            (target / item.name).hardlink_to(item)
    return target


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def refused(home: Path, because: str) -> None:
    with pytest.raises(StartError, match=because):
        build_exchange(Settings(home=home))


def test_a_home_that_is_not_there(tmp_path: Path) -> None:
    refused(tmp_path / "nowhere", "tongguan demo build")


def test_a_declaration_that_is_no_text(home: Path) -> None:
    (home / "exchange.yaml").write_bytes(b"\xff\xfe\x00")
    refused(home, "can't be read")


@pytest.mark.parametrize("text", ["", "a: [", "- 1", "name: x\n"])
def test_a_declaration_that_is_none(home: Path, text: str) -> None:
    (home / "exchange.yaml").write_text(text)
    refused(home, r"exchange\.yaml")


def test_a_policy_that_is_not_there(home: Path) -> None:
    (home / "policy.csv").unlink()
    refused(home, "policy")


def test_a_mask_that_does_not_fit_its_field(home: Path) -> None:
    change(home / "exchange.yaml", "kind: partial-phone", "kind: no-such-mask")
    refused(home, r"exchange\.yaml")


def test_a_trusted_list_with_mistakes_is_refused_with_each(home: Path) -> None:
    (home / "trusted.json").write_text('{"x": "{", "y": 1}')
    with pytest.raises(StartError) as caught:
        build_exchange(Settings(home=home, trusted_documents="trusted.json"))
    assert str(caught.value).splitlines() == [
        "trusted.json: document 1: its hash is not the SHA-256 of the document, in lower-case hexadecimal",
        "trusted.json: document 1: the document is not GraphQL, or has too many tokens (line 1, column 2)",
        "trusted.json: document 2: the document is no text",
    ]


def test_a_trusted_list_that_is_not_there(home: Path) -> None:
    with pytest.raises(StartError, match=r"nowhere\.json: it can't be read"):
        build_exchange(Settings(home=home, trusted_documents="lists/nowhere.json"))


def test_a_master_key_that_others_can_read(home: Path) -> None:
    (home / "keys" / "master.key").touch(mode=0o644)
    (home / "keys" / "master.key").chmod(0o644)
    refused(home, "chmod 600")


@pytest.mark.parametrize("content", [None, "", "{"])
def test_a_key_set_that_cannot_be_read(home: Path, content: str | None) -> None:
    path = home / "keys" / "jwks.json"
    path.unlink()
    if content is not None:
        path.write_text(content)
    refused(home, "key")


def test_a_log_key_that_is_none(home: Path) -> None:
    path = home / "keys" / "log.key"
    path.write_text("PRIVATE+KEY+half")
    path.chmod(0o600)
    refused(home, "audit log")


def test_a_log_whose_directory_is_a_file(home: Path) -> None:
    (home / "audit").write_text("")
    refused(home, "audit log")


def test_a_source_that_is_not_as_declared_is_refused_when_it_is_asked(home: Path) -> None:
    change(home / "exchange.yaml", "phone", "telephone_number")
    try:
        exchange = build_exchange(Settings(home=home))
    except StartError:
        return
    loop = Loop()
    try:
        with pytest.raises(StartError, match=r"exchange\.yaml"):
            loop.run(check_sources(exchange))
    finally:
        loop.run(exchange.close())
        loop.close()


def test_the_declared_sources_compose(home: Path) -> None:
    sdl = compose_supergraph(read_catalogue(home))
    assert "join__Graph" in sdl
    assert "accesses(" in sdl


def test_live_says_so_whatever_else_is_wrong(city: City) -> None:
    response = city.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "live"})


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_another_method_of_a_path_is_not_taken_by_the_pages(city: City, path: str) -> None:
    response = city._loop.run(city._client.post(path))
    assert (response.status_code, sorted(response.headers["allow"].split(", "))) == (405, ["GET", "HEAD"])


def test_ready_while_everything_is_in_order(city: City) -> None:
    response = city.get("/health/ready")
    assert (response.status_code, response.json()) == (200, {"status": "ready", "problems": [], "notes": []})
    assert "tongguan_ready 1.0" in city.get("/metrics").text


def test_not_ready_while_the_log_fails(make_city: Callable[..., City]) -> None:
    city = make_city()
    city.exchange.log._ready = False
    response = city.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["problems"] == ["the audit log can't be written"]
    assert "tongguan_ready 0.0" in city.get("/metrics").text
    assert city.get("/health/live").status_code == 200


def test_not_ready_while_the_policy_cannot_be_read(
    make_city: Callable[..., City], monkeypatch: pytest.MonkeyPatch
) -> None:
    city = make_city(policy_patience=0.000_001)

    def unreadable(_: object) -> None:
        raise RegistryUnavailableError("the registry cannot be read")

    monkeypatch.setattr(Registry, "stamp", unreadable)
    response = city.get("/health/ready")
    assert (response.status_code, response.json()["problems"]) == (503, ["the policy can't be read"])
    assert str(city.home) not in response.text


def test_a_changed_policy_with_a_mistake_is_noted_and_the_one_before_holds(make_city: Callable[..., City]) -> None:
    city = make_city(policy_patience=0.000_001)
    with (city.home / "policy.csv").open("a") as policy:
        policy.write("p, role:nobody, everything\n")
    body = city.get("/health/ready").json()
    assert body["status"] == "ready"
    assert len(body["notes"]) == 1
    assert city.ask("analyst", "{ residents(first: 1) { nodes { area } } }").data["residents"]["nodes"]


def test_closing_puts_what_the_door_counted_on_record(make_city: Callable[..., City]) -> None:
    city = make_city()
    for _ in range(3):
        city.post({"query": "{ __typename }"})
    loop = Loop()
    loop.run(city.exchange.close())
    loop.close()
    last = city.entries()[-1][1]
    assert (last["kind"], last["counts"]) == ("unidentified", {"TOKEN_MISSING": 2})
    with pytest.raises(AuditError):
        city.exchange.log.checkpoint()


def test_the_policy_epoch_is_on_record_before_the_first_answer(make_city: Callable[..., City]) -> None:
    city = make_city()
    city.ask("analyst", "{ __typename }")
    kinds = [entry["kind"] for _, entry in city.entries()]
    assert kinds == ["act", "policy", "release"]  # the act: the first policy is taken for approved
    epochs = {entry["epoch"] for _, entry in city.entries() if entry["kind"] != "act"}
    assert len(epochs) == 1


def test_the_public_half_of_the_log_key_lies_beside_it(make_city: Callable[..., City]) -> None:
    city = make_city()
    text = (city.home / "keys" / "log.vkey").read_text()
    assert text.startswith("tongguan.local/")
    assert "PRIVATE" not in text
    assert json.loads((city.home / "keys" / "jwks.json").read_text())["keys"][0]["kty"] == "OKP"


def test_the_keys_of_the_exchange_are_published_without_a_secret(make_city: Callable[..., City]) -> None:
    city = make_city()
    response = city.get("/.well-known/tongguan/exchange-keys.json")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/jwk-set+json")
    keys = response.json()["keys"]
    public = {"kty", "crv", "x", "kid", "use"}
    assert [set(one) for one in keys] == [public | {"alg"}, public | {"alg"}, public]
    assert (city.exchange.settings.keys / "exchange.pem").stat().st_mode & 0o777 == 0o600


def test_a_key_of_the_exchange_that_others_can_read(make_city: Callable[..., City]) -> None:
    exchange = make_city().exchange
    (exchange.settings.keys / "exchange.pem").chmod(0o644)
    with pytest.raises(StartError, match=r"chmod 600 .*exchange\.pem"):
        create_app(exchange)
