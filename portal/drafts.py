"""What an agreement would need to say: the requests that withheld fields bring along, one draft for each organisation.

A draft is that of `tongguan agreement draft` and of `Mutation.draftAgreement`; the legal basis and the end are a
steward's to add (docs/steward.md).
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from portal.answer import Withheld

_DOCUMENT: Final = """\
mutation Draft(
  $owner: String!, $wishes: [String!]!, $rows: String!, $purpose: String!, $mode: String
  $basis: String!, $end: DateTime!
) {
  draftAgreement(
    owner: $owner, wishes: $wishes, rows: $rows, purpose: $purpose, mode: $mode, basis: $basis, end: $end
  ) { number step }
}
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft: of whom what is wished, on which rows, for which purpose."""

    owner: str
    wishes: tuple[str, ...]
    rows: str
    purpose: str
    mode: str

    @property
    def command(self) -> str:
        """As a command of a data steward."""
        words = ["tongguan agreement draft", f"--owner {shlex.quote(self.owner)}", f"--for {shlex.quote(self.purpose)}"]
        words += [f"--mode {shlex.quote(self.mode)}"] if self.mode else []
        words += [f"--wish {shlex.quote(wish)}" for wish in self.wishes]
        return " \\\n  ".join([*words, f"--rows {shlex.quote(self.rows)}", "--basis '…'", "--end YYYY-MM-DD"])

    @property
    def document(self) -> str:
        """As a document for the graph."""
        return _DOCUMENT

    @property
    def variables(self) -> str:
        """Its variables, as JSON; what a steward adds is left empty."""
        given: dict[str, object] = {
            "owner": self.owner,
            "wishes": list(self.wishes),
            "rows": self.rows,
            "purpose": self.purpose,
            **({"mode": self.mode} if self.mode else {}),
            "basis": "",
            "end": "",
        }
        return json.dumps(given, ensure_ascii=False, indent=2)


def drafts(withheld: Sequence[Withheld]) -> tuple[Draft, ...]:
    """The drafts that would show what is withheld, as far as an agreement could."""
    wishes: dict[tuple[str, str, str, str], dict[str, None]] = {}
    for one in withheld:
        if one.request:
            key = (
                str(one.request["owner"]),
                str(one.request["rows"]),
                str(one.request["purpose"]),
                str(one.request.get("mode", "")),
            )
            wishes.setdefault(key, {}).update(dict.fromkeys(map(str, one.request["wishes"])))
    return tuple(
        Draft(owner, tuple(wished), rows, purpose, mode) for (owner, rows, purpose, mode), wished in wishes.items()
    )
