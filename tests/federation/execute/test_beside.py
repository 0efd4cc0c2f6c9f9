"""What an answer says of a source that gave none: its code and a sentence of ours, which an asker can act upon."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from connectors.errors import FailureKind
from federation.errors import Code
from federation.execute.beside import missing
from federation.execute.failures import CODES, Failure

SENTENCES = {
    Code.SOURCE_TIMEOUT: "street did not answer, so Query.residents is missing here.",
    Code.SOURCE_REFUSED: "street did not answer, so Query.residents is missing here.",
    Code.SOURCE_ERROR: "street answered with an error, so Query.residents or a part of it is missing here.",
    Code.SOURCE_ARGUMENT_REFUSED: "street refuses the filter, order or search by which Query.residents was asked for.",
    Code.SOURCE_PURPOSE_REFUSED: "street does not answer for this purpose or in this mode, so Query.residents is missing here.",
    Code.SOURCE_LIMIT_EXCEEDED: "street has shown as much as it does in a day, so Query.residents is missing here.",
}


@pytest.mark.parametrize(("code", "sentence"), SENTENCES.items(), ids=lambda value: getattr(value, "name", ""))
def test_each_code_has_its_sentence(code: Code, sentence: str) -> None:
    state = cast(Any, SimpleNamespace(failures=[Failure(code, "street", "Query.residents", ("residents",))]))
    assert missing(state) == [
        {
            "message": sentence,
            "path": ["residents"],
            "extensions": {"code": code.name, "source": "street", "coordinate": "Query.residents"},
        }
    ]


def test_each_way_in_which_a_source_fails_has_a_code_of_its_own() -> None:
    assert CODES.keys() == set(FailureKind)
    assert len(set(CODES.values())) == len(CODES)
    assert {code.status for code in CODES.values()} == {200}
