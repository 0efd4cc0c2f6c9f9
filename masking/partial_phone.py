"""`partial-phone`: the network's or town's leading digits and a few trailing ones.

Sources of the shapes: Chinese mobile numbers have eleven digits from 13 to 19, landlines a trunk code of three or
four digits and seven or eight more (GF 002-9002.2, the telephone network numbering plan); others as ITU-T E.164.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Self

from masking.contract import ColumnMask, Mask, Setting
from masking.errors import MaskParametersError
from masking.parameters import is_int, take_only

if TYPE_CHECKING:
    from collections.abc import Mapping

_PHONE: Final = re.compile(
    r"(?P<plus>(?:\+|00)86[ -]?)?(?P<mobile>1[3-9][0-9])[ -]?(?P<mobile_rest>[0-9]{4}[ -]?[0-9]{4})"
    r"|(?P<trunk>0(?:10|2[0-9]|[3-9][0-9]{2}))[ -]?(?P<landline_rest>[0-9]{7,8})"
    r"|\+(?P<foreign>[1-9][0-9 -]{6,18}[0-9])"
)
_HIDDEN_AT_LEAST: Final = 4
_MOST_KEPT: Final = 4
_SHORTEST_FOREIGN, _LONGEST_FOREIGN = 8, 15
_MOBILE_LENGTH: Final = 11


@dataclass(frozen=True)
class PartialPhone(Mask):
    """Shows the first digits and the last `keep` (0 to 4): 13812345678 → 138****5678, at `keep: 0` 138********.

    A landline shows its trunk code (021-****5678), another country's number only its plus sign. At least four digits
    are always hidden, so a short number keeps fewer. Anything that is no phone number becomes None.
    """

    kind: ClassVar[str] = "partial-phone"
    fits: ClassVar[frozenset[str]] = frozenset({"String"})

    keep: int

    @classmethod
    def parse(cls, parameters: Mapping[str, object]) -> Self:
        """`keep`: how many trailing digits are shown."""
        take_only(parameters, "keep")
        keep = parameters["keep"]
        if not isinstance(keep, int) or not is_int(keep) or not 0 <= keep <= _MOST_KEPT:
            raise MaskParametersError(f"keep: {keep!r} is no number of digits from 0 to {_MOST_KEPT}")
        return cls(keep)

    def compile(self, setting: Setting) -> ColumnMask:  # noqa: ARG002  (the same for everyone)
        """Nothing depends on the setting."""
        keep, other = self.keep, self._other
        stars, tail = "*" * (8 - keep), _MOBILE_LENGTH - keep

        # Nearly every cell is a bare mobile number; the general pattern costs four times as much.
        def cell(phone: str) -> str | None:
            if len(phone) == _MOBILE_LENGTH and "13" <= phone[:2] <= "19" and phone.isascii() and phone.isdigit():
                return f"{phone[:3]}{stars}{phone[tail:]}"
            return other(phone)

        return lambda column: [cell(value) if type(value) is str else None for value in column]

    def _other(self, phone: str) -> str | None:
        match = _PHONE.fullmatch(phone)
        if match is None:
            return None
        if match["mobile"]:
            return ("+86 " if match["plus"] else "") + match["mobile"] + self._stars(match["mobile_rest"])
        if match["trunk"]:
            return f"{match['trunk']}-{self._stars(match['landline_rest'])}"
        digits = match["foreign"].replace(" ", "").replace("-", "")
        return "+" + self._stars(digits) if _SHORTEST_FOREIGN <= len(digits) <= _LONGEST_FOREIGN else None

    def _stars(self, number: str) -> str:
        digits = number.replace(" ", "").replace("-", "")
        hidden = len(digits) - min(self.keep, len(digits) - _HIDDEN_AT_LEAST)
        return "*" * hidden + digits[hidden:]
