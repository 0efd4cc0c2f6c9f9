"""What is known of the data behind the catalogue: per type, how fresh and how good; kept over restarts, counts alone.

The file in the home holds what the catalogue shows and nothing finer, so it is no secret and is worth no backup. All
processes of a home share it: what one has sampled, the others need not ask for again. What can't be read of it, or is
about a type that was declared otherwise, is as if it had never been known.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from federation.exchange.entries import NOT_SAMPLED, UNKNOWN, Found
from federation.exchange.own import OWN_SOURCES
from federation.exchange.quality import Quality, Rates
from federation.keys import write_whole
from federation.schema.facts import FieldFacts, FieldKind
from federation.schema.supergraph import Supergraph
from vocabulary.catalogue import Catalogue, TypeDeclaration
from vocabulary.coordinate import Coordinate
from vocabulary.moment import CITY_ZONE
from vocabulary.values import Value

DIRECTORY: Final = "catalogue"
FILE: Final = "observed.json"
_LARGEST: Final = 4 * 1024 * 1024
_LOGGER: Final = logging.getLogger("tongguan.catalogue")

TOO_FEW: Final = "not yet: 行数不足一百 · fewer than 100 rows, of which a figure could tell about a person"
SWITCHED_OFF: Final = "not yet: 未启用抽样 · the operator takes no samples"
OWN_RECORDS: Final = "never: 平台自身的记录不抽样 · the exchange's own records are not sampled"
_NO_VALUES: Final = "never: 自身无值 · it has no values of its own: see the type that it leads to"
_COMPUTED: Final = "never: 由平台计算 · it is computed when it is asked for"
_ACT: Final = "never: 操作无数据 · an act has no data"
_OF_KIND: Final = {FieldKind.RELATION: _NO_VALUES, FieldKind.COMPANION: _COMPUTED, FieldKind.ACT: _ACT}


@dataclass(frozen=True, slots=True)
class Observation:
    """Of one type: its quality with the moment of its sample, or the `gap` that says why there is none.

    `declared` is the digest of the declaration that the sample was taken by. Moments are aware.
    """

    declared: str = ""
    sampled_at: dt.datetime | None = None
    quality: Quality = field(default_factory=Quality)
    gap: str | None = NOT_SAMPLED


class Observed:
    """Holds observations. Used from one event loop."""

    def __init__(self, catalogue: Catalogue, supergraph: Supergraph, home: Path) -> None:
        self._path = home / DIRECTORY / FILE
        others = (source for name, source in catalogue.sources.items() if name not in OWN_SOURCES)
        self._types = {declared.name: declared for source in others for declared in source.types}
        self._supergraph = supergraph
        self._known: dict[str, Observation] = {}
        self._changed: dict[str, dt.datetime] = {}
        self._version = 0
        self._stamp: tuple[int, int] | None = None
        self.catch_up()

    def of(self, type_name: str) -> Observation:
        """What is known of a type."""
        return self._known.get(type_name, Observation())

    def found(self) -> Found:
        """The same, as entries show it."""
        return Found(self._version, self._shown)

    def sampled(self, type_name: str, quality: Quality, at: dt.datetime) -> None:
        """Put a sample in place of the one before."""
        gap = TOO_FEW if quality.sampled is None else None
        minute = at.astimezone(dt.UTC).replace(second=0, microsecond=0)
        self._know(type_name, Observation(digest(self._types[type_name]), minute, quality, gap))

    def keep(self) -> None:
        """Put all samples into the file.

        Raises:
            OSError: it can't be written; this process knows them all the same.
        """
        taken = {name: one for name, one in self._known.items() if one.sampled_at is not None}
        text = json.dumps({name: _written(one) for name, one in sorted(taken.items())}, indent=1, ensure_ascii=False)
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(self._path, text.encode(), os.replace)

    def missing(self, type_name: str, gap: str) -> None:
        """Say why there is no sample of a type; one that was taken before stands until it is taken anew."""
        if self.of(type_name).sampled_at is None:
            self._know(type_name, Observation(gap=gap))

    def changed(self, moments: Mapping[str, dt.datetime | None]) -> None:
        """When types last changed; None: not known. Rounded down: to the hour, or to the day where it is about people.

        Who knows when somebody was tested, and that the table of tests changed in that second, knows too much.
        """
        for name, at in moments.items():
            shown = None if at is None else self._rounded(name, at)
            if name in self._types and self._changed.get(name) != shown:
                self._version += 1
                self._changed.pop(name, None)
                if shown is not None:
                    self._changed[name] = shown

    def catch_up(self) -> None:
        """Take over what other processes of this home have sampled meanwhile."""
        try:
            status = self._path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            if stamp == self._stamp or status.st_size > _LARGEST:
                return
            said = json.loads(self._path.read_bytes())
            read = {name: _read(one) for name, one in said.items() if name in self._types}
        except FileNotFoundError:
            return
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            _LOGGER.warning("what was sampled before can't be read, and is sampled again: %s", type(error).__name__)
            return
        self._stamp = stamp
        for name, one in read.items():
            mine = self.of(name).sampled_at
            if one.declared == digest(self._types[name]) and (mine is None or (one.sampled_at or mine) > mine):
                self._know(name, one)

    def _know(self, type_name: str, observation: Observation) -> None:
        if self._known.get(type_name) != observation:
            self._known[type_name] = observation
            self._version += 1

    def _rounded(self, type_name: str, at: dt.datetime) -> dt.datetime:
        if self._is_personal(type_name):
            return at.astimezone(CITY_ZONE).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(dt.UTC)
        return at.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)

    def _is_personal(self, type_name: str) -> bool:
        facts = self._supergraph.types.get(type_name)
        return facts is None or facts.subject is not None

    def _shown(self, coordinate: Coordinate, facts: FieldFacts) -> Mapping[str, Value]:
        """The columns of an entry that tell of its data."""
        of = facts.type if facts.kind is FieldKind.RELATION else coordinate.type
        if of not in self._types:
            return {**UNKNOWN, "gap": _OF_KIND.get(facts.kind, OWN_RECORDS)}
        known = self.of(of)
        rates = known.quality.rates.get(coordinate.field, Rates())
        told = facts.kind not in _OF_KIND
        return {
            # Of a handful of people, even the day tells of one of them: there must be known to be more.
            "lastChanged": None if known.quality.sampled is None and self._is_personal(of) else self._changed.get(of),
            "rows": known.quality.rows,
            "sampled": known.quality.sampled,
            "nulls": rates.nulls if told else None,
            "duplicates": rates.duplicates if told else None,
            "outside": rates.outside if told else None,
            "sampledAt": known.sampled_at,
            "gap": known.gap if told else _OF_KIND[facts.kind],
        }


def digest(declared: TypeDeclaration) -> str:
    """What a sample depends on in a declaration."""
    fields = [(one.name, one.column, one.scalar, one.identifier, one.codes) for one in declared.fields]
    references = [(one.name, one.column) for one in declared.references]
    return hashlib.sha256(repr((declared.table, declared.key, fields, references)).encode()).hexdigest()[:32]


def _written(one: Observation) -> dict[str, Any]:
    at = None if one.sampled_at is None else one.sampled_at.isoformat()
    return {"declared": one.declared, "at": at, "gap": one.gap, "quality": asdict(one.quality)}


def _read(said: Mapping[str, Any]) -> Observation:
    """An observation of the file; ValueError, TypeError or KeyError where it is none."""
    at, quality = dt.datetime.fromisoformat(said["at"]), said["quality"]
    if at.tzinfo is None:
        raise ValueError("a moment without its offset")
    rates = {
        str(name): Rates(**{of: _figure(one) for of, one in figures.items()})
        for name, figures in quality["rates"].items()
    }
    gap = None if said["gap"] is None else str(said["gap"])
    figures = Quality(_figure(quality["sampled"]), _figure(quality["rows"]), rates)
    return Observation(str(said["declared"]), at, figures, gap)


def _figure(value: object) -> int | None:
    if value is not None and type(value) is not int:
        raise TypeError("a figure that is no whole number")
    return value
