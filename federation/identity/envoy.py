"""How other exchanges are told who asks: by passports, one for each sending, each resting on an entry of our log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from federation.errors import InternalError
from federation.identity.passport import HEADER, PassportOffice, Reference
from vocabulary.catalogue import Catalogue
from vocabulary.principal import Mode, Principal, Standing

Headers: TypeAlias = Callable[[], Mapping[str, str]]
Vouch: TypeAlias = Callable[[str, int], Headers]
"""A source that is another exchange, and the entry of our log → the headers of one sending, made anew for each."""

_ITSELF: Final = "exchange"


def nobody(source: str, entry: int) -> Headers:
    """For whom no exchange is asked."""
    raise InternalError(f"{source} would be asked for nobody, by entry {entry}")


class Envoy:
    """Speaks to other exchanges in the name of this one. `origin` is its log's name."""

    def __init__(self, office: PassportOffice, catalogue: Catalogue, origin: str) -> None:
        self._office = office
        self._catalogue = catalogue
        self._origin = origin

    def speak_for(self, principal: Principal, standing: Standing) -> Vouch:
        """Vouch for somebody, who asks for the purpose of the standing, under its agreement and in its mode."""
        return lambda source, entry: (
            lambda: self._passport(
                source, principal, (standing.purpose, standing.agreement, standing.mode), Reference(self._origin, entry)
            )
        )

    def speak_for_us(self, source: str) -> Headers:
        """Ask for the exchange itself, which has no role and no area: what is said of the schema is for anybody."""
        itself = Principal(_ITSELF, self._catalogue.operator, "", frozenset(), ())
        purpose = next(iter(self._catalogue.purposes))
        return lambda: self._passport(source, itself, (purpose, "", Mode.ORDINARY), None)

    def _passport(
        self, source: str, principal: Principal, why: tuple[str, str, Mode], receipt: Reference | None
    ) -> Mapping[str, str]:
        said = self._catalogue.sources[source].options.get(_ITSELF)
        audience = said if isinstance(said, str) else source  # a subgraph that is no exchange goes by its name here
        purpose, agreement, mode = why
        issued = self._office.issue(
            principal, source=audience, purpose=purpose, agreement=agreement, mode=mode, receipt=receipt
        )
        return {HEADER: issued}
