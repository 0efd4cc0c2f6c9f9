"""What a column is about, guessed from its name and from what its sample counts: one meaning a row of `MEANINGS`.

Every guess errs on the strict side. What some values say and others don't (an identity number in one remark of a
hundred) is `UNJUDGED`, and is not taken.

Source of the levels: the classes of personal information of GB/T 35273 and the levels of a city's own classification
(数据分类分级), 1 open to 4 most sensitive.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from federation.schema.proposal.names import words_of
from vocabulary.catalogue import Words
from vocabulary.outline import Column, Shape

_MOST: Final = 0.8
"""The share of values that has to fit before they count as what they look like."""
_FEW: Final = 100
"""Different values that still read as a list of codes."""
_HALF: Final = 0.5
_ENOUGH: Final = 5
"""Values from which on their looks are believed against the name of their column."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column is about.

    `names`: a pattern that one of its words, or all joined by "_", has; `shape`: what its values look like. `kinds`:
    kinds of masks that fit it, from the least strict to the strictest. `is_person`: rows with it are about a person.
    `is_taken`: it may be proposed as a field at all.
    """

    word: str
    level: int
    category: str | None = None
    names: str = ""
    shape: Shape | None = None
    kinds: tuple[str, ...] = ("redact",)
    is_person: bool = False
    is_taken: bool = True
    words: Words | None = None

    def names_it(self, name: str) -> bool:
        """Whether a name, in small letters and with "_" between its words, says so."""
        return bool(self.names) and re.fullmatch(self.names, name) is not None


@dataclass(frozen=True, slots=True)
class Guess:
    """A meaning, and why: `reason` says it in a sentence, `doubt` asks where it may be wrong."""

    meaning: Meaning
    reason: str
    doubt: str = ""


IDENTITY: Final = Meaning(
    "identity number",
    4,
    "identifier",
    r"(identity|id_?card|sfz|sfzh|idno|citizen_?id|zjhm|cert)(_?(no|num|number|code|hm|id))*|id_?(no|num|number)|.*_identity_?(no|number)?",
    Shape.IDENTITY,
    ("partial-identity", "pseudonym", "redact"),
    is_person=True,
    words=Words("公民身份号码", "Resident identity number"),
)
AREA: Final = Meaning(
    "area code",
    2,
    "address",
    r".*(area|division|district|street|committee|grid|region|xzqh|qh|jwdm).*(code|id|no|dm)?|adcode",
    Shape.AREA,
    words=Words("区划代码", "Area code"),
)
PLACE: Final = Meaning("name of a place", 3, "address")
BIRTH: Final = Meaning(
    "date of birth",
    3,
    "birth",
    r"(date_of_)?birth.*|born(_on|_at)?|dob|csrq",
    is_person=True,
    words=Words("出生日期", "Date of birth"),
)
NAME: Final = Meaning(
    "name of a person",
    3,
    "name",
    r"(full|real|given|family|person|resident|patient|owner|customer|user|contact|first|last)_?name|surname|xm|xingming",
    Shape.PERSON,
    ("partial-name", "pseudonym", "redact"),
    is_person=True,
    words=Words("姓名", "Name"),
)
CONTACT: Final = Meaning(
    "telephone number",
    3,
    "contact",
    r"(.*_)?(mobile|phone|tel|telephone|cell|cellphone|sjh|lxdh|dianhua|shouji)(_?(no|num|number))?\d*",
    Shape.MOBILE,
    ("partial-phone", "pseudonym", "redact"),
    is_person=True,
    words=Words("联系电话", "Telephone number"),
)
ADDRESS: Final = Meaning(
    "address",
    3,
    "address",
    r"(.*_)?(address|addr|dizhi|zhuzhi|residence|house_?no|room|dz)(_?(no|num|number|line))?\d*",
    Shape.ADDRESS,
    ("partial-address", "redact"),
    words=Words("地址", "Address"),
)
HEALTH: Final = Meaning(
    "health",
    4,
    "health",
    r".*(diagnos|disease|illness|symptom|medic|patient|blood|allerg|vaccin|test_?result|disab|hiv|infect|pregnan|病|症|检测|健康|health).*",
)
RECORDS_OF_HEALTH: Final = replace(HEALTH, level=3)
"""A column of a table about health that no meaning is known of."""
_HEALTH_RESULT: Final = re.compile(r".*(result|outcome|finding|conclusion|reason|cause|结果|原因).*")
SECRET: Final = Meaning(
    "secret", 4, names=r".*(passw|pwd|secret|token|salt|credential|private_?key|api_?key|pin_?code).*", is_taken=False
)
BIOMETRIC: Final = Meaning(
    "likeness or biometric",
    4,
    names=r".*(photo|portrait|face|fingerprint|iris|voice|image|picture|照片|人脸).*",
    is_taken=False,
)
REMARKS: Final = Meaning(
    "free text",
    4,
    names=r".*(remark|note|notes|comment|memo|beizhu|bz|备注|说明|情况).*",
    shape=Shape.PROSE,
    is_taken=False,
)
UNJUDGED: Final = Meaning("something that can't be judged", 4, is_taken=False)
UNKNOWN: Final = Meaning("something else", 3)

SEX: Final = Meaning("sex", 3, "sex", r"sex|gender|xb", is_person=True, words=Words("性别", "Sex"))
YEARS: Final = Meaning("age", 3, "birth", r"age|nl|age_years", is_person=True, words=Words("年龄", "Age"))
CREDIT: Final = Meaning(
    "unified credit code",
    2,
    names=r"(uscc|credit_?code|social_?credit.*)",
    shape=Shape.CREDIT,
    words=Words("统一社会信用代码", "Unified social credit code"),
)

POSITION: Final = Meaning("position", 3, "location", r"(.*_)?(lat|latitude|lng|lon|longitude|jd|wd|gps)")
PLATE: Final = Meaning(
    "vehicle plate",
    3,
    "identifier",
    r"(.*_)?(plate|licen[cs]e_?plate|car_?no|chepai)(_?(no|num|number))?",
    Shape.PLATE,
    ("pseudonym", "redact"),
    is_person=True,
    words=Words("号牌号码", "Number plate"),
)
MEANINGS: Final[tuple[Meaning, ...]] = (
    SECRET,
    BIOMETRIC,
    IDENTITY,
    Meaning(
        "e-mail address",
        3,
        "contact",
        r"(.*_)?(e_?mail|mailbox)(_?address)?",
        Shape.EMAIL,
        ("pseudonym", "redact"),
        is_person=True,
    ),
    CONTACT,
    Meaning("landline number", 3, "contact", shape=Shape.LANDLINE, kinds=("partial-phone", "redact"), is_person=True),
    BIRTH,
    CREDIT,
    PLATE,
    AREA,
    NAME,
    ADDRESS,
    SEX,
    YEARS,
    HEALTH,
    Meaning(
        "belief, origin or family state",
        4,
        "origin",
        r".*(ethnic|nationality|religio|politic|party|marital|married|民族|政治|婚姻).*",
        is_person=True,
    ),
    Meaning(
        "account or income",
        4,
        "finance",
        r".*(bank|account_?no|iban|salary|income|wage|card_?no|低保).*",
        is_person=True,
    ),
    POSITION,
    REMARKS,
)
"""What is known, in the order in which it is asked."""

_WHOLE_NAME: Final = re.compile(r"name|mingcheng|mc|title|label|姓名")


def guess(column: Column, *, in_health: bool = False) -> Guess:
    """What a column is about; `in_health`: its table says of itself that it is about health."""
    name = "_".join(words_of(column.name)) or column.name.strip().lower()
    if column.scalar is None:
        named = _by_name(name)
        meaning = named if named is not None and not named.is_taken else UNJUDGED
        return Guess(
            meaning,
            f"{column.kind}, which the graph has no scalar for"
            if meaning is UNJUDGED
            else f"its name says {meaning.word}",
        )
    mixed = _mixed(column)
    if mixed:
        return Guess(UNJUDGED, mixed, "what do they hold, and may they be taken?")
    named, looks = _by_name(name), _by_looks(column)
    if named is not None and not named.is_taken:
        return Guess(named, f"its name says {named.word}")
    if looks is not None and (named is None or looks is named or looks.level > named.level):
        return Guess(looks, _counted(column, looks))
    if named is not None:
        return _named(column, named)
    if _WHOLE_NAME.fullmatch(name) and column.scalar == "String" and not _is_believed(column):
        return Guess(NAME, "its name says so, and no value was seen", "is it the name of a person?")
    unknown = _unknown(column)
    if not in_health or not unknown.meaning.is_taken:
        return unknown
    meaning = HEALTH if _HEALTH_RESULT.fullmatch(name) else RECORDS_OF_HEALTH
    return Guess(meaning, f"{unknown.reason}, in a table about health")


def share(column: Column, shape: Shape) -> float:
    """The share of values that look so; 0 where none was seen."""
    filled = column.sample.filled
    return column.sample.count(shape) / filled if filled else 0.0


def fits(column: Column, shape: Shape) -> str:
    """How many of how many, for a comment."""
    return f"{column.sample.count(shape):,} of {column.sample.filled:,} sampled values fit ({shape})"


def _counted(column: Column, meaning: Meaning) -> str:
    return meaning.word if meaning.shape is None else f"{meaning.word}: {fits(column, meaning.shape)}"


def _named(column: Column, meaning: Meaning) -> Guess:
    reason = f"its name says {meaning.word}"
    if meaning is AREA and _is_believed(column) and share(column, Shape.AREA) < _MOST:
        return Guess(PLACE, f"{reason}; {fits(column, Shape.AREA)}", "is it the name of a place?")
    if meaning.shape is None or not column.sample.filled:
        return Guess(meaning, reason)
    doubt = "" if share(column, meaning.shape) >= _MOST else f"is it a {meaning.word}? Few of its values look so"
    return Guess(meaning, f"{reason}; {fits(column, meaning.shape)}", doubt)


def _by_name(name: str) -> Meaning | None:
    return next((one for one in MEANINGS if one.names_it(name)), None)


def _by_looks(column: Column) -> Meaning | None:
    """The first meaning that most values look like. A list of codes has no names and no addresses in it."""
    if column.scalar in {"Boolean", "Float", "DateTime"}:
        return None
    if column.scalar == "Date":
        return BIRTH if share(column, Shape.LONG_AGO) >= 1 - _MOST else None
    for meaning in MEANINGS:
        shape = meaning.shape
        if shape is None or share(column, shape) < (1 - _MOST if shape is Shape.PROSE else _MOST):
            continue
        if shape in {Shape.PERSON, Shape.PLATE} and _is_list_of_codes(column):
            continue
        return meaning
    return None


def _mixed(column: Column) -> str:
    """Why a column is not what it seems: some of its values are what others are not."""
    for shape, least in ((Shape.IDENTITY, 0.0), (Shape.EMAIL, 0.0), (Shape.MOBILE, 0.1)):
        if column.scalar == "String" and least < share(column, shape) < _HALF:
            return f"a {shape} in some values and not in others: {fits(column, shape)}"
    return ""


def _unknown(column: Column) -> Guess:
    """Numbers, dates and lists of codes are taken at a strict level; texts of which nothing is known are not."""
    if column.scalar != "String":
        return Guess(UNKNOWN, column.kind)
    if _is_list_of_codes(column):
        return Guess(
            UNKNOWN, f"a list of codes: {column.sample.distinct:,} different values in {column.sample.filled:,}"
        )
    reason = "texts of which nothing is known" if column.sample.filled else "no value was seen"
    return Guess(UNJUDGED, reason, "what does it hold, and may it be taken?")


def _is_believed(column: Column) -> bool:
    return column.sample.filled >= _ENOUGH


def _is_list_of_codes(column: Column) -> bool:
    sample = column.sample
    return _is_believed(column) and sample.distinct <= min(_FEW, sample.filled // 2)
