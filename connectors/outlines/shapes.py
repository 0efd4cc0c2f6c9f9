"""What values look like: one question a function, all in one visible table.

Sources of the shapes: GB 11643 (resident identity numbers), GB 32100 (unified social credit codes), GB/T 2260 and the
statistical division codes (areas), GA 36 (plates), GF 002-9002.2 (telephone numbers), ISO 8601 (dates).
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from vocabulary.area import Area, NotAnAreaError
from vocabulary.outline import Shape

_IDENTITY: Final = re.compile(r"[1-9]\d{16}[\dXx]", re.ASCII)
_IDENTITY_CHECKS: Final = "10X98765432"
_CREDIT: Final = re.compile(r"[159ANY][1-9]\d{6}[0-9A-HJ-NP-RTUWXY]{10}", re.ASCII)
_CREDIT_SIGNS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_MODULUS: Final = 31
_MOBILE: Final = re.compile(r"(\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}", re.ASCII)
_LANDLINE: Final = re.compile(r"0\d{2,3}[ -]?\d{7,8}", re.ASCII)
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_HAN: Final = "\u3400-\u9fff"
_SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟"
    "谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤欧诸司上"
)
_PERSON: Final = re.compile(rf"[{_SURNAMES}][{_HAN}]{{1,3}}")
_ADDRESS: Final = re.compile(
    rf"(?=.*[路街弄道巷村镇乡区县])(?=.*(\d|[一二三四五六七八九十]).*[号弄室楼幢栋组])[{_HAN}].*"
)
_PLATE: Final = re.compile(r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·\- ]?[A-Z0-9]{5,6}")
_PROVINCES: Final = frozenset(
    f"{region}{place}"
    for region, places in {1: 5, 2: 3, 3: 7, 4: 6, 5: 4, 6: 5}.items()
    for place in range(1, places + 1)
) | {"50", "71", "81", "82"}
"""GB/T 2260: the first digit is a region, the second a province or municipality in it."""
_WHOLE: Final = re.compile(r"-?(0|[1-9]\d{0,17})", re.ASCII)
_DECIMAL: Final = re.compile(r"-?\d{1,15}\.\d{1,15}", re.ASCII)
_TRUTHS: Final = frozenset({"true", "false"})
_DATE_LENGTH: Final = len("2024-05-01")
_SHORTEST_MOMENT: Final = len("2024-05-01T08:30")
_LONG_AGO: Final = dt.timedelta(days=30 * 365)
_LONG_TEXT: Final = 60
_FULL_WIDTH: Final = re.compile("[０-９]")
_LATEST_AREA: Final = 15


def count(values: Sequence[object]) -> Mapping[Shape, int]:
    """How many of the values have each shape; those that none has are left out."""
    texts = [_text(value) for value in values]
    counted = {shape: sum(map(asked, texts)) for shape, asked in SHAPES.items()}
    counted[Shape.AREA] = _areas_of_one_city(texts)
    return {shape: number for shape, number in counted.items() if number}


def is_telling(text: str) -> bool:
    """Say whether a text that should be the name of a column looks like a value instead."""
    shapes = {shape for shape, asked in SHAPES.items() if asked(text.strip())}
    return bool(shapes - {Shape.PERSON, Shape.TRUTH}) or text.strip().isdigit()


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return value.strip() if isinstance(value, str) else "" if isinstance(value, bytes) else str(value)


def _is_identity(text: str) -> bool:
    if not _IDENTITY.fullmatch(text) or not _is_day(f"{text[6:10]}-{text[10:12]}-{text[12:14]}"):
        return False
    total = sum(2 ** (17 - place) % 11 * int(digit) for place, digit in enumerate(text[:17]))
    return text[17].upper() == _IDENTITY_CHECKS[total % 11]


def _is_credit(text: str) -> bool:
    if not _CREDIT.fullmatch(text):
        return False
    places = [_CREDIT_SIGNS.find(sign) for sign in text]
    total = sum(3**place % _CREDIT_MODULUS * sign for place, sign in enumerate(places[:17]))
    return -1 not in places and places[17] == -total % _CREDIT_MODULUS


def _is_day(text: str) -> bool:
    """A date as ISO 8601 writes it, in one form alone: the one that sorts as dates do."""
    if len(text) != _DATE_LENGTH or text[4] != "-":
        return False
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return "W" not in text


def _is_long_ago(text: str) -> bool:
    day = text[:_DATE_LENGTH]
    # A fixed point of time would age; who lives by the city's clock is not asked here, a day more or less is the same.
    return _is_day(day) and dt.datetime.now(dt.UTC).date() - dt.date.fromisoformat(day) > _LONG_AGO


def _is_moment(text: str) -> bool:
    if len(text) < _SHORTEST_MOMENT or not _is_day(text[:_DATE_LENGTH]) or text[_DATE_LENGTH] not in "T ":
        return False
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _area(text: str) -> str | None:
    """The code of an area, or None; two digits alone are too little to tell one from any other number."""
    if not (text.isascii() and text.isdigit()) or not len("310115") <= len(text) <= _LATEST_AREA:
        return None
    if text[:2] not in _PROVINCES:
        return None
    try:
        return Area.parse(text).code
    except NotAnAreaError:
        return None


def _areas_of_one_city(texts: Sequence[str]) -> int:
    """How many are codes of areas in the city of which most are: codes of one column have one tree above them."""
    cities = Counter(code[:2] for text in texts if (code := _area(text)) is not None)
    return max(cities.values(), default=0)


SHAPES: Final[Mapping[Shape, Callable[[str], bool]]] = {
    Shape.IDENTITY: _is_identity,
    Shape.CREDIT: _is_credit,
    Shape.MOBILE: lambda text: _MOBILE.fullmatch(text) is not None,
    Shape.LANDLINE: lambda text: _LANDLINE.fullmatch(text) is not None,
    Shape.EMAIL: lambda text: _EMAIL.fullmatch(text) is not None,
    Shape.PERSON: lambda text: _PERSON.fullmatch(text) is not None,
    Shape.ADDRESS: lambda text: _ADDRESS.fullmatch(text) is not None,
    Shape.PLATE: lambda text: _PLATE.fullmatch(text) is not None,
    Shape.DATE: _is_day,
    Shape.LONG_AGO: _is_long_ago,
    Shape.MOMENT: _is_moment,
    Shape.WHOLE: lambda text: _WHOLE.fullmatch(text) is not None,
    Shape.DECIMAL: lambda text: _DECIMAL.fullmatch(text) is not None,
    Shape.TRUTH: lambda text: text in _TRUTHS,
    Shape.PROSE: lambda text: len(text) > _LONG_TEXT,
    Shape.FULL_WIDTH: lambda text: _FULL_WIDTH.search(text) is not None,
}
"""Shape → what asks one value for it. The shape of an area is asked of all values together."""
