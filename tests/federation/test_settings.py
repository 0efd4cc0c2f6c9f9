from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.issuing import ISSUER_KEY, make_issuer
from federation.settings import DevelopmentIssuerError, Settings, SettingsError, check_development


def test_without_an_environment_the_defaults_hold() -> None:
    settings = Settings.read({"PATH": "/bin", "PORT": "1"})
    assert settings == Settings()
    assert (settings.host, settings.port, settings.policy_patience) == ("127.0.0.1", 8000, 1.0)
    assert (settings.keys, settings.audit) == (settings.home / "keys", settings.home / "audit")


def test_every_setting_can_be_set() -> None:
    given_values = {
        "TONGGUAN_HOME": "/srv/exchange",
        "TONGGUAN_HOST": "0.0.0.0",  # noqa: S104  (text, not a socket)
        "TONGGUAN_PORT": "9000",
        "TONGGUAN_ISSUER": "https://login.example",
        "TONGGUAN_AUDIENCE": "exchange",
        "TONGGUAN_OIDC": "true",
        "TONGGUAN_TRUSTED_PROXIES": "10.0.0.7,10.1.0.0/24",
        "TONGGUAN_CLIENT_CA": "client-ca.pem",
        "TONGGUAN_DEVELOPMENT": "true",
        "TONGGUAN_PUBLIC_URL": "https://exchange.example",
        "TONGGUAN_CLIENT_ID": "tongguan-pages",
        "TONGGUAN_CLIENT_SECRET": "pages.secret",
        "TONGGUAN_SCOPES": "openid exchange",
        "TONGGUAN_SESSION_LONGEST": "3600.0",
        "TONGGUAN_SESSION_IDLE": "600.0",
        "TONGGUAN_SHADOW_POLICY": "drafts/policy.csv",
        "TONGGUAN_TRUSTED_DOCUMENTS": "lists/trusted.json",
        "TONGGUAN_REQUEST_TIMEOUT": "2.5",
        "TONGGUAN_POLICY_PATIENCE": "0.5",
        "TONGGUAN_BODY_LIMIT": "1000",
        "TONGGUAN_CONCURRENCY": "1",
        "TONGGUAN_DOCUMENT_DEPTH": "7",
        "TONGGUAN_DOCUMENT_ALIASES": "8",
        "TONGGUAN_DOCUMENT_FIELDS": "9",
        "TONGGUAN_DOCUMENT_COST": "10",
        "TONGGUAN_SAMPLE_EVERY": "3600.0",
        "TONGGUAN_RELOAD_EVERY": "0.5",
        "TONGGUAN_LOG_LEVEL": "debug",
    }
    settings = Settings.read(given_values)
    assert len(given_values) == len(fields(Settings))
    for one in fields(Settings):
        value = getattr(settings, one.name)
        assert (str(value).lower() if isinstance(value, bool) else str(value)) == given_values[
            f"TONGGUAN_{one.name.upper()}"
        ]
        assert type(getattr(settings, one.name)) is type(one.default) or one.name == "home"
    assert settings.home == Path("/srv/exchange")


def test_a_setting_that_is_none_is_refused_and_the_known_ones_named() -> None:
    with pytest.raises(SettingsError, match=r"TONGGUAN_PROT is no setting; known are .*TONGGUAN_PORT"):
        Settings.read({"TONGGUAN_PROT": "8000"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("PORT", value) for value in ("", "x", "1.5", "-1", "65536", "nan")),
        *(("REQUEST_TIMEOUT", value) for value in ("", "soon", "0", "-1", "nan", "inf", "-inf")),
        *(("POLICY_PATIENCE", value) for value in ("0", "-0.1", "nan", "inf")),
        *(("SAMPLE_EVERY", value) for value in ("", "-1", "nan", "inf", "daily")),
        *(("RELOAD_EVERY", value) for value in ("", "-1", "nan", "inf", "often")),
        *(("BODY_LIMIT", value) for value in ("0", "-5", "1e6")),
        *(("CONCURRENCY", value) for value in ("0", "-1", "many")),
        *((f"DOCUMENT_{name}", "0") for name in ("DEPTH", "ALIASES", "FIELDS", "COST")),
        *(("SESSION_LONGEST", value) for value in ("", "0", "-1", "inf")),
        *(("SESSION_IDLE", value) for value in ("0", "nan")),
        *(("TRUSTED_DOCUMENTS", value) for value in ("/etc/trusted.json", "../trusted.json", "a/../../b", "a\nb")),
        *(("SCOPES", value) for value in ("", "profile", "openid-profile")),
        *(
            ("PUBLIC_URL", value)
            for value in (
                "exchange.example",
                "http://exchange.example",  # whoever is on the way reads along
                "https://exchange.example/",
                "https://exchange.example/pages",
                "https://somebody@exchange.example",
                "javascript:alert(1)",
            )
        ),
        ("CLIENT_ID", "pages"),  # without a provider, or an address to come back to
        ("CLIENT_SECRET", "pages.secret"),  # of no client
        *(("CLIENT_SECRET", value) for value in ("/etc/passwd", "../pages.secret")),
        *(("LOG_LEVEL", value) for value in ("", "loud", "INFO")),
        *((name, value) for name in ("HOST", "ISSUER", "AUDIENCE") for value in ("", " ")),
        *((name, value) for name in ("OIDC", "DEVELOPMENT") for value in ("", "True", "yes", "1", "0", " true")),
        *(("TRUSTED_PROXIES", value) for value in ("proxy", "10.1.0.1/24", "0.0.0.0/0", "10.0.0.7;10.0.0.8", ",")),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"TONGGUAN_{name}"):
        Settings.read({f"TONGGUAN_{name}": value})


def test_what_is_not_set_is_as_in_other_defaults_where_there_are_some() -> None:
    settings = Settings.read({"TONGGUAN_PORT": "1"}, Settings(port=2, document_depth=3))
    assert (settings.port, settings.document_depth, settings.host) == (1, 3, "127.0.0.1")


def test_false_is_false() -> None:
    settings = Settings.read({"TONGGUAN_OIDC": "false", "TONGGUAN_DEVELOPMENT": "false"})
    assert (settings.oidc, settings.development) == (False, False)


@pytest.mark.parametrize("issuer", ["https://login.example/realms/city", "http://127.0.0.1:8080"])
def test_keys_are_discovered_where_nobody_on_the_way_can_change_them(issuer: str) -> None:
    assert Settings.read({"TONGGUAN_OIDC": "true", "TONGGUAN_ISSUER": issuer}).oidc


@pytest.mark.parametrize("issuer", ["http://login.example", "login.example", "https://a:b@login.example"])
def test_an_issuer_that_others_could_speak_for_is_no_place_to_discover_keys(issuer: str) -> None:
    assert Settings.read({"TONGGUAN_ISSUER": issuer}).issuer == issuer  # compared, it may be any text
    with pytest.raises(SettingsError, match=r"TONGGUAN_OIDC needs a TONGGUAN_ISSUER that is https"):
        Settings.read({"TONGGUAN_OIDC": "true", "TONGGUAN_ISSUER": issuer})


def test_proxies_are_read_as_networks() -> None:
    settings = Settings.read(
        {"TONGGUAN_TRUSTED_PROXIES": "10.0.0.7, fd00::/8", "TONGGUAN_CLIENT_CA": "certificates/client-ca.pem"}
    )
    assert [str(one) for one in settings.proxies] == ["10.0.0.7/32", "fd00::/8"]
    assert Settings().proxies == ()


@pytest.mark.parametrize("name", ["TRUSTED_PROXIES", "CLIENT_CA"])
def test_proxies_and_the_authorities_of_their_clients_are_set_together(name: str) -> None:
    with pytest.raises(SettingsError, match=r"TONGGUAN_TRUSTED_PROXIES and TONGGUAN_CLIENT_CA belong together"):
        Settings.read({f"TONGGUAN_{name}": "10.0.0.7"})


@pytest.mark.parametrize("path", ["/etc/ssl/certs/ca.pem", "../ca.pem", "certificates/../../ca.pem", "ca\0.pem"])
def test_the_authorities_stand_among_the_keys(path: str) -> None:
    with pytest.raises(SettingsError, match="TONGGUAN_CLIENT_CA is the path of a file within keys/"):
        Settings.read({"TONGGUAN_TRUSTED_PROXIES": "10.0.0.7", "TONGGUAN_CLIENT_CA": path})


def test_a_development_issuer_needs_a_configuration_that_says_so(tmp_path: Path) -> None:
    check_development(Settings(home=tmp_path))
    make_issuer(tmp_path / "keys")
    with pytest.raises(DevelopmentIssuerError, match=rf"{ISSUER_KEY} signs .* TONGGUAN_DEVELOPMENT=true"):
        check_development(Settings(home=tmp_path))
    check_development(Settings(home=tmp_path, development=True))
    check_development(Settings(home=tmp_path, oidc=True))  # its tokens are not trusted: the keys are the provider's


@pytest.mark.parametrize("port", [0, 65_535])
def test_every_port_that_there_is_may_be_named(port: int) -> None:
    assert Settings.read({"TONGGUAN_PORT": str(port)}).port == port


@given(st.dictionaries(st.sampled_from([f"TONGGUAN_{one.name.upper()}" for one in fields(Settings)]), st.text()))
def test_whatever_is_set_is_a_setting_or_a_settings_error(environment: dict[str, str]) -> None:
    try:
        settings = Settings.read(environment)
    except SettingsError:
        return
    assert settings.request_timeout > 0
    assert settings.policy_patience > 0
    assert 0 <= settings.port <= 65_535
