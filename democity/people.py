"""Residents: made up from a seed, consistent in themselves.

Identity numbers are valid and carry the birth date and sex beside them; phone numbers have prefixes that no operator
has been given (160, 161, …), so that none of them rings; addresses lie in the street of the area code. Ages follow the
shape of Shanghai's census of 2020 (a quarter is 60 or older).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from democity.chance import chance
from democity.divisions import (
    CITY,
    DISTRICTS,
    STREETS,
    committee_name,
    committees_of,
    district_of,
    street_of,
)
from democity.identity_number import SEQUENCES, identity_number

if TYPE_CHECKING:
    from random import Random

AS_OF: Final = dt.date(2025, 6, 30)
"""The day on which the registers were written: fixed, so that the same seed gives the same city on every day."""

FOCUS: Final = "310115016"
"""花木街道, where the walks through the documentation take place: it has more residents than other streets."""

_FOCUS_SHARE: Final = 0.07
_FOCUS_COMMITTEES: Final = ("310115016003", "310115016004")
_FOCUS_COMMITTEE_WEIGHT: Final = 10

_SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾萧田"
    "董袁潘蔡蒋余于杜叶程苏魏吕丁任卢姚沈钟姜崔谭陆范汪廖石金"
)
"""The most frequent first."""
_COMPOUND_SURNAMES: Final = ("欧阳", "司马", "上官", "诸葛", "皇甫", "慕容", "司徒", "夏侯")
_MALE: Final = "伟强磊军勇杰涛明超刚平辉建国华志文斌鹏飞宇浩然晨轩博睿德福海龙俊峰毅松柏林泽民新亮"
_FEMALE: Final = "芳娜敏静秀丽英华玉兰霞平红艳梅玲桂珍凤洁琳雪慧莹婷怡佳欣悦蓉萍月娟淑贞素云莉燕琴瑶晓"
_TREES: Final = ("梧桐", "银杏", "丁香", "桂花", "海棠", "紫薇", "玉兰", "樱花", "合欢", "石榴", "芙蓉", "腊梅")
"""One for each committee of a street: its road is named after it."""
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
_PHONE_PREFIXES: Final = ("160", "161", "163", "164", "168", "169")
_GRIDS: Final = 6
_SERIALS: Final = 2**31  # what a GraphQL Int holds
_OWN_PHONE, _ADULT, _OLD = 8, 18, 70


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
    lives_alone: bool
    contact_identity_no: str | None
    photo: bytes | None
    remarks: str

    @property
    def age(self) -> int:
        """Full years on the day of the registers."""
        return age(self.birth_date)


def residents(random: Random, count: int) -> list[Resident]:
    """So many residents, in no order."""
    born = [_birth_date(random) for _ in range(count)]
    areas = [_grid(random) for _ in range(count)]
    sexes = [random.choice("男女") for _ in range(count)]
    numbers = _identity_numbers(random, areas, born, sexes)
    contacts = _contacts(random, areas, born)
    serials = random.sample(range(1, _SERIALS), count)
    rows = zip(serials, numbers, sexes, born, areas, contacts, strict=True)
    return [
        _resident(
            random,
            serial=serial,
            identity_no=number,
            sex=sex,
            birth_date=day,
            area_code=area,
            contact_identity_no=None if contact is None else numbers[contact],
        )
        for serial, number, sex, day, area, contact in rows
    ]


def age(born: dt.date) -> int:
    """Full years on the day of the registers."""
    return AS_OF.year - born.year - ((AS_OF.month, AS_OF.day) < (born.month, born.day))


def _resident(
    random: Random,
    *,
    serial: int,
    identity_no: str,
    sex: str,
    birth_date: dt.date,
    area_code: str,
    contact_identity_no: str | None,
) -> Resident:
    years = age(birth_date)
    return Resident(
        serial=serial,
        identity_no=identity_no,
        name=_name(random, sex),
        sex=sex,
        birth_date=birth_date,
        phone=_phone(random) if years >= _OWN_PHONE and chance(random, 0.97) else None,
        address=_address(random, area_code),
        area_code=area_code,
        lives_alone=years >= _ADULT and chance(random, 0.22 if years >= _OLD else 0.12),
        contact_identity_no=contact_identity_no,
        photo=None,
        remarks=f"{committee_name(area_code[:12])}登记",
    )


def _birth_date(random: Random) -> dt.date:
    low, high, _ = random.choices(_AGES, weights=[weight for *_, weight in _AGES])[0]
    return AS_OF - dt.timedelta(days=int(random.uniform(low, high + 1) * 365.2425))


def _grid(random: Random) -> str:
    if chance(random, _FOCUS_SHARE):
        codes = committees_of(FOCUS)
        weights = [_FOCUS_COMMITTEE_WEIGHT if code in _FOCUS_COMMITTEES else 1 for code in codes]
        committee = random.choices(codes, weights)[0]
    else:
        committee = random.choice(_OTHER_COMMITTEES)
    return f"{committee}{random.randint(1, _GRIDS):03}"


_OTHER_COMMITTEES: Final = tuple(code for street in STREETS if street != FOCUS for code in committees_of(street))


def _identity_numbers(random: Random, areas: list[str], born: list[dt.date], sexes: list[str]) -> list[str]:
    """Distinct numbers. Two in three people were first registered in the district where they live."""
    districts = tuple(DISTRICTS)
    taken: set[str] = set()
    numbers: list[str] = []
    for area, day, sex in zip(areas, born, sexes, strict=True):
        number = ""
        while not number or number in taken:
            division = district_of(area) if chance(random, 0.67) else random.choice(districts)
            number = identity_number(division, day, random.randrange(1 if sex == "男" else 0, SEQUENCES, 2))
        taken.add(number)
        numbers.append(number)
    return numbers


def _contacts(random: Random, areas: list[str], born: list[dt.date]) -> list[int | None]:
    """For each resident the place of another, grown-up one, or None: half nearby, some in another committee."""
    adults = [place for place, day in enumerate(born) if age(day) >= _ADULT]
    nearby: dict[str, list[int]] = {}
    for place in adults:
        nearby.setdefault(areas[place][:12], []).append(place)
        nearby.setdefault(street_of(areas[place]), []).append(place)
    contacts: list[int | None] = []
    for place, area in enumerate(areas):
        circle = random.choices((None, area[:12], street_of(area), "anywhere"), (18, 42, 20, 20))[0]
        contact = None if circle is None else random.choice(nearby.get(circle) or adults or [place])
        contacts.append(None if contact == place else contact)
    return contacts


def _name(random: Random, sex: str) -> str:
    # Compound surnames come more often than in life, so that they are met; the first plain ones are the most frequent.
    if chance(random, 0.02):
        surname = random.choice(_COMPOUND_SURNAMES)
    else:
        surname = _SURNAMES[int(len(_SURNAMES) * random.random() ** 1.7)]
    given = random.choices(_MALE if sex == "男" else _FEMALE, k=1 if chance(random, 0.3) else 2)
    return surname + "".join(given)


def _phone(random: Random) -> str:
    return f"{random.choice(_PHONE_PREFIXES)}{random.randrange(10**8):08}"


def _address(random: Random, area: str) -> str:
    """A committee lies along one road, a grid is a lane of it."""
    road, lane = f"{_TREES[int(area[9:12]) - 1]}路", 100 * int(area[9:12]) + int(area[12:])
    place = f"{CITY}{DISTRICTS[district_of(area)]}{STREETS[street_of(area)]}{road}"
    return f"{place}{lane}弄{random.randint(1, 30)}号{random.randint(1, 18)}0{random.randint(1, 4)}室"
