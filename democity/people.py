"""Residents: made up from a seed, consistent in themselves.

Identity numbers are valid and carry the birth date and sex beside them; phone numbers have prefixes that no operator
has been given (160, 161, …), so that none of them rings. Ages follow the shape of Shanghai's census of 2020 (a quarter
is 60 or older). Who lives with whom, and where, is `households`' to say.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from democity.chance import chance

if TYPE_CHECKING:
    from random import Random

AS_OF: Final = dt.date(2025, 6, 30)
"""The day on which the register was written: fixed, so that the same seed gives the same people on every day."""

OLD: Final = 60
"""From which age on somebody counts as elderly (老年人权益保障法, article 2)."""
ADULT: Final = 18

_SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾萧田"
    "董袁潘蔡蒋余于杜叶程苏魏吕丁任卢姚沈钟姜崔谭陆范汪廖石金"
)
"""The most frequent first."""
_COMPOUND_SURNAMES: Final = ("欧阳", "司马", "上官", "诸葛", "皇甫", "慕容", "司徒", "夏侯")
_MALE: Final = "伟强磊军勇杰涛明超刚平辉建国华志文斌鹏飞宇浩然晨轩博睿德福海龙俊峰毅松柏林泽民新亮"
_FEMALE: Final = "芳娜敏静秀丽英华玉兰霞平红艳梅玲桂珍凤洁琳雪慧莹婷怡佳欣悦蓉萍月娟淑贞素云莉燕琴瑶晓"
_AGES: Final = (
    (0, 17, 12.5),
    (18, 39, 32.0),
    (40, 59, 30.0),
    (60, 69, 14.0),
    (70, 79, 7.5),
    (80, 89, 3.3),
    (90, 99, 0.7),
)
"""From, to, and how many of a hundred residents."""
_BANDS: Final = tuple((low, high) for low, high, _ in _AGES)
_WEIGHTS: Final = tuple(weight for *_, weight in _AGES)
_PHONE_PREFIXES: Final = ("160", "161", "163", "164", "168", "169")
_OWN_PHONE: Final = 8


@dataclass(frozen=True, slots=True)
class Born:
    """Somebody who has no name and no home yet."""

    on: dt.date
    sex: str

    @property
    def age(self) -> int:
        """Full years on the day of the register."""
        return age(self.on)


@dataclass(frozen=True, slots=True)
class Resident:
    """One row of the population register; the fields are its columns, in order.

    `serial` is drawn apart from everything else, so that an order by it says nothing about anyone.
    """

    serial: int
    identity_no: str
    name: str
    sex: str
    birth_date: dt.date
    phone: str | None
    address: str
    area_code: str
    building_no: str
    lives_alone: bool
    contact_identity_no: str | None
    photo: bytes | None
    remarks: str

    @property
    def age(self) -> int:
        """Full years on the day of the register."""
        return age(self.birth_date)


def age(born: dt.date) -> int:
    """Full years on the day of the register."""
    return AS_OF.year - born.year - ((AS_OF.month, AS_OF.day) < (born.month, born.day))


def born(random: Random, count: int) -> list[Born]:
    """So many people."""
    bands = random.choices(_BANDS, weights=_WEIGHTS, k=count)
    return [
        Born(AS_OF - dt.timedelta(days=int(random.uniform(low, high + 1) * 365.2425)), random.choice("男女"))
        for low, high in bands
    ]


def name(random: Random, sex: str) -> str:
    """A surname, and one or two characters more."""
    # Compound surnames come more often than in life, so that they are met; the first plain ones are the most frequent.
    if chance(random, 0.02):
        surname = random.choice(_COMPOUND_SURNAMES)
    else:
        surname = _SURNAMES[int(len(_SURNAMES) * random.random() ** 1.7)]
    given = random.choices(_MALE if sex == "男" else _FEMALE, k=1 if chance(random, 0.3) else 2)
    return surname + "".join(given)


def phone(random: Random, years: int) -> str | None:
    """A number that rings nowhere; small children have none."""
    if years < _OWN_PHONE or not chance(random, 0.97):
        return None
    return any_phone(random)


def any_phone(random: Random) -> str:
    """A number that rings nowhere."""
    return f"{random.choice(_PHONE_PREFIXES)}{random.randrange(10**8):08}"
