"""`partial-address`: a Chinese address, cut after its district or street.

An address is free text, so the pattern errs on the coarse side: a name that holds a sign of a road or a house is not
taken for a street's, and the cut falls one level higher (曹路镇 reads as a road: the district is shown). What no
pattern can tell apart is a road whose own name begins with a whole town's (杨镇大桥路): where that matters, declare
`level: district`.
Source of the levels: GB/T 23705, the place names and addresses of the digital city: province, city, district or
county, street or town, then road, lane and house.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Literal, Self, cast

from masking.contract import ColumnMask, Mask, Setting
from masking.han import han_class
from masking.parameters import choice, take_only

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vocabulary.values import Column

_PROVINCES: Final = (
    "(?:上海|北京|天津|重庆)市?|(?:香港|澳门)(?:特别行政区)?|(?:内蒙古|广西|西藏|宁夏|新疆)(?:壮族|回族|维吾尔)?(?:自治区)?"
    "|(?:河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾)省?"
)
_ROAD_OR_HOUSE: Final = "路街巷弄道号室楼幢栋座组"
_NOT_A_ROAD: Final = f"(?![东南西北中前后大小新老一二三四五六七八九十]{{0,2}}[{_ROAD_OR_HOUSE}])"
"""After the sign of a level: 老镇北路 and 红旗路 are roads."""
_MUNICIPALITY: Final = "(?<![超夜菜闹集])市(?![口场])"
"""菜市口 is a place, 超市 a shop."""

_UPPER: Final = han_class("省市区县镇乡" + _ROAD_OR_HOUSE)
_LOWER: Final = han_class("区镇乡" + _ROAD_OR_HOUSE)
_ADDRESS: Final = re.compile(
    rf"(?P<province>{_PROVINCES})?\s?"
    rf"(?P<city>(?:景德镇|新乡|萍乡|镇?{_UPPER}{{1,8}}?)(?:{_MUNICIPALITY}|自治州|地区|盟){_NOT_A_ROAD})?\s?"
    rf"(?P<district>[市镇乡]?{_UPPER}{{1,8}}?(?:(?<![小园社厂校片库院])区|县|旗|{_MUNICIPALITY}){_NOT_A_ROAD})?\s?"
    rf"(?P<street>{_LOWER}{{1,7}}?(?:[路镇]?街道(?!口)|(?<![小水古老])[镇乡]{_NOT_A_ROAD}))?"
)
_STREET: Final = _ADDRESS.groupindex["street"]


@dataclass(frozen=True)
class PartialAddress(Mask):
    """Shows an address down to `level`: `district` (区, 县) or `street` (街道, 镇, 乡).

    上海市浦东新区花木街道花木路123弄4号502室 → 上海市浦东新区花木街道. Where the level is not found, the cut falls
    after the finest coarser one; where none is found, the cell becomes None. Road, lane and house are never shown. A
    cell that ends at its level already is shown as it is: it holds nothing finer.
    """

    kind: ClassVar[str] = "partial-address"
    fits: ClassVar[frozenset[str]] = frozenset({"String"})

    level: Literal["district", "street"]

    @classmethod
    def parse(cls, parameters: Mapping[str, object]) -> Self:
        """`level`: `district` or `street`."""
        take_only(parameters, "level")
        return cls(cast('Literal["district", "street"]', choice(parameters, "level", ("district", "street"))))

    def compile(self, setting: Setting) -> ColumnMask:  # noqa: ARG002  (the same for everyone)
        """Nothing depends on the setting."""
        if self.level == "street":
            return _column_to_street
        return lambda column: [_to_district(value) if type(value) is str else None for value in column]


def _column_to_street(column: Column) -> Column:
    """`_to_street` of each cell; a cell that begins like the one before is cut where that was.

    A page lists neighbours, and the pattern costs ten times a comparison. The cut of an address that was cut after
    街道 rests on nothing behind it but that no 口 follows: no part of the pattern reads across 街 or 道 to get there.
    """
    masked: Column = []
    before, end = "", 0
    for value in column:
        if type(value) is not str:
            masked.append(None)
        elif end and value.startswith(before) and value[end : end + 1] != "口":
            masked.append(before)
        else:
            masked.append(shown := _to_street(value))
            before, end = (shown, len(shown)) if shown and shown.endswith("街道") else ("", 0)
    return masked


def _to_district(address: str) -> str | None:
    match = _ADDRESS.match(address)
    if match is None:
        return None
    end = max(match.end("province"), match.end("city"), match.end("district"))
    return address[:end] if end > 0 else None


def _to_street(address: str) -> str | None:
    match = _ADDRESS.match(address)
    if match is None or (finest := match.lastindex) is None:
        return None
    if finest == _STREET and not address[: match.start(_STREET)].strip():
        return None  # a street alone may be anything: 罗马假日镇 is a housing estate
    return address[: match.end(finest)]
