from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, ClassVar, Self

import pytest

import masking
from masking import (
    MASKS,
    Mask,
    MaskParametersError,
    UnknownMaskError,
    make,
    make_companion,
)
from masking.redact import Redact
from vocabulary.catalogue import MaskDeclaration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from masking import ColumnMask, Setting


@dataclass(frozen=True)
class Shout(Mask):
    kind: ClassVar[str] = "shout"
    fits: ClassVar[frozenset[str]] = frozenset({"String"})

    @classmethod
    def parse(cls, parameters: Mapping[str, object]) -> Self:
        if parameters:
            raise MaskParametersError("none")
        return cls()

    def compile(self, setting: Setting) -> ColumnMask:
        return lambda column: [setting.domain for _ in column]


@dataclass(frozen=True)
class OpenRedact(Shout):
    kind: ClassVar[str] = "redact"


def declared(kind: str, **parameters: object) -> MaskDeclaration:
    return MaskDeclaration("mine", kind, parameters)


def plug_in(monkeypatch: pytest.MonkeyPatch, *points: tuple[str, str]) -> None:
    installed = [EntryPoint(name, value, "tongguan.masks") for name, value in points]

    def found(*, group: str, name: str) -> list[EntryPoint]:
        return [point for point in installed if (point.group, point.name) == (group, name)]

    monkeypatch.setattr(masking, "entry_points", found)
    monkeypatch.setattr(EntryPoint, "load", lambda point: globals()[point.value])


def test_kinds_are_distinct() -> None:
    assert len({mask.kind for mask in MASKS}) == len(MASKS)


def test_an_unknown_kind_is_refused_with_those_that_exist() -> None:
    with pytest.raises(UnknownMaskError, match=r"'redcat' is no kind of mask; write one of .*redact"):
        make(declared("redcat"))


@pytest.mark.parametrize(
    ("declaration", "text"),
    [
        (declared("redact", keep=1), "'keep' is no parameter here; write none"),
        (declared("pseudonym", key="x"), "'key' is no parameter here"),
        (declared("pairwise"), "'label' is missing"),
        (declared("pairwise", label="Resident"), "label: 'Resident' is no word of lower-case letters"),
        (declared("pairwise", label="resident", key="x"), "'key' is no parameter here; write label"),
        (declared("partial-identity", keep=4), "'keep' is no parameter here"),
        (declared("partial-name"), "'keep' is missing"),
        (declared("partial-name", keep="all"), "'all' is none of ends, surname"),
        (declared("partial-name", keep=["ends"]), "none of ends, surname"),
        (declared("partial-phone"), "'keep' is missing"),
        (declared("partial-phone", keep=5), "5 is no number of digits from 0 to 4"),
        (declared("partial-phone", keep=-1), "-1 is no number"),
        (declared("partial-phone", keep=True), "True is no number"),
        (declared("partial-phone", keep="4"), "'4' is no number"),
        (declared("partial-address", level="house"), "'house' is none of district, street"),
        (declared("partial-address", level="street", tail=1), "'tail' is no parameter here; write level"),
    ],
)
def test_wrong_parameters_are_refused_with_what_to_write(declaration: MaskDeclaration, text: str) -> None:
    with pytest.raises(MaskParametersError) as raised:
        make(declaration)
    assert "mask 'mine'" in str(raised.value)
    assert text in str(raised.value)


def test_a_plug_in_brings_a_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(monkeypatch, ("shout", "Shout"))
    assert make(declared("shout")) == Shout()


def test_a_plug_in_cannot_replace_a_kind_of_the_house(monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(monkeypatch, ("redact", "OpenRedact"))
    assert type(make(declared("redact"))) is Redact


@pytest.mark.parametrize(
    ("points", "text"),
    [
        ((("shout", "Shout"), ("shout", "Shout")), "2 plug-ins call themselves 'shout'"),
        ((("shout", "OpenRedact"),), "no mask of the kind 'shout'"),
        ((("shout", "declared"),), "no mask of the kind 'shout'"),
    ],
)
def test_a_plug_in_that_is_not_what_it_says_is_refused(
    monkeypatch: pytest.MonkeyPatch, points: tuple[tuple[str, str], ...], text: str
) -> None:
    plug_in(monkeypatch, *points)
    with pytest.raises(UnknownMaskError, match=text):
        make(declared("shout"))


def test_an_unknown_companion_is_refused_with_those_that_exist() -> None:
    with pytest.raises(UnknownMaskError, match="'age' is no kind of companion; write one of age-band"):
        make_companion("age", {})


def test_a_companion_is_made_with_its_parameters() -> None:
    assert make_companion("age-band", {"edges": [18, 60]}).labels == ("0-17", "18-59", "60+")
