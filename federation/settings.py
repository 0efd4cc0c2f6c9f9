"""Settings: the one reader of the environment. Every one is described in docs/operator.md (a test compares)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

LOG_LEVELS: Final = ("debug", "info", "warning", "error", "critical")
_LAST_PORT: Final = 65_535


class SettingsError(Exception):
    """A setting that can't be used, with what to write instead."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator sets, by environment variables `TONGGUAN_…` named like these fields.

    `home` holds exchange.yaml, policy.csv, keys/ and audit/. Times are in seconds, sizes in bytes.
    """

    home: Path = Path(".state/demo")
    host: str = "127.0.0.1"
    port: int = 8000
    issuer: str = "https://tongguan.local/issuer"
    audience: str = "tongguan"
    request_timeout: float = 10.0
    policy_patience: float = 1.0
    body_limit: int = 262_144
    concurrency: int = 64
    log_level: str = "info"

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """Read the environment.

        Raises:
            SettingsError: a `TONGGUAN_…` variable that is no setting, or a value that does not fit.
        """
        known = {f"TONGGUAN_{one.name.upper()}": one for one in fields(cls)}
        unknown = sorted(name for name in environment if name.startswith("TONGGUAN_") and name not in known)
        if unknown:
            raise SettingsError(f"{unknown[0]} is no setting; known are {', '.join(sorted(known))}")
        defaults = cls()
        given: dict[str, object] = {}
        for name, one in known.items():
            if name in environment:
                try:
                    given[one.name] = type(getattr(defaults, one.name))(environment[name])
                except ValueError:
                    raise SettingsError(f"{name} takes a value like {getattr(defaults, one.name)}") from None
        return cls(**given)  # type: ignore[arg-type]  # converted to the type of each default above

    def __post_init__(self) -> None:
        """Refuse, with a SettingsError, what can't be meant."""
        for name in ("request_timeout", "policy_patience", "body_limit", "concurrency"):
            if not 0 < getattr(self, name) < float("inf"):  # false for a nan
                raise SettingsError(f"TONGGUAN_{name.upper()} is a number above zero")
        if not 0 <= self.port <= _LAST_PORT:
            raise SettingsError(f"TONGGUAN_PORT is a number from 0 to {_LAST_PORT}; 0 takes any that is free")
        for name in ("host", "issuer", "audience"):
            if not getattr(self, name).strip():
                raise SettingsError(f"TONGGUAN_{name.upper()} is empty")
        if self.log_level not in LOG_LEVELS:
            raise SettingsError(f"TONGGUAN_LOG_LEVEL is one of {', '.join(LOG_LEVELS)}")

    @property
    def keys(self) -> Path:
        """Where the keys of this exchange are kept, readable by their owner alone."""
        return self.home / "keys"

    @property
    def audit(self) -> Path:
        """Where the log is kept."""
        return self.home / "audit"
