from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.settings import Settings, SettingsError


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
        "TONGGUAN_REQUEST_TIMEOUT": "2.5",
        "TONGGUAN_POLICY_PATIENCE": "0.5",
        "TONGGUAN_BODY_LIMIT": "1000",
        "TONGGUAN_CONCURRENCY": "1",
        "TONGGUAN_LOG_LEVEL": "debug",
    }
    settings = Settings.read(given_values)
    assert len(given_values) == len(fields(Settings))
    for one in fields(Settings):
        assert str(getattr(settings, one.name)) == given_values[f"TONGGUAN_{one.name.upper()}"]
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
        *(("BODY_LIMIT", value) for value in ("0", "-5", "1e6")),
        *(("CONCURRENCY", value) for value in ("0", "-1", "many")),
        *(("LOG_LEVEL", value) for value in ("", "loud", "INFO")),
        *((name, value) for name in ("HOST", "ISSUER", "AUDIENCE") for value in ("", " ")),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"TONGGUAN_{name}"):
        Settings.read({f"TONGGUAN_{name}": value})


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
