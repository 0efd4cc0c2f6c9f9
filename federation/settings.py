"""Settings: the one reader of the environment. Every one is described in docs/operator.md (a test compares)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path, PurePosixPath
from typing import Final

from federation.identity.addresses import Network, is_confidential, is_origin, networks
from federation.issuing import ISSUER_KEY

LOG_LEVELS: Final = ("debug", "info", "warning", "error", "critical")
_ABOVE_ZERO: Final = (
    "request_timeout",
    "policy_patience",
    "body_limit",
    "concurrency",
    "document_depth",
    "document_aliases",
    "document_fields",
    "document_cost",
    "session_longest",
    "session_idle",
)
_LAST_PORT: Final = 65_535


class SettingsError(Exception):
    """A setting that can't be used, with what to write instead."""


class DevelopmentIssuerError(SettingsError):
    """Development tokens would be trusted where nobody said that this is an exchange for development."""


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
    oidc: bool = False
    trusted_proxies: str = ""
    client_ca: str = ""
    development: bool = False
    public_url: str = ""
    client_id: str = ""
    client_secret: str = ""
    scopes: str = "openid"
    session_longest: float = 28_800.0
    session_idle: float = 1_800.0
    shadow_policy: str = ""
    trusted_documents: str = ""
    request_timeout: float = 10.0
    policy_patience: float = 1.0
    body_limit: int = 262_144
    concurrency: int = 64
    document_depth: int = 12
    document_aliases: int = 60
    document_fields: int = 1_000
    document_cost: int = 100_000
    sample_every: float = 86_400.0
    reload_every: float = 5.0
    log_level: str = "info"

    @classmethod
    def read(cls, environment: Mapping[str, str], defaults: Settings | None = None) -> Settings:
        """Read the environment; what it does not set is as in `defaults`.

        Raises:
            SettingsError: a `TONGGUAN_…` variable that is no setting, or a value that does not fit.
        """
        known = {f"TONGGUAN_{one.name.upper()}": one for one in fields(cls)}
        unknown = sorted(name for name in environment if name.startswith("TONGGUAN_") and name not in known)
        if unknown:
            raise SettingsError(f"{unknown[0]} is no setting; known are {', '.join(sorted(known))}")
        defaults = defaults or cls()
        given: dict[str, object] = {}
        for name, one in known.items():
            if name in environment:
                given[one.name] = _converted(name, environment[name], getattr(defaults, one.name))
        return replace(defaults, **given)  # type: ignore[arg-type]  # converted to the type of each default above

    def __post_init__(self) -> None:
        """Refuse, with a SettingsError, what can't be meant."""
        for name in _ABOVE_ZERO:
            if not 0 < getattr(self, name) < float("inf"):  # false for a nan
                raise SettingsError(f"TONGGUAN_{name.upper()} is a number above zero")
        if not 0 <= self.sample_every < float("inf"):
            raise SettingsError("TONGGUAN_SAMPLE_EVERY is a number of seconds; with 0 no samples are taken")
        if not 0 <= self.reload_every < float("inf"):
            raise SettingsError("TONGGUAN_RELOAD_EVERY is a number of seconds; with 0 only SIGHUP takes another graph")
        if not 0 <= self.port <= _LAST_PORT:
            raise SettingsError(f"TONGGUAN_PORT is a number from 0 to {_LAST_PORT}; 0 takes any that is free")
        for name in ("host", "issuer", "audience"):
            if not getattr(self, name).strip():
                raise SettingsError(f"TONGGUAN_{name.upper()} is empty")
        if self.log_level not in LOG_LEVELS:
            raise SettingsError(f"TONGGUAN_LOG_LEVEL is one of {', '.join(LOG_LEVELS)}")
        if not _is_within(self.trusted_documents):
            raise SettingsError("TONGGUAN_TRUSTED_DOCUMENTS is the path of a file within the home, as in trusted.json")
        self._check_identity()
        self._check_pages()

    def _check_identity(self) -> None:
        if self.oidc and not is_confidential(self.issuer):
            raise SettingsError("TONGGUAN_OIDC needs a TONGGUAN_ISSUER that is https, or http on loopback")
        try:
            proxies = networks(self.trusted_proxies)
        except ValueError:
            remedy = "addresses or networks with commas between, as in 10.0.0.7,10.1.0.0/24"
            raise SettingsError(f"TONGGUAN_TRUSTED_PROXIES takes {remedy}") from None
        if bool(proxies) != bool(self.client_ca):
            raise SettingsError("TONGGUAN_TRUSTED_PROXIES and TONGGUAN_CLIENT_CA belong together: set both, or none")
        if not _is_within(self.client_ca):
            raise SettingsError(
                "TONGGUAN_CLIENT_CA is the path of a file within keys/ of the home, as in client-ca.pem"
            )

    def _check_pages(self) -> None:
        """Sign-in on the pages: a browser must be able to come back, and nobody on the way may read along."""
        if self.public_url and not (is_confidential(self.public_url) and is_origin(self.public_url)):
            raise SettingsError(
                "TONGGUAN_PUBLIC_URL is where browsers reach the pages: https, or http on loopback, without a path, as "
                "in https://exchange.example"
            )
        if self.client_secret and not _is_within(self.client_secret):
            raise SettingsError("TONGGUAN_CLIENT_SECRET is the path of a file within keys/ of the home")
        if self.client_secret and not self.client_id:
            raise SettingsError("TONGGUAN_CLIENT_SECRET is of a client: set TONGGUAN_CLIENT_ID too")
        if self.client_id and not (self.oidc and self.public_url):
            raise SettingsError("TONGGUAN_CLIENT_ID needs TONGGUAN_OIDC=true and a TONGGUAN_PUBLIC_URL to come back to")
        if "openid" not in self.scopes.split():
            raise SettingsError("TONGGUAN_SCOPES holds openid, and others with spaces between")

    @property
    def keys(self) -> Path:
        """Where the keys of this exchange are kept, readable by their owner alone."""
        return self.home / "keys"

    @property
    def audit(self) -> Path:
        """Where the log is kept."""
        return self.home / "audit"

    @property
    def proxies(self) -> tuple[Network, ...]:
        """The peers that may forward client certificates."""
        return networks(self.trusted_proxies)


def _is_within(name: str) -> bool:
    """Whether a name is that of a file below a directory."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and name.isprintable()


def check_development(settings: Settings) -> None:
    """See that development tokens are trusted only where the configuration says so.

    Raises:
        DevelopmentIssuerError: keys/ holds the private key of a development issuer, whose tokens would be trusted.
    """
    if settings.development or settings.oidc or not (settings.keys / ISSUER_KEY).exists():
        return
    raise DevelopmentIssuerError(
        f"{settings.keys / ISSUER_KEY} signs development tokens, with which anybody who reads it can be anybody: delete"
        " it and put the key set of your identity provider into jwks.json, or say TONGGUAN_OIDC=true; for a city of"
        " made-up people say TONGGUAN_DEVELOPMENT=true"
    )


def _converted(name: str, text: str, default: object) -> object:
    """The text as a value of the default's type."""
    if isinstance(default, bool):  # bool("false") would be true
        if text not in {"true", "false"}:
            raise SettingsError(f"{name} takes true or false")
        return text == "true"
    try:
        return type(default)(text)  # type: ignore[call-arg]  # text, numbers and paths are all made of a text
    except ValueError:
        raise SettingsError(f"{name} takes a value like {default}") from None
